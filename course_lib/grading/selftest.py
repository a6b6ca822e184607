"""Canaries: before a class is marked, the reference must get every point, and an empty notebook none.

They take the same way as any submission. If they do not, something is wrong with the exercise or the machine, and
nobody is marked.

One class has one secret. So that no other secret meets an input on which a test is wrong, `seeds` tries many.
"""

from collections.abc import Callable

from course_lib.errors import UserError
from course_lib.grading import judge, notebook, release
from course_lib.grading.answer import Answer
from course_lib.grading.examine import attempt
from course_lib.grading.exercises import Exercise
from course_lib.grading.sandbox import SandboxError
from course_lib.grading.submission import Submission


class CanaryError(UserError):
    """The grader does not give the marks that are known beforehand."""


def canaries(exercise: Exercise, mode: str, secret: bytes) -> None:
    """Mark the reference and the starter that learners are given. Raises CanaryError."""
    full = _mark(exercise, exercise.reference, mode, secret)
    if lost := [test for test in full["tests"] if test["earned"] != test["points"]]:
        told = "; ".join(lost[0]["told"].values())
        raise CanaryError(f"{_test(exercise, lost[0])} fails the reference answer ({told}), so nobody was marked")
    for name, answers in (("the starter", starters(exercise)), ("an empty notebook", {})):
        row = _mark(exercise, answers, mode, secret)
        if won := [test for test in row["tests"] if test["earned"]]:
            raise CanaryError(f"{_test(exercise, won[0])} passes {name}, so nobody was marked; make it a real test")


def seeds(exercise: Exercise, count: int) -> None:
    """With `count` different inputs the reference passes every test; the starter and an empty notebook, none.

    It all happens in this process, for these answers are the course's own. Raises CanaryError.
    """
    empty = dict.fromkeys(exercise.reference, "")
    for name, answers in (("the reference", {}), ("the starter", starters(exercise)), ("an empty notebook", empty)):
        names = exercise.namespace(**answers)
        for question in exercise.tests:
            for seed in range(count):
                result = _attempt(exercise, question, names, exercise.reference | answers, seed)
                if wrong := [row for row in result.rows if row.passed != (not answers)]:
                    does = "passes" if wrong[0].passed else "fails"
                    told = f" ({wrong[0].came})" if wrong[0].came else ""
                    raise CanaryError(
                        f"{exercise.name}, {question}: {name} {does} “{wrong[0].claim}” with seed {seed}{told}"
                    )


def _attempt(exercise: Exercise, question: str, names: dict, cells: dict[str, str], seed: int):
    def inputs(test):
        return judge.generator(seed.to_bytes(8, "big"), exercise.name, test.__name__)

    return attempt(exercise, question, lambda: [Answer(names)], inputs, cells)[0]


def starters(exercise: Exercise) -> dict[str, str]:
    """Question -> the answer cell that learners are given."""
    master = notebook.cells(notebook.load(exercise.folder / f"{exercise.name}.ipynb"))
    return {
        cell.name: release.starter(cell.source, exercise.name, cell.name) for cell in master if cell.role == "answer"
    }


def main(found: list[Exercise], mode: str, secret: bytes, count: int = 0, say: Callable = print) -> int:
    """`course selftest`: the canaries of every exercise, and then `count` seeds. Returns its exit status."""
    say(f"sandbox: {mode}")
    failed = 0
    for exercise in found:
        try:
            canaries(exercise, mode, secret)
            seeds(exercise, count)
            more = f", with each of {count} seeds too" if count else ""
            say(f"{exercise.name}: the reference gets all points, the starter and an empty notebook none{more}")
        except (CanaryError, SandboxError) as error:
            failed += 1
            say(f"{exercise.name}: {error}")
    return 1 if failed else 0


def _mark(exercise: Exercise, answers: dict[str, str], mode: str, secret: bytes) -> dict:
    return judge.grade(exercise, Submission("graded", b"", dict(answers)), "canary", secret, mode)


def _test(exercise: Exercise, test: dict) -> str:
    return f"{exercise.name}, {test['question']}: the test “{test['claim']}”"
