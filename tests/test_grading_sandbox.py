"""A worker in its sandbox: what it cannot see, take, keep or leave behind."""

import os
import time
from pathlib import Path

import pytest
from sandboxes import SANDBOXES, THERE

from course_lib.grading import sandbox, sandboxed


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
    if magic.startswith("!") and mode == "landlock":
        pytest.skip("there are no terminals in it")
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
    """The processes that have the command line of a fork server: itself, and all that were forked from it."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"/course_lib/grading'" in path.read_bytes():
                found.add(path.parent.name)
        except OSError:
            continue
    return found


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
