"""Marks: the tests of an exercise, run where a learner's code is not.

The judge holds the tests, the references and the secret. The answers are in a sandboxed worker that hands out plain
data only; a kernel leaves it as text, and another worker, which never ran a learner's Python, compiles and runs it.
So no answer can reach a test, and nothing that an answer says about itself is believed.

Inputs come from HMAC(secret, exercise | test | learner): the tests are public, the inputs are not, and marking again
gives the same. What a learner is told of a failure comes from a second run in a fresh worker, on inputs that anybody
may know; so it can leak nothing, whatever the answer remembered of the first.
"""

import functools
import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from course_lib.grading import alone, programs, submission
from course_lib.grading.answer import Answer
from course_lib.grading.examine import attempt, examine
from course_lib.grading.exercises import Exercise
from course_lib.grading.result import Result, Row
from course_lib.grading.workers import Answers, Bench


def generator(key: bytes, *parts: str) -> np.random.Generator:
    """Random numbers that only who has the key can know."""
    digest = hmac.new(key, "\0".join(parts).encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


class Remote(Answer):
    """An answer whose names and kernels are in other processes."""

    in_this_process = False

    def __init__(self, answers: Answers, split: np.random.Generator):
        super().__init__({})
        self._answers, self._split = answers, split

    def _read(self, name):
        return self._answers.ask("read", name)

    def _call(self, name, args, kwargs):
        return self._answers.ask("call", name, args, kwargs)

    def _simulate(self, given, network, how):
        """Half of the ranks, drawn anew each time, run in one worker and half in another: only messages join them."""
        halves = [functools.partial(self._answers.ask, half=half) for half in (0, 1)]
        return programs.run(given, network, how, halves, self._split.permutation(len(given)) % 2)

    def _run(self, *launch, **how):
        return self._answers.bench.launch(*launch, **how)


def grade(exercise: Exercise, found: submission.Submission, learner: str, secret: bytes, mode: str) -> dict:
    """The row of one submission: plain data. Raises SandboxError if the machine failed, and nothing else.

    status, score, points (both of the marks), tests, notes, seconds, output, restarts, peak (bytes), mode
    """
    began = time.monotonic()
    points = sum(map(exercise.points, exercise.tests))
    row = {"status": found.status, "score": None, "points": points, "tests": [], "notes": found.notes, "mode": mode}
    row |= {"output": "", "restarts": 0, "peak": 0}
    if found.status == "graded":
        with Bench(exercise.setup, mode) as bench:
            answers = Answers(bench, found.answers)
            results = [mark(exercise, question, answers, learner, secret) for question in exercise.tests]
            row["tests"] = [told for result in results for told in feedback(exercise, result, answers)]
        row["score"] = sum(result.earned for result in results)
        row |= {"output": bench.output, "restarts": bench.restarts, "peak": bench.peak}
    return row | {"seconds": round(time.monotonic() - began, 2)}


def mark(exercise: Exercise, question: str, answers: Answers, learner: str, secret: bytes) -> Result:
    """What a question earns."""
    answers.begin(question)
    if question not in answers.cells:
        rows = tuple(Row.of(test, False, came="its cell is not there") for test in exercise.tests[question])
        return Result(exercise.title, question, rows)

    def inputs(test):
        return generator(secret, exercise.name, test.__name__, learner)

    split = generator(secret, exercise.name, question, learner)
    served = _lawful(exercise, question, answers)
    came, _ = attempt(exercise, question, lambda: _tries(served, split), inputs, served.cells)
    if served is not answers:
        served.forget()  # no other question asks them
    return came


def _lawful(exercise: Exercise, question: str, answers: Answers) -> Answers:
    """The answers in workers where only those cells ran that the rules are held against."""
    all_of_them = alone.lawful(exercise, question, answers.cells) is answers.cells
    return answers if all_of_them else answers.alone(question)


def _tries(answers: Answers, split: np.random.Generator) -> Iterator[Remote]:
    """What a test is tried with until it passes: a failure is the answer's own if it fails without the others, too."""
    shared = answers.shared
    yield Remote(answers, split)
    if shared:
        answers.forget()
        yield Remote(answers, split)
    answers.suspect = True
    if by_itself := answers.alone(answers.question):
        yield Remote(by_itself, split)


def feedback(exercise: Exercise, result: Result, answers: Answers) -> list[dict]:
    """A dict for each test of a question: what it earned, and for the failed ones what may be told of them."""
    told = result
    if not result.passed and result.question in answers.cells:
        answers.forget()
        answers.begin(result.question)
        split = np.random.default_rng(0)  # it decides about no mark
        served = _lawful(exercise, result.question, answers)
        told = examine(exercise, result.question, lambda: Remote(served, split), _public, served.cells)
    note = answers.notes.get(result.question, "")
    return [
        {
            "question": result.question,
            **{name: asdict(row)[name] for name in ("claim", "points")},
            "earned": row.points if row.passed else 0,
            "told": _told(row, told_row, note),
        }
        for row, told_row in zip(result.rows, told.rows, strict=True)
    ]


def _told(row: Row, told: Row, note: str) -> dict[str, str]:
    """Of a failed test: what was asked, expected and came, all of it from public inputs."""
    if row.passed:
        return {}
    if told.passed:
        return {"came": "another input than this page could show was answered wrongly"}
    texts = {label: getattr(told, label) for label in ("asked", "expected", "came", "likely")} | {
        "cell": note if note != told.came else ""
    }
    return {label: text[:2000] for label, text in texts.items() if text}


def _public(test) -> np.random.Generator:
    return generator(b"anybody may know these inputs", test.__name__)
