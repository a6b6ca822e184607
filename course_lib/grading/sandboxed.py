"""The judge's side of one worker: started in a sandbox, asked, watched, and ended with all that it started."""

import functools
import os
import select
import shutil
import sys
import threading
import time

from course_lib.grading import footprint, forks, landlock, sandbox, wire
from course_lib.grading.kernels import Launched
from course_lib.grading.sandbox import SandboxError
from course_lib.grading.spec import AnswerError

MODES = ("bubblewrap", "landlock")
START = 60.0  # seconds until a worker is ready
MEMORY = 1 << 30  # bytes that a worker and what it started may use together
OUTPUT = 64 << 10  # bytes of what it prints that are kept; the rest is read and dropped
INSTALL = "install bubblewrap 0.8 or newer (on Debian and Ubuntu: apt-get install bubblewrap) and type the same again"


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
    """A worker in a sandbox of `mode`; as a context manager, ended at the end. Raises SandboxError.

    memory: bytes that it may use, MEMORY if None; imports: statements whose modules it has from the start
    """

    def __init__(self, mode: str, memory: int | None = None, imports: str = ""):
        if sys.platform != "linux":
            raise SandboxError("it needs Linux; on Windows use WSL, on macOS a container")
        if mode == "bubblewrap" and not shutil.which("bwrap"):
            raise SandboxError("the command bwrap is not there")
        if mode == "landlock" and landlock.version() < landlock.NEEDED:
            raise SandboxError(f"this kernel has no Landlock {landlock.NEEDED}")
        self.fate = ""  # why it is gone, once it is
        self.output, self.peak = bytearray(), 0
        self._memory, self._requests = memory or MEMORY, 0
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        self._prints, theirs_prints = os.pipe()
        os.set_blocking(self._to, False)
        try:
            self._process = forks.fork(mode, imports, (theirs_in, theirs_out, theirs_prints))
        except BaseException:
            for pipe in (self._to, self._from, self._prints):
                os.close(pipe)
            raise
        finally:
            for pipe in (theirs_in, theirs_out, theirs_prints):
                os.close(pipe)
        self._gone = threading.Event()
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._drainer.start()
        self._watcher.start()
        try:
            if self.ask(START, "ping") == "ready":
                return
            self.fate = "it does not answer"
        except (Lost, AnswerError) as error:
            self.fate = str(error)
        self.close()
        said = self.output.decode(errors="replace").strip().splitlines()
        if mode == "landlock" and os.geteuid() == 0 and (folder := sandbox.hidden_folder()):
            raise SandboxError(f"root's answers run as another user, who may not enter {folder}, where Python lies")
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
        self._process.kill()

    def close(self) -> None:
        self.kill("it was ended")
        self._watcher.join(forks.END)
        try:
            self._process.close()
        finally:
            self._gone.set()
            self._drainer.join(5)
            for pipe in (self._to, self._from, self._prints):
                os.close(pipe)

    def _drain(self) -> None:
        """Read what it prints, so that it never waits for us; what it started may hold the pipe longer than it."""
        while True:
            if not select.select([self._prints], [], [], 0.2)[0]:
                if self._gone.is_set():
                    return
                continue
            part = os.read(self._prints, 1 << 16)
            if not part:
                return
            self.output += part[: max(OUTPUT - len(self.output), 0)]

    def _watch(self) -> None:
        while not self._process.ended(0.1):
            used = footprint.of_tree(self._process.number, self._memory)
            self.peak = max(self.peak, used)
            if used > self._memory:
                self.kill(f"it used more than {self._memory >> 20} MiB of memory")


def failure(told) -> AnswerError:
    """The AnswerError that a worker tells of, whatever it tells."""
    parts = told if type(told) in (list, tuple) and len(told) == 4 else ["it failed and did not say how", "", None, ()]
    text, kind, block, place = parts
    sentence = text if type(text) is str else "it failed and did not say how"
    return AnswerError(
        sentence[:4000], kind[:80] if type(kind) is str else "", block, place if type(place) is tuple else ()
    )
