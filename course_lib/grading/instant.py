"""The check in the notebook: the question's tests, now, on fresh random inputs.

    from course_lib.grading import exercise
    check = exercise("ex02_matrix_multiplication")
    check("grid")        one question
    check()              all of them

It runs in the learner's own process, so it helps the learner and proves nothing to anybody else: marks are computed
elsewhere, by the same tests.
"""

import contextlib
import os
import sys

from IPython import get_ipython
from IPython.display import display

from course_lib.grading.answer import Answer
from course_lib.grading.examine import attempt, examine, explain
from course_lib.grading.exercises import Exercise, ExerciseError, find
from course_lib.grading.result import Result


def exercise(name: str) -> "Check":
    """The check of the exercise `name`, for the answers in the caller's global names. Raises ExerciseError."""
    return Check(find(name), sys._getframe(1).f_globals)


class Check:
    def __init__(self, found: Exercise, namespace: dict):
        self._exercise, self._namespace = found, namespace

    def __call__(self, question: str | None = None) -> "Result | Results | int":
        """What the tests of `question` say (of every question if there is none); for nbgrader, its points.

        In a notebook a failure is shown at once, and the known mistake added when it is found. Raises ExerciseError.
        """
        if question is None:
            return Results(examine(self._exercise, each, self._answer) for each in self._exercise.tests)
        if question not in list(self._exercise.tests):
            there = ", ".join(self._exercise.tests)
            raise ExerciseError(f"{self._exercise.title} has no question {question!r}; its questions are: {there}")
        result, logs = attempt(self._exercise, question, self._answer)
        if "NBGRADER_EXECUTION" in os.environ:  # nbgrader validates: a number as a cell's result is its points
            print(result)
            return result.earned
        if result.passed or get_ipython() is None:
            return explain(self._exercise, result, logs)
        shown = display(result, display_id=True)
        with contextlib.suppress(KeyboardInterrupt):  # the result stands without its explanation
            result = explain(self._exercise, result, logs)
            shown.update(result)
        return Shown(result.title, result.question, result.rows)

    def _answer(self) -> Answer:
        return Answer(self._namespace)

    def __repr__(self):
        return f'{self._exercise.title}: check("{next(iter(self._exercise.tests))}") checks one question, check() all'


class Shown(Result):
    """A result that the reader has before them already."""

    def _ipython_display_(self):
        pass


class Results(list):
    """Several results, shown one below the other."""

    def __repr__(self):
        return "\n".join(map(str, self))

    def _repr_html_(self):
        return "".join(result._repr_html_() for result in self)
