"""The check in the notebook: the question's tests, now, on fresh random inputs.

    from course_lib.grading import exercise
    check = exercise("ex02_matrix_multiplication")
    check("grid")        one question
    check()              all of them
    check.passed("grid") whether it passed last time, for a cell that builds on the answer

It runs in the learner's own process, so it helps the learner and proves nothing to anybody else: marks are computed
elsewhere, by the same tests.
"""

import ast
import contextlib
import linecache
import os
import sys
from types import FunctionType

from IPython import get_ipython
from IPython.display import display

from course_lib.grading import alone
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
        self._passed: set[str] = set()  # the questions whose last check passed

    def __call__(self, question: str | None = None) -> "Result | Results | int":
        """What the tests of `question` say (of every question if there is none); for nbgrader, its points.

        In a notebook a failure is shown at once, and the known mistake added when it is found. Raises ExerciseError.
        """
        if question is None:
            tests = self._exercise.tests
            results = Results(examine(self._exercise, each, self._answer, cells=self._cells(each)) for each in tests)
            self._passed = {result.question for result in results if result.passed}
            return results
        self._must_be_there(question)
        self._passed.discard(question)  # also if the check is interrupted
        result, logs = attempt(self._exercise, question, lambda: [self._answer()], cells=self._cells(question))
        if result.passed:
            self._passed.add(question)
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

    def passed(self, *questions: str) -> bool:
        """Whether each question passed when it was last checked; if not, it prints what to do. Raises ExerciseError.

        A cell that builds on an answer asks first, so that *Run All Cells* comes to its end whatever the answer is.
        """
        for question in questions:
            self._must_be_there(question)
            if question not in self._passed:
                print(f'This cell builds on your answer: once check("{question}") passes, run it again.')
                return False
        return True

    def _must_be_there(self, question: str) -> None:
        if question not in list(self._exercise.tests):
            there = ", ".join(self._exercise.tests)
            raise ExerciseError(f"{self._exercise.title} has no question {question!r}; its questions are: {there}")

    def _answer(self) -> Answer:
        return Answer(self._namespace)

    def _cells(self, question: str) -> dict[str, str]:
        """Question -> text of the cell that defined its functions, where rules ask for it; then those of all others.

        They are what the rules of `question` are held against, as for marks.
        """
        if not self._exercise.rules:
            return {}
        texts = {
            name: "".join(linecache.getlines(value.__code__.co_filename))
            for name, value in list(self._namespace.items())
            if isinstance(value, FunctionType) and not os.path.exists(value.__code__.co_filename)
        }
        own = {
            question: texts.pop(node.name)
            for question, source in self._exercise.reference.items()
            for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef) and texts.get(node.name)
        }
        cells = own | {name: text for name, text in texts.items() if name not in own}
        return alone.lawful(self._exercise, question, cells)

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
