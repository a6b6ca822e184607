"""course grade: mark a folder of submissions into a gradebook. Type the same again to go on where it stopped."""

import os
import stat
import sys
import time
from pathlib import Path

from course_lib.errors import UserError
from course_lib.grading import exercises, gradebook, judges, progress, sandboxed, selftest, submission
from course_lib.grading.gradebook import Gradebook

JOBS_A_CORE = 4
SHORTEST = 16  # bytes of a secret


class GradeError(UserError):
    """The command was given something that it cannot use."""


def main(
    name: str,
    submissions: Path,
    db: Path,
    secret_file: Path,
    jobs: int = 1,
    sandbox: str | None = None,
    folder: Path = exercises.SOLUTIONS,
) -> int:
    """Mark every submission of `name` that has no row yet, or a row that no longer holds. Returns the exit status.

    0  every submission has its row       1  the machine failed for some, which have no mark

    Raises UserError (status 2) before anything is marked.
    """
    exercise = exercises.find(resolve(name, folder), folder)
    if not submissions.is_dir():
        raise GradeError(f"{submissions} is no folder; name the one that holds a folder for each learner")
    if jobs < 1:
        raise GradeError(f"--jobs is a number of at least 1, but {jobs} came")
    learners = submission.learners(submissions)
    if not learners:
        found = "there is none"
        if any(path.suffix in (".ipynb", ".zip") for path in submissions.iterdir()):
            found = "notebooks or archives lie outside of any; docs/instructors.md shows how each gets its own"
        raise GradeError(f"{submissions} should hold a folder for each learner, named after them, but {found}")
    key, mode = secret(secret_file), sandboxed.choose(sandbox)
    if mode == "landlock" and jobs > 1:
        print("without bubblewrap answers cannot be kept from each other, so there is one job", file=sys.stderr)
        jobs = 1
    if jobs > (most := JOBS_A_CORE * (os.cpu_count() or 1)):
        print(
            f"more jobs than {JOBS_A_CORE} for each core only get in each other's way, so there are {most}",
            file=sys.stderr,
        )
        jobs = most
    group = judges.Class(exercise, submissions.resolve(), mode, key)
    with Gradebook(db) as book:
        waiting = stale(group, learners, book.keys(exercise.name))
        if waiting:
            selftest.canaries(exercise, mode, key)
        counts = _mark(group, waiting, jobs, book)
    done = len(learners) - len(waiting)
    print(f"{exercise.name}: {len(learners)} submissions, {done} marked before, {_said(counts)}; sandbox: {mode}")
    print(f"written to {db}; see them with: course report {db} OUT")
    return 1 if counts.get("infra_error") else 0


def resolve(name: str, folder: Path) -> str:
    """The exercise whose name is, or begins with, `name`."""
    found = [each for each in exercises.names(folder) if each == name or each.startswith(f"{name}_")]
    return found[0] if len(found) == 1 else name


def secret(path: Path) -> bytes:
    """What the file holds, without white space around it. Raises GradeError if it is none to rely on."""
    make = f"make one with: python3 -c 'import secrets; print(secrets.token_hex(32))' > {path}; chmod 600 {path}"
    try:
        content = Path(path).read_bytes().strip()
        open_to_others = os.name == "posix" and Path(path).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    except OSError as error:
        raise GradeError(f"the secret file {path} cannot be read ({error.strerror}); {make}") from None
    if len(content) < SHORTEST:
        raise GradeError(f"the secret in {path} has {len(content)} bytes, {SHORTEST} are the least; {make}")
    if open_to_others:
        raise GradeError(
            f"others can read the secret file {path}, and with it foresee every test; type: chmod 600 {path}"
        )
    return content


def stale(group: judges.Class, learners: list[str], there: dict[str, str]) -> list[str]:
    """The learners whose row is missing, or rests on another notebook, other tests or another grader."""
    grader, waiting = group.grader_key(), []
    for learner in learners:
        found = group.read(learner)
        if there.get(gradebook.shown(learner)) != gradebook.key(grader, found.status, found.content, learner):
            waiting.append(learner)
    return waiting


def _mark(group: judges.Class, learners: list[str], jobs: int, book: Gradebook) -> dict[str, int]:
    """Status -> how many rows of it were written."""
    counts, began = {}, time.monotonic()
    for number, (learner, row) in enumerate(judges.rows(group, learners, min(jobs, len(learners))), 1):
        book.put(group.exercise.name, learner, row)
        counts[row["status"]] = counts.get(row["status"], 0) + 1
        progress.show(number, len(learners), time.monotonic() - began)
    return counts


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "none to mark"
