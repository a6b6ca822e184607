"""Canaries: before a class is marked, the reference must get every point, and an empty notebook none.

They take the same way as any submission. If they do not, something is wrong with the exercise or the machine, and
nobody is marked.
"""

from collections.abc import Callable

from course_lib.errors import UserError
from course_lib.grading import judge, notebook, release
from course_lib.grading.exercises import Exercise
from course_lib.grading.sandbox import SandboxError
from course_lib.grading.submission import Submission


class CanaryError(UserError):
    """The grader does not give the marks that are known beforehand."""


def canaries(exercise: Exercise, mode: str, secret: bytes) -> None:
    """Mark the reference and the starter that learners are given. Raises CanaryError."""
    master = notebook.cells(notebook.load(exercise.folder / f"{exercise.name}.ipynb"))
    starters = {
        cell.name: release.starter(cell.source, exercise.name, cell.name) for cell in master if cell.role == "answer"
    }
    full = _mark(exercise, exercise.reference, mode, secret)
    if lost := [test for test in full["tests"] if test["earned"] != test["points"]]:
        told = "; ".join(lost[0]["told"].values())
        raise CanaryError(f"{_test(exercise, lost[0])} fails the reference answer ({told}), so nobody was marked")
    for name, answers in (("the starter", starters), ("an empty notebook", {})):
        row = _mark(exercise, answers, mode, secret)
        if won := [test for test in row["tests"] if test["earned"]]:
            raise CanaryError(f"{_test(exercise, won[0])} passes {name}, so nobody was marked; make it a real test")


def main(found: list[Exercise], mode: str, secret: bytes, say: Callable = print) -> int:
    """`course selftest`: the canaries of every exercise. Returns its exit status."""
    say(f"sandbox: {mode}")
    failed = 0
    for exercise in found:
        try:
            canaries(exercise, mode, secret)
            say(f"{exercise.name}: the reference gets all points, the starter and an empty notebook none")
        except (CanaryError, SandboxError) as error:
            failed += 1
            say(f"{exercise.name}: {error}")
    return 1 if failed else 0


def _mark(exercise: Exercise, answers: dict[str, str], mode: str, secret: bytes) -> dict:
    return judge.grade(exercise, Submission("graded", b"", dict(answers)), "canary", secret, mode)


def _test(exercise: Exercise, test: dict) -> str:
    return f"{exercise.name}, {test['question']}: the test “{test['claim']}”"
