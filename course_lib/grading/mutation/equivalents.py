"""The mutants that are right answers: solutions/equivalent/EXERCISE.txt, each with its reason.

    tiled
    - for (int t = 0; t < tiles; ++t)
    + for (int t = 0; t != tiles; ++t)
    = t grows by one from 0, so it meets tiles

A question's name, the change as `course mutants` shows it, and after = why no test can tell it from the reference.
Entries are separated by empty lines; a line that begins with # is a comment.
"""

from pathlib import Path

from course_lib.errors import UserError
from course_lib.grading.exercises import Exercise

MOST = 0.1  # of a question's mutants; where more are equivalent, the reference says too much


class EquivalentError(UserError):
    """The list of equivalent mutants cannot be read."""


def path(exercise: Exercise) -> Path:
    return exercise.folder / "equivalent" / f"{exercise.name}.txt"


def read(exercise: Exercise) -> dict[str, dict[str, str]]:
    """Question -> change -> reason. Raises EquivalentError."""
    found: dict[str, dict[str, str]] = {question: {} for question in exercise.tests}
    where = path(exercise)
    if not where.exists():
        return found
    for paragraph in where.read_text(encoding="utf-8").split("\n\n"):
        lines = [line.rstrip() for line in paragraph.splitlines() if line.strip() and not line.startswith("#")]
        if not lines:
            continue
        question, change = lines[0], "\n".join(line for line in lines[1:] if not line.startswith("="))
        reason = " ".join(line.removeprefix("=").strip() for line in lines[1:] if line.startswith("="))
        if question not in found:
            raise EquivalentError(f"{where}: {question!r} is no question of {exercise.name}; begin each entry with one")
        if not (change and reason):
            raise EquivalentError(
                f"{where}: an entry of {question} lacks its change (lines with - and +) or its reason (a line with =)"
            )
        if change in found[question]:
            raise EquivalentError(f"{where}: {question} lists the same change twice; remove one:\n{change}")
        found[question][change] = reason
    return found
