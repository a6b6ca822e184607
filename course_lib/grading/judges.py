"""Several judges at once, each a process of its own: `python -m course_lib.grading.judges`.

A judge that hangs or dies costs the submission that it was at, whose row says so, and is replaced.

First line  {"exercise", "folder" of its master, "submissions", "mode", "secret" in hex}
Then        a line for each submission: its learner's name; reply: its row
"""

import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course_lib.grading import confine, exercises, gradebook, judge, submission, workers
from course_lib.grading.exercises import Exercise

HARD = workers.WHOLE + 600  # seconds after which a judge is given up: it should have stopped the answers long before


@dataclass(frozen=True)
class Class:
    """What is to be marked: the folder of submissions, and how."""

    exercise: Exercise
    submissions: Path
    mode: str
    secret: bytes

    def files(self) -> list[Path]:
        return [self.exercise.folder / f"{self.exercise.name}{kind}" for kind in (".py", ".ipynb")]

    def grader_key(self) -> bytes:
        return gradebook.grader_key(self.files(), self.secret)

    def read(self, learner: str) -> submission.Submission:
        return submission.read(self.submissions, learner, self.exercise.name, list(self.exercise.tests))

    def failed(self, reason: str) -> dict:
        """The row of a submission that the machine failed."""
        row = {"status": "infra_error", "score": None, "points": 0, "tests": [], "notes": [reason], "mode": self.mode}
        return row | {"key": "", "seconds": 0, "output": "", "restarts": 0, "peak": 0}


def rows(group: Class, learners: list[str], jobs: int) -> Iterator[tuple[str, dict]]:
    """(learner, row) as each ends. If no more are taken, no more are begun."""
    waiting, ended = queue.SimpleQueue(), queue.SimpleQueue()
    for learner in learners:
        waiting.put(learner)
    threads = [threading.Thread(target=_work, args=(group, waiting, ended), daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    try:
        for _ in learners:
            yield ended.get()
    finally:
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.get_nowait()


def _work(group: Class, waiting: queue.SimpleQueue, ended: queue.SimpleQueue) -> None:
    process = None
    while True:
        try:
            learner = waiting.get_nowait()
        except queue.Empty:
            break
        try:
            process = process or _Judge(group)
            ended.put((learner, process.grade(learner)))
        except (OSError, ValueError, EOFError) as error:
            ended.put((learner, group.failed(f"the judge's own process failed: {error}")))
            if process:
                process.end()
            process = None
    if process:
        process.end()


class _Judge:
    def __init__(self, group: Class):
        command = [sys.executable, "-m", "course_lib.grading.judges"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        job = {"exercise": group.exercise.name, "folder": str(group.exercise.folder), "mode": group.mode}
        self._say(job | {"submissions": str(group.submissions), "secret": group.secret.hex()})

    def _say(self, message) -> None:
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def grade(self, learner: str) -> dict:
        """Raises OSError, EOFError or ValueError if no row comes."""
        self._say(learner)
        line, deadline = bytearray(), time.monotonic() + HARD
        pipe = self._process.stdout.fileno()
        while not line.endswith(b"\n"):
            if not select.select([pipe], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise EOFError(f"no row came in {HARD:g} seconds")
            part = os.read(pipe, 1 << 20)
            if not part:
                raise EOFError(f"it ended with status {self._process.wait()}")
            line += part
        return json.loads(line)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        try:
            self._process.stdin.close()
        except OSError:
            pass  # what was still to be written has no reader


def main() -> None:
    """One judge, until its input ends or its parent does."""
    confine.die_with_parent()
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a test that prints shall not disturb
    job = json.loads(sys.stdin.readline())
    exercise = exercises.find(job["exercise"], Path(job["folder"]))
    group = Class(exercise, Path(job["submissions"]), job["mode"], bytes.fromhex(job["secret"]))
    grader = group.grader_key()
    for line in sys.stdin:
        learner = json.loads(line)
        found = group.read(learner)
        try:
            row = judge.grade(exercise, found, learner, group.secret, group.mode)
        except Exception as error:  # noqa: BLE001  whatever it is, it is no fault of the learner, and no zero
            row = group.failed(f"{type(error).__name__}: {error}"[:2000])
        row["key"] = gradebook.key(grader, found.status, found.content, learner)
        print(json.dumps(row), file=reply, flush=True)


if __name__ == "__main__":
    main()
