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
from dataclasses import asdict

import numpy as np

from course_lib.grading import programs, sandbox, sandboxed, submission
from course_lib.grading.answer import Answer
from course_lib.grading.examine import attempt, examine
from course_lib.grading.exercises import Exercise
from course_lib.grading.result import Result, Row
from course_lib.grading.sandboxed import Lost, Sandboxed, SandboxError
from course_lib.grading.spec import AnswerError

CELL, CALL, KERNEL = 10.0, 10.0, 60.0  # seconds for a cell, a call and a launch with what it compiles
SETUP = 60.0  # seconds for the exercise's own setup
WHOLE = 180.0  # seconds for a submission; the tests that begin later fail
STRIKES = 2  # how often a question may cost a worker; then its cell is left out


def generator(key: bytes, *parts: str) -> np.random.Generator:
    """Random numbers that only who has the key can know."""
    digest = hmac.new(key, "\0".join(parts).encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


class Answers:
    """The workers of one submission, started when they are needed; as a context manager, ended at the end."""

    def __init__(self, setup: str, cells: dict[str, str], mode: str, whole: float = WHOLE):
        self.cells, self.notes = cells, {}  # notes: question -> what its cell raised
        self.question = ""  # that is being marked
        self.restarts, self.output, self.peak = 0, "", 0
        self._setup, self._mode = setup, mode
        self._imports = sandbox.imports(setup)
        self._strikes = dict.fromkeys(cells, 0)
        self._end = time.monotonic() + whole
        self._names: dict[int, Sandboxed] = {}
        self._kernels: Sandboxed | None = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.forget()
        self._close(self._kernels)

    def forget(self) -> None:
        """End the worker with the answers, and with it all that they remember; the next request starts another."""
        for worker in self._names.values():
            self._close(worker)
        self._names = {}

    def ask(self, do: str, *arguments, half: int = 0):
        """What the answers' worker says, or a second one's that also holds them all. Raises AnswerError."""
        self._in_time()
        try:
            self._start(half)
            return self._names[half].ask(CALL, do, *arguments)
        except Lost as lost:
            self._strike(self.question, f"while it was running {lost}")
            self.forget()
            raise AnswerError(f"while the answer was running {lost}", "Lost") from None

    def launch(self, *launch, **how):
        """What a launch left behind, told by a worker without a learner's Python. Raises AnswerError."""
        self._in_time()
        if self._kernels is None:
            self._kernels = Sandboxed(self._mode, imports=self._imports)
        try:
            return self._kernels.launch(KERNEL, *launch, **how)
        except (Lost, ValueError, TypeError) as lost:
            self._close(self._kernels)
            self._kernels = None
            raise AnswerError(f"while the kernel was running {lost}", "Lost") from None

    def _start(self, half: int) -> None:
        """A worker in which every cell has run that does not end it."""
        while half not in self._names:
            self.restarts += 1
            made = self._names[half] = Sandboxed(self._mode, imports=self._imports)
            try:
                made.ask(SETUP, "cell", self._setup, "setup")
            except (AnswerError, Lost) as error:  # no answer has run yet, so it is none's fault
                self.forget()
                raise SandboxError(f"the exercise's own setup cell fails in the sandbox: {error}") from None
            for question, source in self.cells.items():
                if self._strikes[question] >= STRIKES:
                    continue
                try:
                    self._in_time()
                    made.ask(CELL, "cell", source, question)
                except AnswerError as error:
                    self.notes.setdefault(question, f"its cell raised {error}")
                except Lost as lost:
                    self.notes[question] = f"while its cell was running {lost}"
                    self._strikes[question] = STRIKES
                    self.forget()
                    break

    def _strike(self, question: str, how: str) -> None:
        self._strikes[question] = self._strikes.get(question, 0) + 1
        if self._strikes[question] == STRIKES:
            self.notes.setdefault(question, f"it cost its process {STRIKES} times, the last {how}, and was left out")

    def _in_time(self) -> None:
        if time.monotonic() > self._end:
            raise AnswerError("the time for the whole notebook was used up", "Lost")

    def _close(self, worker: Sandboxed | None) -> None:
        if worker:
            worker.close()
            self.output = (self.output + worker.output.decode(errors="replace"))[: sandboxed.OUTPUT]
            self.peak = max(self.peak, worker.peak)


class Remote(Answer):
    """An answer whose names and kernels are in other processes."""

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
        return self._answers.launch(*launch, **how)


def grade(exercise: Exercise, found: submission.Submission, learner: str, secret: bytes, mode: str) -> dict:
    """The row of one submission: plain data. Raises SandboxError if the machine failed, and nothing else.

    status, score, points (both of the marks), tests, notes, seconds, output, restarts, peak (bytes), mode
    """
    began = time.monotonic()
    points = sum(map(exercise.points, exercise.tests))
    row = {"status": found.status, "score": None, "points": points, "tests": [], "notes": found.notes, "mode": mode}
    row |= {"output": "", "restarts": 0, "peak": 0}
    if found.status == "graded":
        with Answers(exercise.setup, found.answers, mode) as answers:
            results = [mark(exercise, question, answers, learner, secret) for question in exercise.tests]
            answers.forget()
            row["tests"] = [told for result in results for told in feedback(exercise, result, answers)]
        row["score"] = sum(result.earned for result in results)
        row |= {"output": answers.output, "restarts": answers.restarts, "peak": answers.peak}
    return row | {"seconds": round(time.monotonic() - began, 2)}


def mark(exercise: Exercise, question: str, answers: Answers, learner: str, secret: bytes) -> Result:
    """What a question earns."""
    answers.question = question
    if question not in answers.cells:
        rows = tuple(Row.of(test, False, came="its cell is not there") for test in exercise.tests[question])
        return Result(exercise.title, question, rows)

    def inputs(test):
        return generator(secret, exercise.name, test.__name__, learner)

    split = generator(secret, exercise.name, question, learner)
    return attempt(exercise, question, lambda: Remote(answers, split), inputs, answers.cells)[0]


def feedback(exercise: Exercise, result: Result, answers: Answers) -> list[dict]:
    """A dict for each test of a question: what it earned, and for the failed ones what may be told of them."""
    told = result
    if not result.passed and result.question in answers.cells:
        answers.question = result.question
        split = np.random.default_rng(0)  # it decides about no mark
        told = examine(exercise, result.question, lambda: Remote(answers, split), _public, answers.cells)
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
    texts = {label: getattr(told, label) for label in ("asked", "expected", "came", "likely")} | {"cell": note}
    return {label: text[:2000] for label, text in texts.items() if text}


def _public(test) -> np.random.Generator:
    return generator(b"anybody may know these inputs", test.__name__)
