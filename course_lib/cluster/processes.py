"""The same workers as in simulated.py, each in a process of its own on this machine: real payloads, real seconds.

    ran = run([partial(ring, rank, 4, x[rank]) for rank in range(4)])

A process cannot be handed a generator, so a worker is a function without arguments that makes one; functools.partial
and lambda write such functions, also in a notebook. Processes find each other through TCP on 127.0.0.1 and prove a key
that only they have. `compute(seconds)` sleeps; `compute(flops=n)` stands for what the worker has just computed, so its
event begins where the worker was last resumed.

Nothing hangs: a process that dies is named, a deadlock is found, and after `limit` seconds all of them are ended.
"""

import contextlib
import os
import pickle
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import cloudpickle

from course_lib.cluster.deadlock import Deadlock, explain
from course_lib.cluster.program import ProgramError
from course_lib.cluster.trace import Trace
from course_lib.errors import UserError

START, LIMIT = 60.0, 60.0  # seconds until all processes are there, and then until all workers have ended
STARTER = "import sys; sys.path[:] = {path!r}; from course_lib.cluster import rank; rank.main()"


class WorkerError(UserError):
    """A worker raised an exception, died, or did not end in time; the sentence names its rank."""


def run(workers: Sequence[Callable], limit: float = LIMIT) -> Trace:
    """Run the workers to their end; what they print is printed here.

    Raises Deadlock and ProgramError as simulated.run, and WorkerError.
    """
    if not workers or not limit > 0:
        raise WorkerError(f"1 worker or more and a limit above 0 s were expected, not {len(workers)} and {limit}")
    for rank, worker in enumerate(workers):
        if not callable(worker):
            raise ProgramError(
                f"rank {rank} should be a function without arguments that makes its generator, such as "
                f"partial(ring, rank, p, x), for no process can be handed an object of type {type(worker).__name__}"
            )
    members = []
    try:
        gathering = _Gathering(len(workers), limit)
        key = secrets.token_bytes(32)
        for rank, worker in enumerate(workers):
            job = {"rank": rank, "p": len(workers), "key": key, "worker": _pickled(worker, rank)}
            members.append(_Member(job, gathering.messages))
        return gathering.run(members)
    finally:
        for member in members:
            member.end()


def _pickled(worker: Callable, rank: int) -> bytes:
    try:
        return cloudpickle.dumps(worker)
    except Exception as error:  # noqa: BLE001  what is pickled may raise anything
        raise ProgramError(f"rank {rank} cannot be handed to a process ({error}); let it make what it needs") from None


class _Member:
    """The parent's side of one process."""

    def __init__(self, job: dict, messages: queue.SimpleQueue):
        command = [sys.executable, "-c", STARTER.format(path=sys.path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, start_new_session=os.name == "posix", **pipes)
        self._thread = threading.Thread(target=self._listen, args=(job, messages), daemon=True)
        self._thread.start()

    def say(self, message) -> None:
        try:
            pickle.dump(message, self.process.stdin)
            self.process.stdin.flush()
        except OSError:
            pass  # it has died, which its own pipe tells

    def _listen(self, job: dict, messages: queue.SimpleQueue) -> None:
        self.say(job)
        try:
            while True:
                messages.put((job["rank"], *pickle.load(self.process.stdout)))
        except (EOFError, OSError, pickle.UnpicklingError):
            messages.put((job["rank"], "died"))
        except Exception as error:  # noqa: BLE001  what it returned may need what is not here
            messages.put((job["rank"], "raised", False, f"what rank {job['rank']} returned cannot be read: {error}"))

    def end(self) -> None:
        """End the process, and on POSIX what it has started."""
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self._thread.join()
        self.process.stdout.close()
        try:
            self.process.stdin.close()
        except OSError:
            pass  # what was still to be written has no reader


class _Gathering:
    """What the processes have said so far."""

    def __init__(self, p: int, limit: float):
        self.p, self.limit, self.deadline = p, limit, time.monotonic() + START
        self.messages: queue.SimpleQueue = queue.SimpleQueue()
        self.ports: dict[int, int] = {}
        self.results: dict[int, object] = {}
        self.events, self.unread = [], []
        self.waiting: dict[int, tuple] = {}  # rank -> (Recv, how many messages have come, (source, tag) of the unread)
        self.sent: dict[int, list[int]] = {}  # rank -> how many messages it has sent to each

    def run(self, members: list[_Member]) -> Trace:
        seconds = 0.0
        while len(self.results) < self.p:
            try:
                rank, kind, *said = self.messages.get(timeout=max(self.deadline - time.monotonic(), 0))
            except queue.Empty:
                late = f"ended after {self.limit:g}" if len(self.ports) == self.p else f"begun after {START:g}"
                raise WorkerError(f"the program had not {late} s{self._state()}") from None
            if kind == "port":
                self.ports[rank] = said[0]
                if len(self.ports) == self.p:
                    begun = time.monotonic()
                    self.deadline = begun + self.limit
                    for member in members:
                        member.say((self.ports, begun))
            elif kind == "print":
                print(said[0], end="")
            elif kind == "waits":
                wants, come, unread, self.sent[rank] = said
                self.waiting[rank] = wants, come, unread
                self._look_for_deadlock()
            elif kind == "goes on":
                self.waiting.pop(rank, None)
            elif kind == "ended":
                self.results[rank], events, self.sent[rank], unread, end = said
                self.events += events
                self.unread += [(source, rank, tag) for source, tag in unread]
                seconds = max(seconds, end)
                self._look_for_deadlock()
            elif kind == "raised":
                raise (ProgramError if said[0] else WorkerError)(said[1])
            elif rank not in self.results:
                code = members[rank].process.wait()
                raise WorkerError(f"the process of rank {rank} died, with exit code {code}{self._state()}")
        self.events.sort(key=lambda event: event.start)
        return Trace([self.results[rank] for rank in range(self.p)], self.events, seconds, {}, self.unread)

    def _look_for_deadlock(self) -> None:
        """All that have not ended wait without limit, and every message that was sent to them has come."""
        if len(self.results) == self.p or len(self.waiting) + len(self.results) < self.p:
            return
        for rank, (wants, come, _) in self.waiting.items():
            if wants.within is not None or come != sum(sent[rank] for sent in self.sent.values()):
                return
        raise Deadlock(f"deadlock{self._state()}")

    def _state(self) -> str:
        unread = [(source, rank, tag) for rank, (_, _, left) in self.waiting.items() for source, tag in left]
        waiting = {rank: wants for rank, (wants, _, _) in self.waiting.items()}
        return f": {explain(waiting, set(self.results), {}, unread)}" if waiting else ""
