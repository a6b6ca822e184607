"""The tests of one question against one answer."""

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain

import numpy as np

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.grading import mistakes, shortcuts
from course_lib.grading.answer import UNWRITTEN, Answer
from course_lib.grading.exercises import Exercise
from course_lib.grading.kernels import Launched
from course_lib.grading.result import Result, Row
from course_lib.grading.spec import AnswerError, Failed, describe

Cells = Mapping[str, str]
NONE: Cells = {}
LAUNCHES = {
    "GLASS_TIME_LIMIT": "5",  # seconds: the inputs of a test are small, so a loop without end can be stopped soon
    "GLASS_CORES": "1",  # one block after the other, so that a race goes the same way each time
}


def fresh(test: Callable) -> np.random.Generator:
    """New inputs at each click."""
    return np.random.default_rng()


def examine(
    exercise: Exercise, question: str, new_answer: Callable, new_rng: Callable = fresh, cells: Cells = NONE
) -> Result:
    """Every test of `question`, and the mistake that would explain what fails."""
    return explain(exercise, *attempt(exercise, question, lambda: [new_answer()], new_rng, cells))


def attempt(
    exercise: Exercise, question: str, tries: Callable, new_rng: Callable = fresh, cells: Cells = NONE
) -> tuple[Result, list]:
    """Every test of `question`, each with Answers of its own from tries(), one after the other until it passes.

    Inputs are from new_rng(test), the same at each try.

    cells: question -> source of its answer cell, as far as they are known; whoever uses what a rule forbids passes
    no test. Returns what came out, and the log of each test's last answer.
    """
    instead, use = shortcuts.broken(exercise, question, cells)
    if use:
        rows = [Row.of(test, False, came=use, likely=instead) for test in exercise.tests[question]]
        return Result(exercise.title, question, tuple(rows)), [[] for _ in rows]
    rows, logs = [], []
    with gpu.use("glass"), _settled_launches():
        for test in exercise.tests[question]:
            for answer in tries():
                row = _row(test, answer, new_rng(test))
                if row.passed:
                    break
            rows.append(row)
            logs.append(answer.log)
    return Result(exercise.title, question, tuple(rows)), logs


def explain(exercise: Exercise, result: Result, logs: list) -> Result:
    """The same result with the known mistake that answers all the tests like this, or else, one by one, a test.

    One that answers a passed test otherwise explains nothing: that part of the answer is right.

    It may take seconds the first time, for a known mistake in CUDA C must be compiled.
    """
    if all(map(_explained, result.rows)):
        return result
    with gpu.use("glass"), _settled_launches():
        common = mistakes.recognise(exercise, result.question, list(chain(*logs)))
        right = [each for row, log in zip(result.rows, logs, strict=True) if row.passed for each in log]
        right = [each for each in right if not isinstance(each[2], Launched)]  # which may do the same in another way
        rows = [
            row
            if _explained(row)
            else replace(row, likely=common or mistakes.recognise(exercise, result.question, log and log + right))
            for row, log in zip(result.rows, logs, strict=True)
        ]
    return replace(result, rows=tuple(rows))


def _explained(row: Row) -> bool:
    return row.passed or bool(row.likely) or row.came == UNWRITTEN


@contextlib.contextmanager
def _settled_launches():
    """The settings of LAUNCHES, but for those that the process has been given already."""
    unset = {name: value for name, value in LAUNCHES.items() if name not in os.environ}
    os.environ.update(unset)
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]


def _row(test: Callable, answer: Answer, rng: np.random.Generator) -> Row:
    """One test: passed, or what was asked, expected and came."""
    try:
        test(answer, rng)
        return Row.of(test, True)
    except Failed as failure:
        asked, expected, came = failure.asked, failure.expected, failure.came
    except AnswerError as error:
        asked, expected, came = ("" if error.kind == "NameError" else _request(answer.log)), "", str(error)
    except UserError:
        raise  # the machine lacks something, which says nothing about the answer
    except Exception as error:  # noqa: BLE001  an odd value may trip the test itself
        asked, expected = _request(answer.log), ""
        came = f"a value that the test could not judge ({type(error).__name__}: {error}); please report it"
    except KeyboardInterrupt:
        if not answer.in_this_process:
            raise  # it is the grader that somebody stops, and no answer's fault
        return Row.of(test, False, came="interrupted, for it had not ended yet; is there a loop without end?")
    if answer.unwritten or (answer.log and getattr(answer.log[-1][2], "kind", "") == "NotImplementedError"):
        return Row.of(test, False, came=UNWRITTEN)
    return Row.of(test, False, asked, expected, came)


def _request(log: list[tuple]) -> str:
    """The last request of a log, about as the learner would write it."""
    if not log:
        return ""
    method, (name, *rest), _ = log[-1]
    if method == "_simulate":
        called = dict.fromkeys(each if isinstance(each, str) else each.__name__ for each, *_ in name)
        network = f", network {rest[0].name}" if rest[0] else ""
        return f"{' and '.join(called)} on {len(name)} rank{'s' * (len(name) > 1)}{network}"
    if method == "_call":
        args, kwargs = rest
        return f"{name}({', '.join([_brief(value) for value in args] + _pairs(kwargs))})"
    if method in ("_launch", "_count", "_check"):
        kernel, grid, block, args, defines = rest
        given = ", ".join([f"grid {grid}", f"block {block}", *_pairs(defines)])
        return f"{name}: {kernel}({', '.join(map(_brief, args))}) with {given}"
    return name


def _pairs(named: dict) -> list[str]:
    return [f"{key}={_brief(value)}" for key, value in named.items()]


def _brief(value) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}[{', '.join(map(str, value.shape))}]"
    return f"a text of {len(value)} letters" if isinstance(value, str) and len(value) > 30 else describe(value)
