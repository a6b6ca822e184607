"""course push-nbgrader: the marks of a gradebook, into an nbgrader course, for marking by hand.

nbgrader's formgrader then shows each answer with its points and what the tests said, and `nbgrader export` the scores.
A notebook that is laid there is the exercise as it was released with the learner's answers in it, as text: no output,
no other cell and no metadata of a submission gets that far. What was marked or said by hand in formgrader is never
touched; pushing again replaces only what was pushed. nbgrader is an optional part of the course, named handmark.
"""

import json
import os
import shlex
import sys
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from course_lib.errors import UserError
from course_lib.grading import exercises, gradebook, release, submission, terms
from course_lib.grading.exercises import Exercise
from course_lib.grading.terms import Terms


class HandmarkError(UserError):
    """The marks cannot go into that nbgrader course; the sentence says what to do."""


@dataclass(frozen=True)
class Mark:
    """What nbgrader is told of one submission.

    earned     question -> its points
    comments   question -> what the tests said, for those that failed
    penalty    points that its lateness costs
    received   when it came, where that is known
    """

    learner: str
    earned: dict[str, float]
    comments: dict[str, str]
    penalty: float = 0.0
    received: datetime | None = None


def main(
    db: Path,
    course: Path,
    submissions: Path | None = None,
    rules: Path | None = None,
    received: Path | None = None,
    folder: Path = exercises.SOLUTIONS,
) -> int:
    """Push every mark of the gradebook `db` into the nbgrader course in the folder `course`. Returns 0.

    submissions: the folder that was marked; its notebooks are laid into the course, for formgrader to show.

    Raises UserError (status 2) where nbgrader is not installed, and for what cannot be used.
    """
    policy = terms.read(rules, received)
    if not course.is_dir():
        raise HandmarkError(f"{course} is no folder; name that of an nbgrader course, which may be an empty one")
    if submissions and not submissions.is_dir():
        raise HandmarkError(f"{submissions} is no folder; name the one that holds a folder for each learner")
    api, directory = _nbgrader(course)
    with gradebook.Gradebook(db, new=False) as book:
        rows = book.rows()
    if remark := policy.fit(rows, exercises.names(folder)):
        print(remark, file=sys.stderr)
    for name in dict.fromkeys(row["exercise"] for row in rows):
        exercise = exercises.find(name, folder)
        own = [row for row in rows if row["exercise"] == name]
        made = marks(exercise, own, policy)
        for mark in made if submissions else ():
            _lay(exercise, mark, submissions, directory)
        _push(exercise, made, worth(exercise, policy), api, directory)
        none = [f"{row['learner']} ({row['status']})" for row in own if row["score"] is None]
        print(f"{name}: {len(made)} marks are in {course}" + (f"; without a mark: {', '.join(none)}" if none else ""))
    return 0


def marks(exercise: Exercise, rows: list[dict], policy: Terms) -> list[Mark]:
    """Of the rows that have a score. Raises HandmarkError for one that other tests gave than there are now."""
    made, points = [], {question: exercise.points(question) for question in exercise.tests}
    for row in rows:
        if row["score"] is None:
            continue
        tests = {name: [test for test in row["tests"] if test["question"] == name] for name in points}
        if {name: sum(test["points"] for test in own) for name, own in tests.items()} != points:
            raise HandmarkError(
                f"{row['learner']}'s {exercise.name} was marked by other tests than there are now; mark it again first"
            )
        earned = {name: float(sum(test["earned"] for test in own)) for name, own in tests.items()}
        failed = {name: [test for test in own if not test["earned"]] for name, own in tests.items()}
        comments = {name: "\n\n".join(map(_said, own)) for name, own in failed.items() if own}
        penalty = round(row["score"] - policy.final(row).score, 2)
        came = policy.received.get((row["learner"], exercise.name))
        made.append(Mark(row["learner"], earned, comments, penalty, came))
    return made


def worth(exercise: Exercise, policy: Terms) -> dict[str, float]:
    """Question -> what it adds to nbgrader's total: nothing if it is extra."""
    rule = policy.rules.get(exercise.name, terms.Rule())
    return {name: 0.0 if name in rule.extra else float(exercise.points(name)) for name in exercise.tests}


def answered(exercise: Exercise, answers: dict[str, str]) -> dict:
    """The released notebook, with these sources in its answer cells."""
    made = json.loads(release.text(exercise.folder / f"{exercise.name}.ipynb"))
    for cell in made["cells"]:
        marked = cell["metadata"].get("nbgrader", {})
        if marked.get("solution"):
            cell["source"] = answers.get(marked["grade_id"], cell["source"])
    return made


def _said(test: dict) -> str:
    """A failed test in formgrader's box for a comment."""
    told = [f"{label}: {text}" for label, text in test["told"].items()]
    return "\n".join([f"not so: {test['claim']}", *told])


def _lay(exercise: Exercise, mark: Mark, submissions: Path, directory) -> None:
    """Write a marked notebook where formgrader looks for it."""
    folders = {gradebook.shown(name): name for name in submission.learners(submissions)}
    found = submission.read(submissions, folders.get(mark.learner, ""), exercise.name, list(exercise.tests))
    if found.status != "graded":
        raise HandmarkError(
            f"{mark.learner} has a mark for {exercise.name}, but in {submissions} no notebook that can be read "
            f"({'; '.join(found.notes)}); name the folder that was marked"
        )
    folder = Path(directory.format_path(directory.autograded_directory, mark.learner, exercise.name))
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(answered(exercise, found.answers), indent=1)
    folder.joinpath(f"{exercise.name}.ipynb").write_text(text, encoding="utf-8", errors="replace")


def _push(exercise: Exercise, made: list[Mark], worth: dict[str, float], api, directory) -> None:
    """Write into nbgrader's gradebook."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        _write(exercise.name, made, worth, api, directory)
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        raise HandmarkError(f"nbgrader's {directory.db_url} cannot be written ({reason}); mend it or move it") from None


def _write(name: str, made: list[Mark], worth: dict[str, float], api, directory) -> None:
    with warnings.catch_warnings(), api.Gradebook(directory.db_url, directory.course_id or "default_course") as book:
        warnings.filterwarnings("ignore", module="nbgrader")  # of SQLAlchemy, about how nbgrader adds a submission
        book.update_or_create_assignment(name)
        book.update_or_create_notebook(name, name)
        for question, points in worth.items():
            book.update_or_create_grade_cell(f"check-{question}", name, name, max_score=points, cell_type="code")
            book.update_or_create_solution_cell(question, name, name)
        for mark in made:
            book.update_or_create_student(mark.learner)
            pushed = book.update_or_create_submission(name, mark.learner, timestamp=mark.received)
            pushed.notebooks[0].late_submission_penalty = mark.penalty
            for question, earned in mark.earned.items():
                try:
                    grade = book.find_grade(f"check-{question}", name, name, mark.learner)
                    comment = book.find_comment(question, name, name, mark.learner)
                except api.MissingEntry:
                    raise HandmarkError(
                        f"{name} is in {directory.db_url} with other cells; take it out with: nbgrader db assignment "
                        f"remove --force {name}, which also removes what was marked by hand there"
                    ) from None
                grade.auto_score, grade.needs_manual_grade = earned, False
                comment.auto_comment = mark.comments.get(question)
        book.db.commit()


def _nbgrader(course: Path):
    """(nbgrader.api, the course's folders as its nbgrader_config.py says). Raises HandmarkError if it is not there."""
    try:
        from nbgrader import api
        from nbgrader.coursedir import CourseDirectory
    except ImportError as error:
        install = f"{shlex.quote(sys.executable)} -m pip install -c constraints.txt -e '.[handmark]'"
        raise HandmarkError(
            f"this needs nbgrader, which is not installed ({error}); in the course's folder, type: {install}"
        ) from None
    from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

    config = None
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    except ConfigFileNotFound:
        pass
    except Exception as error:  # noqa: BLE001  it is a program of the instructor's
        raise HandmarkError(f"{course / 'nbgrader_config.py'} cannot be used ({error}); mend it first") from None
    # nbgrader starts alembic by its name when it makes a gradebook
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return api, CourseDirectory(root=str(course.resolve()), config=config)
