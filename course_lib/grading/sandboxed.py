"""The judge's side of one worker: started in a sandbox, asked, watched, and ended with all that it started."""

import contextlib
import functools
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from course_lib.errors import UserError
from course_lib.grading import confine, footprint, landlock, sandbox, wire
from course_lib.grading.kernels import Launched
from course_lib.grading.spec import AnswerError

MODES = ("bubblewrap", "landlock")
START = 60.0  # seconds until a worker is ready
MEMORY = 1 << 30  # bytes that a worker and what it started may use together
OUTPUT = 64 << 10  # bytes of what it prints that are kept; the rest is read and dropped
ALIVE: set[int] = set()  # the processes of workers that have not ended
INSTALL = "install bubblewrap 0.8 or newer (on Debian and Ubuntu: apt-get install bubblewrap) and type the same again"


class SandboxError(UserError):
    """No sandbox could be had, or it did not start: never a reason for a mark."""


class Lost(Exception):
    """The worker is gone; the text says how."""


@functools.cache
def choose(wanted: str | None = None) -> str:
    """The first of MODES in which a worker starts on this machine. Raises SandboxError if there is none."""
    reasons = []
    for mode in MODES if wanted is None else [wanted]:
        try:
            with Sandboxed(mode):
                return mode
        except (SandboxError, OSError) as error:
            reasons.append(f"{mode}: {error}")
    raise SandboxError(
        f"answers are only run in a sandbox, and this machine has none ({'; '.join(reasons)}); {INSTALL}"
    )


class Sandboxed:
    """A worker in a sandbox of `mode`; as a context manager, ended at the end. Raises SandboxError."""

    def __init__(self, mode: str, memory: int | None = None):
        if sys.platform != "linux":
            raise SandboxError("it needs Linux; on Windows use WSL, on macOS a container")
        if mode == "bubblewrap" and not shutil.which("bwrap"):
            raise SandboxError("the command bwrap is not there")
        if mode == "landlock" and landlock.version() < landlock.NEEDED:
            raise SandboxError(f"this kernel has no Landlock {landlock.NEEDED}")
        self.fate = ""  # why it is gone, once it is
        self.output, self.peak = bytearray(), 0
        self._memory, self._requests = memory or MEMORY, 0
        self._scratch = "/tmp"
        self._shared_machine = mode == "landlock"
        if self._shared_machine:
            confine.adopt_orphans()
            self._scratch = tempfile.mkdtemp(prefix="glass-marks-")
            os.chmod(self._scratch, 0o1777)  # for a root judge the worker is another user
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        os.set_blocking(self._to, False)
        try:
            self._process = subprocess.Popen(
                sandbox.command(mode, theirs_in, theirs_out, self._scratch),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs_in, theirs_out),
                start_new_session=True,
                env=sandbox.BARE,
                cwd=self._scratch,
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        ALIVE.add(self._process.pid)
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._drain, self._watch)]
        for thread in self._threads:
            thread.start()
        try:
            if self.ask(START, "ping") == "ready":
                return
            self.fate = "it does not answer"
        except (Lost, AnswerError) as error:
            self.fate = str(error)
        self.close()
        said = self.output.decode(errors="replace").strip().splitlines()
        raise SandboxError(f"the sandbox did not start: {said[-1] if said else self.fate}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, seconds: float, do: str, *arguments):
        """What the worker says to one request. Raises AnswerError if it says that it failed, Lost if it is gone."""
        self._requests += 1
        try:
            frame = wire.encode({"id": self._requests, "do": do, "with": arguments})
        except wire.WireError as error:
            raise AnswerError(str(error), "TypeError") from None
        try:
            deadline = time.monotonic() + seconds
            wire.send(self._to, frame, deadline)
            reply = wire.receive(self._from, deadline)
        except wire.TooLate:
            raise self._lost(f"it had not ended after {seconds:g} seconds") from None
        except wire.WireError as error:
            ended = "the pipe ended" in str(error)
            raise self._lost("its process ended" if ended else f"its process broke the protocol: {error}") from None
        if type(reply) is not dict or reply.get("id") != self._requests or not {"came", "failed"} & set(reply):
            raise self._lost("its process broke the protocol: another reply than the one that was due")
        if "failed" in reply:
            raise failure(reply["failed"])
        return reply["came"]

    def launch(self, seconds: float, *launch, **how) -> Launched:
        """One launch of a kernel; see kernels.attempt."""
        came = self.ask(seconds, "launch", *launch, how)
        arrays, shared, lines, findings = came  # told by a worker that runs no learner's Python
        return Launched(arrays, shared, lines, findings)

    def _lost(self, why: str) -> Lost:
        self.kill(why)
        return Lost(self.fate)

    def kill(self, why: str) -> None:
        """End the worker and what it started. The first reason is kept."""
        self.fate = self.fate or why
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def close(self) -> None:
        self.kill("it was ended")
        self._process.wait()
        ALIVE.discard(self._process.pid)
        if self._shared_machine:
            _end_strays()
            remove = ["/bin/rm", "-rf", "--", self._scratch]  # Python's own gives up where folders are nested deeply
            subprocess.run(remove, stderr=subprocess.DEVNULL, check=False)
        for thread in self._threads:
            thread.join(5)
        self._process.stdout.close()
        os.close(self._to)
        os.close(self._from)

    def _drain(self) -> None:
        """Read what it prints, so that it never waits for us; what it started may hold the pipe longer than it."""
        pipe = self._process.stdout.fileno()
        while True:
            if not select.select([pipe], [], [], 0.2)[0]:
                if self._process.poll() is not None:
                    return
                continue
            part = os.read(pipe, 1 << 16)
            if not part:
                return
            self.output += part[: max(OUTPUT - len(self.output), 0)]

    def _watch(self) -> None:
        while self._process.poll() is None:
            used = footprint.of_tree(self._process.pid, self._memory)
            self.peak = max(self.peak, used)
            if used > self._memory:
                self.kill(f"it used more than {self._memory >> 20} MiB of memory")
            time.sleep(0.1)


def _end_strays() -> None:
    """End what workers started and left, where processes have no world of their own; it may start more meanwhile."""
    for _ in range(100):
        if not (left := footprint.strays(os.getpid(), list(ALIVE), dead=True)):
            return
        for process in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        time.sleep(0.01)


def failure(told) -> AnswerError:
    """The AnswerError that a worker tells of, whatever it tells."""
    parts = told if type(told) in (list, tuple) and len(told) == 4 else ["it failed and did not say how", "", None, ()]
    text, kind, block, place = parts
    sentence = text if type(text) is str else "it failed and did not say how"
    return AnswerError(
        sentence[:4000], kind[:80] if type(kind) is str else "", block, place if type(place) is tuple else ()
    )
