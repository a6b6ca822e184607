"""A worker in its sandbox: what it cannot see, take, keep or leave behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sandboxes import SANDBOXES, THERE, needs_sandbox

from course_lib.grading import footprint, forks, sandbox, sandboxed


@pytest.mark.parametrize("mode", SANDBOXES)
def test_a_worker_sees_no_environment_of_ours_and_no_file_of_the_course_but_the_learners_half(mode, monkeypatch):
    """The prototype's /proc/1/environ showed the caller's variables, its secret among them."""
    monkeypatch.setenv("COURSE_SECRET", "hunter2")
    look = """
import glob, os
def everything():
    seen = [os.environ]
    for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
        try: seen.append(open(path, "rb").read())
        except OSError: pass
    return repr(seen)
def reach(paths):
    found = []
    for path in paths:
        try: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
        except OSError: continue
        found.append(path)
    return found
def have():
    import importlib
    found = []
    for name in ("matmul.launch", "memory", "grading.judge", "grading.exercises", "gpu", "datasets"):
        try: importlib.import_module("course_lib." + name); found.append(name)
        except Exception: pass
    return found
"""
    course = sandbox.ROOT / "course_lib"
    hidden = [
        sandbox.ROOT / "solutions",
        sandbox.ROOT / ".git",
        course / "matmul/launch.py",
        course / "grading/judge.py",
    ]
    hidden = [*map(str, hidden), os.path.expanduser("~"), "/etc/passwd", "/course/course_lib/matmul/launch.py", "/var"]
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(10, "cell", look, "look")
        assert "hunter2" not in worker.ask(10, "call", "everything", (), {})
        reached = worker.ask(10, "call", "reach", (hidden,), {})
        assert [path for path in reached if path != os.path.expanduser("~")] == []
        assert worker.ask(30, "call", "have", (), {}) == ["gpu", "datasets"]


@pytest.mark.parametrize("mode", SANDBOXES)
def test_a_worker_is_no_root_and_its_forks_are_counted(mode):
    """RLIMIT_NPROC is ignored for root, so the prototype's answers could fork without limit."""
    forks = """
import os, signal, time
def forks():
    made = []
    try:
        while len(made) < 300:
            child = os.fork()
            if child == 0:
                time.sleep(60); os._exit(0)
            made.append(child)
    except OSError:
        pass
    return len(made)
def user():
    return os.getuid(), os.geteuid(), os.getgroups()
"""
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(10, "cell", forks, "forks")
        uid, effective, groups = worker.ask(10, "call", "user", (), {})
        assert uid == effective != 0 and 0 not in groups
        assert worker.ask(30, "call", "forks", (), {}) < 300


@pytest.mark.parametrize("mode", SANDBOXES)
def test_no_worker_finds_what_another_left_or_is_doing(mode):
    """They come from one fork server."""
    leave = """
import numpy, os, socket, time
numpy.left = 1
open(os.path.join(os.environ["HOME"], "left"), "w").write("x")
if os.path.exists("/dev/shm"):
    try: open("/dev/shm/left", "w").write("x")
    except OSError: pass
try: port = socket.create_server(("127.0.0.1", 29517))
except OSError: pass
"""
    look = """
import glob, numpy, os, socket
def look():
    found = [name for name in ("/tmp/left", "/dev/shm/left") if os.path.exists(name)]
    found += [name for name in os.listdir(os.environ["HOME"]) if not os.path.isdir(name)]  # a Python there is kept
    try: found.append(socket.create_connection(("127.0.0.1", 29517), 1))
    except OSError: pass
    found += [path for path in glob.glob("/proc/[0-9]*") if int(path[6:]) > 2]
    try: rights = [line for line in open("/proc/self/status") if line.startswith("Cap") and "Bnd" not in line]
    except OSError: rights = []
    return found, hasattr(numpy, "left"), [line for line in rights if int(line.split()[1], 16)]
"""
    with sandboxed.Sandboxed(mode) as first, sandboxed.Sandboxed(mode) as second:
        first.ask(10, "cell", leave, "leave")
        second.ask(10, "cell", look, "look")
        assert second.ask(10, "call", "look", (), {}) == ([], False, [])


@pytest.mark.skipif(not THERE["bubblewrap"], reason="bubblewrap does not run here")
def test_where_workers_can_have_no_worlds_of_their_own_each_has_a_machine_of_its_own(monkeypatch):
    forks.end_all()
    monkeypatch.setattr(forks, "_worlds", [False])
    with sandboxed.Sandboxed("bubblewrap") as first, sandboxed.Sandboxed("bubblewrap") as second:
        assert len(forks.ALIVE) == 2
        assert first.ask(10, "call", "get_ipython", (), {}) and second.ask(10, "ping") == "ready"
    assert not forks.ALIVE


@pytest.mark.parametrize("mode", SANDBOXES)
def test_a_fork_server_that_was_ended_is_replaced(mode):
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(10, "ping")
        before = {number for number, server in forks.ALIVE.items() if server.mode == mode}
    for server in before:
        os.kill(server, signal.SIGKILL)
    with sandboxed.Sandboxed(mode) as worker:
        assert worker.ask(10, "ping") == "ready" and not before & set(forks.ALIVE)


@pytest.mark.parametrize("mode", SANDBOXES)
def test_a_fork_server_without_its_judge_ends_with_its_workers(mode):
    program = f"""
import os, signal
from course_lib.grading import footprint, sandboxed
worker = sandboxed.Sandboxed({mode!r})
print(*footprint.strays(os.getpid(), []), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    ran = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False)
    started, deadline = ran.stdout.split(), time.monotonic() + 30
    assert len(started) >= 2
    while any(map(lives, started)):
        assert time.monotonic() < deadline, started
        time.sleep(0.05)


def lives(process):
    try:
        return Path("/proc", process, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


REACHES = {  # what would reach beyond a worker whose user others have too -> whether every sandbox refuses it
    "socket.socket(40, socket.SOCK_STREAM)": True,  # of a virtual machine to its host; no network namespace has its own
    "socket.socket(38, socket.SOCK_SEQPACKET)": True,
    "resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0))": False,
    "os.setpriority(os.PRIO_PROCESS, os.getppid(), 1)": False,
    "os.sched_setaffinity(os.getppid(), {0})": False,
    "check(libc.shmget(0, 4096, 0o600))": False,
    "check(libc.msgget(0, 0o600))": False,
    "check(libc.semget(0, 1, 0o600))": False,
}


@needs_sandbox
@pytest.mark.parametrize(
    ("call", "alone"), [(call, alone) for call in REACHES for alone in (True, False) if alone or REACHES[call]]
)
def test_calls_that_reach_beyond_a_worker_are_refused(call, alone):
    program = f"""
import ctypes, os, resource, socket
from course_lib.grading import confine
libc = ctypes.CDLL(None, use_errno=True)
def check(came):
    if came < 0: raise OSError(ctypes.get_errno(), "refused")
confine.refuse_calls(alone={alone})
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
{"socket.socket().close(); socket.socketpair(); socket.if_nameindex()" if not alone else ""}
try:
    {call}
except OSError as error:
    print(error.errno)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout, done.stderr


@pytest.mark.parametrize("mode", SANDBOXES)
def test_memory_of_forked_processes_is_counted_once(mode):
    """The prototype added up what processes share, and ended honest answers."""
    share = """
import os, time
def share():
    x = bytearray(b"x") * (150 << 20)
    children = [os.fork() for _ in range(1)]
    if 0 in children:
        time.sleep(1); os._exit(0)
    return len(x)
"""
    with sandboxed.Sandboxed(mode, memory=300 << 20) as worker:
        worker.ask(10, "cell", share, "share")
        assert worker.ask(10, "call", "share", (), {}) == 150 << 20
        time.sleep(0.5)
        assert worker.fate == ""


@pytest.mark.parametrize("mode", SANDBOXES)
def test_prints_are_kept_up_to_a_limit_and_the_rest_is_drained(mode):
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(20, "cell", "print('first')\nfor _ in range(300): print('x' * 10**5)", "loud")
        worker.ask(10, "cell", "pass", "after")
    assert worker.output.startswith(b"first\nxxx") and len(worker.output) == sandboxed.OUTPUT


@pytest.mark.parametrize("mode", SANDBOXES)
@pytest.mark.parametrize(
    "magic",
    ["%matplotlib inline", "%time x = 1", "%%time\nx = 1", "!echo hello", "await __import__('asyncio').sleep(0)"],
)
def test_magics_do_no_harm(mode, magic):
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(20, "cell", magic, "odd")
        worker.ask(20, "cell", "get_ipython().run_line_magic('time', 'pass')\ny = 2", "odder")
        assert worker.ask(10, "read", "y") == 2


@pytest.mark.parametrize("mode", SANDBOXES)
def test_nothing_outlives_its_worker(mode):
    """In the prototype's second best sandbox some did."""
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(300)
    os._exit(0)
"""
    with sandboxed.Sandboxed(mode):
        pass  # so that its fork server is there
    before = ours()
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(10, "cell", daemon, "daemon")
        assert ours() > before
    assert ours() == before


def ours():
    """The processes below this one in other sessions: fork servers and all that were forked from them."""
    return set(footprint.strays(os.getpid(), []))


@pytest.mark.skipif(not THERE["bubblewrap"], reason="bubblewrap does not run here")
def test_an_answer_may_start_processes_that_talk_to_each_other():
    reduce = """
import os
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

def work(rank, results):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29511")
    dist.init_process_group("gloo", rank=rank, world_size=2)
    x = torch.ones(3) * (rank + 1)
    dist.all_reduce(x)
    results.put(x.tolist())
    dist.destroy_process_group()

def reduce():
    context = mp.get_context("fork")
    results = context.SimpleQueue()
    workers = [context.Process(target=work, args=(rank, results)) for rank in range(2)]
    for worker in workers: worker.start()
    return [results.get() for _ in workers]
"""
    with sandboxed.Sandboxed("bubblewrap") as worker:
        worker.ask(60, "cell", reduce, "reduce")
        assert worker.ask(60, "call", "reduce", (), {}) == [[3.0] * 3] * 2
