"""What became of each mutant: several workers at once, each ended and replaced when a mutant does not let it go on."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import course_lib
from course_lib.errors import UserError
from course_lib.grading.exercises import Exercise
from course_lib.grading.mutation.mutant import Mutant

ROOT = Path(course_lib.__file__).resolve().parents[1]
SECONDS = 20  # of computing, for one mutant; what never ends is stopped after them
LIMIT = 120.0  # seconds without a word, on a machine that may be busy
GLASS = {"GLASS_TIME_LIMIT": "2", "GLASS_CORES": "1"}  # of a launch: those of the tests take hundredths of a second


class MutantError(UserError):
    """The mutants of a question could not be tried."""


@dataclass(frozen=True)
class Fate:
    mutant: Mutant
    fate: str  # "caught", "survived" or "no mutant": see worker.py
    by: str  # which test caught it
    came: str


def fates(
    exercise: Exercise, question: str, mutants: list[Mutant], jobs: int, seed: int = 0, seconds: int = SECONDS
) -> Iterator[Fate]:
    """What became of each, as they end. Raises MutantError if the reference itself does not pass."""
    waiting, ended = queue.SimpleQueue(), queue.SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)
    with tempfile.TemporaryDirectory() as scratch:  # the cache of kernels, too: nobody will launch them again
        job = {"exercise": exercise.name, "folder": str(exercise.folder), "question": question}
        job |= {"seed": seed, "seconds": seconds}
        parts = job, scratch, waiting, ended
        threads = [threading.Thread(target=_work, args=parts, daemon=True) for _ in range(min(jobs, len(mutants)))]
        for thread in threads:
            thread.start()
        for _ in mutants:
            fate = ended.get()
            if isinstance(fate, MutantError):
                raise fate
            yield fate
        for thread in threads:
            thread.join()


def _work(job: dict, scratch: str, waiting: queue.SimpleQueue, ended: queue.SimpleQueue) -> None:
    worker = None
    while True:
        try:
            mutant = waiting.get_nowait()
        except queue.Empty:
            break
        try:
            worker = worker or _Worker(job, scratch)
        except MutantError as error:
            ended.put(error)
            return
        try:
            told = worker.ask(mutant.source)
        except (OSError, EOFError, ValueError) as error:
            worker = worker.end()
            told = {"fate": "caught", "by": "the end of its process", "came": str(error)}
        ended.put(Fate(mutant, told["fate"], told["by"], told["came"]))
    if worker:
        worker.end()


class _Worker:
    def __init__(self, job: dict, scratch: str):
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "course_lib.grading.mutation.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=scratch,
            env={**os.environ, **GLASS, "GLASS_CACHE": scratch, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )
        self._replies, self._said = queue.Queue(), []
        self._listeners = [threading.Thread(target=each, daemon=True) for each in (self._listen, self._drain)]
        for listener in self._listeners:
            listener.start()
        try:
            ready = self.ask(job)
        except EOFError:
            self.end()
            said = self._said[-1] if self._said else "it said nothing"
            raise MutantError(f"the mutants of {job['question']} could not be tried ({said})") from None
        if ready["fate"] != "survived":
            self.end()
            raise MutantError(f"{job['question']}: the reference answer itself fails its tests ({ready['came']})")

    def ask(self, message) -> dict:
        """The reply to one line. Raises EOFError, saying how, if none comes; OSError if it cannot be asked."""
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()
        try:
            line = self._replies.get(timeout=LIMIT)
        except queue.Empty:
            raise EOFError(f"it had not ended after {LIMIT:g} seconds") from None
        if not line:
            raise EOFError(f"it ended its process, with status {self._process.wait()}")
        return json.loads(line)

    def _listen(self) -> None:
        with self._process.stdout:
            for line in self._process.stdout:
                self._replies.put(line)
        self._replies.put(b"")

    def _drain(self) -> None:
        with self._process.stderr:
            for line in self._process.stderr:
                self._said[:] = [line.decode(errors="replace").strip()]

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for listener in self._listeners:
            listener.join(1)
        with contextlib.suppress(OSError):  # what was still to be written has no reader
            self._process.stdin.close()
