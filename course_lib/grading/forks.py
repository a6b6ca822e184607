"""The judge's side of fork servers: one is kept while it serves the same imports, and gives a worker at each request.

Where workers cannot have worlds of their own (some systems forbid it inside bubblewrap), a server gives one worker and
is ended with it: slower, and as safe.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time

from course_lib.grading import confine, footprint, forkserver, sandbox
from course_lib.grading.sandbox import SandboxError

START = 60.0  # seconds until a fork server is ready, and until it has forked
END = 60.0  # seconds until a killed worker is gone
ALIVE: dict[int, "ForkServer"] = {}  # by process
_kept: dict[str, "ForkServer"] = {}  # by mode
_worlds = [True]  # whether workers in bubblewrap can have worlds of their own, as far as is known


class Gone(SandboxError):
    """A fork server that started, and gives no worker."""


class Process:
    """A worker's process, by a handle that no later process of the same number can take."""

    def __init__(self, handle: int, server: "ForkServer", scratch: str):
        self._handle, self._server, self._scratch = handle, server, scratch
        with open(f"/proc/self/fdinfo/{handle}") as told:
            self.number = next(int(line.split()[1]) for line in told if line.startswith("Pid:"))
        server.workers += 1

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether it has, at the latest after so many seconds."""
        return bool(select.select([self._handle], [], [], seconds)[0])

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """End it and all that it started. Raises SandboxError if it cannot be ended."""
        self.kill()
        gone = self.ended(END)
        os.close(self._handle)
        if self._server.mode == "landlock":
            _end_strays()
            _remove(self._scratch)
        self._server.workers -= 1
        self._server.close_if_done()
        if not gone:
            raise SandboxError(f"the process {self.number} was killed and is still there after {END:g} seconds")


class ForkServer:
    """Raises SandboxError if it does not start."""

    def __init__(self, mode: str, imports: str, kept: bool):
        self.mode, self.imports = mode, imports
        self.workers, self.retired = 0, not kept  # a retired one ends with its last worker
        self.scratch = "/tmp"
        if mode == "landlock":
            confine.adopt_orphans()
            self.scratch = tempfile.mkdtemp(prefix="glass-marks-")
            os.chmod(self.scratch, 0o711)  # for a root judge its workers are other users
        self._prints = tempfile.TemporaryFile()  # noqa: SIM115  closed with the server
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(START)
        with theirs:
            self._process = subprocess.Popen(
                sandbox.command(mode, theirs.fileno(), imports, self.scratch),
                stdin=subprocess.DEVNULL,
                stdout=self._prints,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                env=sandbox.BARE,
                cwd=self.scratch,
            )
        self.number = self._process.pid
        ALIVE[self.number] = self
        self.said, _ = self._hear()

    def fork(self, world: bool, pipes: tuple[int, int, int]) -> Process:
        """Raises Gone if there is no worker; the server is then ended."""
        scratch = self.scratch
        if self.mode == "landlock":
            scratch = tempfile.mkdtemp(dir=scratch)
            os.chmod(scratch, 0o1777)
        wanted = json.dumps(sandbox.request(self.mode, world, scratch)).encode()
        try:
            socket.send_fds(self._control, [wanted], pipes)
        except OSError as error:
            self._fail(f"its fork server is gone ({error.strerror})")
        said, handles = self._hear()
        if not handles:
            self._fail(said.decode(errors="replace"))
        return Process(handles[0], self, scratch)

    def close_if_done(self) -> None:
        if self.retired and not self.workers:
            self.close()

    def close(self) -> None:
        if ALIVE.pop(self.number, None) is None:
            return
        self._control.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)
        self._process.wait()
        self._prints.close()
        if self.mode == "landlock":
            _remove(self.scratch)

    def _hear(self) -> tuple[bytes, list[int]]:
        try:
            said, handles, *_ = socket.recv_fds(self._control, 1 << 12, 1)
        except OSError as error:
            self._fail(f"its fork server does not answer ({error})")
        if not said:
            self._prints.seek(0)
            lines = self._prints.read().decode(errors="replace").strip().splitlines()
            self._fail(lines[-1] if lines else "its fork server ended")
        return said, handles

    def _fail(self, why: str) -> None:
        self.close()
        raise Gone(f"the sandbox did not start: {why}")


def fork(mode: str, imports: str, pipes: tuple[int, int, int]) -> Process:
    """A worker that has these modules. Raises SandboxError.

    pipes: what it reads, what it writes, where its prints go
    """
    world = mode == "bubblewrap"
    for last in (False, True) if _worlds[0] or not world else ():
        try:
            return _server(mode, imports).fork(world, pipes)
        except Gone:  # somebody may have ended the server
            if last and not world:
                raise
    process = ForkServer(mode, imports, kept=False).fork(False, pipes)
    _worlds[0] = False
    return process


def _server(mode: str, imports: str) -> ForkServer:
    """The one that is kept."""
    server = _kept.get(mode)
    if server and server.imports == imports and server.number in ALIVE:
        return server
    if server:
        server.retired = True
        server.close_if_done()
    server = ForkServer(mode, imports, kept=True)
    if server.said == forkserver.THREADS:
        server.close()
        server = ForkServer(mode, "", kept=True)
        server.imports = imports
    _kept[mode] = server
    return server


@atexit.register
def end_all() -> None:
    """End every fork server and its workers."""
    for server in list(ALIVE.values()):
        server.close()


def _remove(folder: str) -> None:
    command = ["/bin/rm", "-rf", "--", folder]  # Python's own gives up where folders are nested deeply
    subprocess.run(command, stderr=subprocess.DEVNULL, check=False)


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
