"""The parent of fresh.py: a result for every question, whatever the answers do.

An answer that raises, prints without end, ends its process or never ends costs its own question and no other.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading

from course_lib.errors import UserError
from course_lib.grading.exercises import Exercise
from course_lib.grading.result import Result, Row

START = 60.0  # seconds until the process has begun with the first cell
LIMIT = 60.0  # seconds for one cell, and for the check of one question
ENDED, TOO_LONG = "when its process ended", "and had not ended in time"


class CheckError(UserError):
    """The check itself could not run; it says nothing about the answers."""


def check(exercise: Exercise, answers: dict[str, str]) -> list[Result]:
    """A result for every question, in order. answers: question -> source of its cell. Raises CheckError."""
    answers = {question: answers[question] for question in exercise.tests if question in answers}
    results, skip = {}, []
    for question in exercise.tests:
        if question not in answers:
            results[question] = _lost(exercise, question, "its answer cell is not in this notebook; take a fresh copy")
    while waiting := [question for question in exercise.tests if question not in results]:
        job = {"exercise": exercise.name, "folder": str(exercise.folder)}
        job |= {"answers": answers, "skip": skip, "questions": waiting}
        guilty, fate = _run(job, results)
        if guilty:
            skip.append(guilty)
            results[guilty] = _lost(exercise, guilty, fate)
    return [results[question] for question in exercise.tests]


def _run(job: dict, results: dict[str, Result]) -> tuple[str, str]:
    """One process until it ends; its results go into `results`. Returns (the question it died of, how) or ("", "")."""
    with tempfile.TemporaryFile() as errors:
        worker = subprocess.Popen(
            [sys.executable, "-m", "course_lib.grading.fresh"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=os.name == "posix",
        )
        try:
            messages = queue.Queue()
            listener = threading.Thread(target=_listen, args=(worker, json.dumps(job).encode(), messages), daemon=True)
            listener.start()
            doing, message = {}, _next(messages, START)
            while message not in (ENDED, TOO_LONG):
                doing = message if "doing" in message else {}
                if "result" in message:
                    results[message["result"]["question"]] = Result.of(message["result"])
                message = _next(messages, LIMIT)
            if doing:
                return doing["question"], f"{doing['doing']} was running {message}"
            if any(question not in results for question in job["questions"]):
                errors.seek(0)
                said = errors.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
                raise CheckError(f"the check could not run ({said[-1]}); see what course doctor says")
            return "", ""
        finally:
            _kill(worker)
            listener.join(1)


def _listen(worker: subprocess.Popen, job: bytes, messages: queue.Queue) -> None:
    with worker.stdin, worker.stdout, contextlib.suppress(OSError, ValueError):  # it may die half-way
        worker.stdin.write(job)
        worker.stdin.close()
        for line in worker.stdout:
            messages.put(json.loads(line))
    messages.put(ENDED)


def _next(messages: queue.Queue, limit: float) -> dict | str:
    try:
        return messages.get(timeout=limit)
    except queue.Empty:
        return TOO_LONG


def _kill(worker: subprocess.Popen) -> None:
    """The process and, where it is a session of its own, what it started."""
    try:
        if os.name == "posix":
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()
    except (ProcessLookupError, PermissionError):
        pass
    worker.wait()


def _lost(exercise: Exercise, question: str, note: str) -> Result:
    return Result(exercise.title, question, tuple(Row.of(test, False) for test in exercise.tests[question]), note)
