"""The process in the sandbox from which each worker is forked: what answers import is read once, not once for each.

It runs nothing of a learner's, ever, and listens to the judge alone. A worker is forked before any answer is there, and
gives up every right of this process before it is asked for anything.

Request   JSON with three pipes: what the worker reads, what it writes, and where its prints go
          {"user": number, "reads_all": of confine.become, "world": whether it gets one of its own,
           "keep": of landlock.py or null, "environment": {name: value}}
Reply     "here" with a file descriptor of its process (pidfd_open(2)), or why there is none

`course_lib/grading` has no __init__.py in the sandbox: there is nothing of it but what answers and kernels need.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import tempfile
import traceback

from course_lib.grading import confine, landlock, worker, world

IMPORTS = "import resource, IPython.core.interactiveshell\nfrom course_lib.grading import kernels, wire\n"
READY, THREADS = b"ready", b"what is imported has started threads, which no fork takes along"


def main() -> None:
    """Serve until the judge closes its end."""
    job = json.loads(sys.argv[1])  # {"control": fd, "imports": source, "keep": as above, "world": of world.enter}
    sys.argv = ["notebook"]
    os.umask(0o077)
    confine.die_with_parent()
    tasks = os.open("/proc/self/task", os.O_RDONLY | os.O_DIRECTORY)
    if job["keep"]:
        landlock.keep(*job["keep"])
    for statement in (IMPORTS + job["imports"]).splitlines():
        with contextlib.suppress(Exception):  # the setup cell will tell
            exec(statement, {})  # noqa: S102  the course's own words
    control = socket.socket(fileno=job["control"])
    control.send(READY if len(os.listdir(tasks)) == 1 else THREADS)
    os.close(tasks)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # of a worker that has ended nothing is kept
    gc.collect()
    gc.freeze()
    while True:
        said, pipes, *_ = socket.recv_fds(control, 1 << 16, 3)
        if not said:
            return
        wanted = json.loads(said)
        if os.fork() == 0:
            try:
                begin(control, pipes, wanted, job)
            except BaseException:  # noqa: BLE001  nothing may go on here as if it were the fork server
                traceback.print_exc()
            os._exit(1)
        for pipe in pipes:
            os.close(pipe)


def begin(control: socket.socket, pipes: list[int], wanted: dict, job: dict) -> None:
    """Be the worker, in the forked process."""
    read, write, prints = pipes
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    for printed in (1, 2):
        os.dup2(prints, printed)
    os.close(prints)
    try:
        if wanted["world"]:
            world.enter(*job["world"])
        itself = os.pidfd_open(os.getpid())
    except OSError as error:
        control.send(str(error).encode())
        return
    socket.send_fds(control, [b"here"], [itself])
    os.close(itself)
    control.close()
    os.environ.update(wanted["environment"])
    os.chdir(os.environ["HOME"])
    tempfile.tempdir = None
    confine.become(wanted["user"], wanted["reads_all"])
    if wanted["keep"]:
        landlock.keep(*wanted["keep"])
    if not wanted["world"]:  # which ends with bubblewrap's own first process
        confine.die_with_parent()
    confine.limit()
    confine.refuse_calls(alone=bool(wanted["keep"]))
    if wanted["world"]:
        confine.show_memory(False)
        if child := os.fork():
            os.close(read)
            os.close(write)
            world.guard(child)
        confine.show_memory(True)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()  # Python's own random does it by itself
    worker.Worker().serve(read, write)
    os._exit(0)
