"""Marks in nbgrader: what goes there is what the gradebook says, and of a submission the text of its answers only."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import small_exercise as small
from small_exercise import NAME

from course_lib import cli
from course_lib.grading import exercises, handmark, terms
from course_lib.grading.gradebook import Gradebook
from course_lib.grading.handmark import HandmarkError

ROOT = Path(__file__).parent.parent
needs_nbgrader = pytest.mark.skipif(importlib.util.find_spec("nbgrader") is None, reason="nbgrader is not installed")
TOLD = {"asked": "double(3)", "expected": "6", "came": "9"}
RULES = f"exercise,due,free_days,percent_per_day,closed_after_days,extra\n{NAME},2027-03-01T12:00,0,10,7,total\n"
RECEIVED = f"learner,exercise,received\nann,{NAME},2027-03-02T12:00\n"


@pytest.fixture
def exercise(tmp_path):
    small.write(tmp_path)
    return exercises.find(NAME, tmp_path / "solutions")


def row(learner="ann", status="graded", score=3.0):
    tests = [
        {"question": "double", "claim": "A number is doubled.", "points": 2, "earned": 2, "told": {}},
        {"question": "double", "claim": "doubles fractions", "points": 1, "earned": 0, "told": TOLD},
        {"question": "total", "claim": "adds up", "points": 1, "earned": 1, "told": {}},
    ]
    made = {"exercise": NAME, "learner": learner, "key": "k", "status": status, "score": score, "points": 4}
    return made | {"mode": "bubblewrap", "seconds": 0.5, "notes": [], "tests": tests if score is not None else []}


def test_a_mark_is_the_points_of_each_question_and_what_failed(exercise):
    (mark,) = handmark.marks(exercise, [row(), row("bob", "missing", None)], terms.read())
    assert mark.learner == "ann" and mark.earned == {"double": 2.0, "total": 1.0} and mark.penalty == 0
    assert mark.comments == {"double": "not so: doubles fractions\nasked: double(3)\nexpected: 6\ncame: 9"}


def test_lateness_is_a_penalty_and_an_extra_question_adds_nothing_to_the_total(exercise, tmp_path):
    (tmp_path / "terms.csv").write_text(RULES)
    (tmp_path / "received.csv").write_text(RECEIVED)
    policy = terms.read(tmp_path / "terms.csv", tmp_path / "received.csv")
    (mark,) = handmark.marks(exercise, [row()], policy)
    assert mark.penalty == pytest.approx(0.3) and mark.received.isoformat() == "2027-03-02T12:00:00+00:00"
    assert handmark.worth(exercise, policy) == {"double": 3.0, "total": 0.0}


def test_a_mark_by_other_tests_is_refused(exercise):
    old = row()
    old["tests"][0]["points"] = 5
    with pytest.raises(HandmarkError, match="mark it again first"):
        handmark.marks(exercise, [old], terms.read())


def test_a_notebook_to_mark_is_the_released_one_with_the_answers_in_it(exercise):
    made = handmark.answered(exercise, {"double": "<script>mine", "check-total": "no", "words": "no"})
    sources = {cell["id"]: "".join(cell["source"]) for cell in made["cells"]}
    assert sources["double"] == "<script>mine" and sources["check-total"] == 'check("total")'
    assert "your code here" in sources["total"] and "no" not in sources.values()
    assert all(not cell.get("outputs") for cell in made["cells"])


def test_what_is_missing_is_said_in_a_sentence(tmp_path, monkeypatch, capsys):
    with Gradebook(tmp_path / "book.db"):
        pass
    assert cli.main(["push-nbgrader", str(tmp_path / "book.db"), str(tmp_path / "none")]) == 2
    assert "is no folder; name that of an nbgrader course" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    assert cli.main(["push-nbgrader", str(tmp_path / "book.db"), str(tmp_path)]) == 2
    assert "needs nbgrader, which is not installed" in (said := capsys.readouterr().err) and "'.[handmark]'" in said


def nbgrader(folder, *arguments):
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def pushed(exercise, tmp_path):
    """A course of nbgrader's with the marks in it, and a function that pushes once more."""
    submissions, course = tmp_path / "class", tmp_path / "course"
    course.mkdir()
    small.hand_in(submissions / "ann", {"double": "def double(x): return x * x", "other": "open('/etc/passwd')"})
    with Gradebook(tmp_path / "book.db") as book:
        book.put(NAME, "ann", row())
        book.put(NAME, "bob", row("bob", "missing", None))
    (tmp_path / "terms.csv").write_text(RULES)
    (tmp_path / "received.csv").write_text(RECEIVED)

    def push():
        tables = tmp_path / "terms.csv", tmp_path / "received.csv"
        return handmark.main(tmp_path / "book.db", course, submissions, *tables, folder=exercise.folder)

    assert push() == 0
    return course, push


@needs_nbgrader
def test_nbgraders_export_and_feedback_say_what_the_gradebook_says(pushed):
    course, _ = pushed
    nbgrader(course, "export")
    lines = [line.split(",") for line in (course / "grades.csv").read_text().splitlines()]
    (told,) = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    scores = {name: float(told[name]) for name in ("raw_score", "late_submission_penalty", "score", "max_score")}
    assert told["student_id"] == "ann" and told["timestamp"].startswith("2027-03-02")
    assert scores == {"raw_score": 3, "late_submission_penalty": pytest.approx(0.3), "score": 2.7, "max_score": 3}
    nbgrader(course, "generate_feedback", NAME)
    page = next((course / "feedback").rglob("*.html")).read_text()
    assert "doubles fractions" in page and "etc/passwd" not in page


@needs_nbgrader
def test_what_was_marked_by_hand_stays(pushed):
    from nbgrader.api import Gradebook as Theirs

    course, push = pushed
    with Theirs(f"sqlite:///{course}/gradebook.db") as book:
        book.find_grade("check-double", NAME, NAME, "ann").manual_score = 2.5
        book.find_comment("double", NAME, NAME, "ann").manual_comment = "nearly"
        book.db.commit()
    assert push() == 0
    with Theirs(f"sqlite:///{course}/gradebook.db") as book:
        grade = book.find_grade("check-double", NAME, NAME, "ann")
        assert (grade.auto_score, grade.score, grade.needs_manual_grade) == (2, 2.5, False)
        assert book.find_comment("double", NAME, NAME, "ann").comment == "nearly"


@needs_nbgrader
@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("gradebook.db", "no database", "gradebook.db cannot be written"),
        ("nbgrader_config.py", "c = get_config(", "nbgrader_config.py cannot be used"),
    ],
)
def test_an_nbgrader_course_that_cannot_be_used_is_named(exercise, tmp_path, file, text, sentence):
    with Gradebook(tmp_path / "book.db") as book:
        book.put(NAME, "ann", row())
    (tmp_path / file).write_text(text)
    with pytest.raises(HandmarkError, match=sentence):
        handmark.main(tmp_path / "book.db", tmp_path, folder=exercise.folder)


@needs_nbgrader
def test_a_course_that_has_other_cells_is_refused(pushed):
    from nbgrader.api import Gradebook as Theirs

    course, push = pushed
    with Theirs(f"sqlite:///{course}/gradebook.db") as book:
        book.db.delete(book.find_grade("check-double", NAME, NAME, "ann"))
        book.db.commit()
    with pytest.raises(HandmarkError, match="with other cells; take it out with: nbgrader db assignment remove"):
        push()


@needs_nbgrader
@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "solutions").glob("ex*.ipynb"))])
def test_nbgrader_makes_the_same_exercise_from_a_master(name, tmp_path):
    source = tmp_path / "source" / name
    source.mkdir(parents=True)
    master = (ROOT / "solutions" / f"{name}.ipynb").read_text(encoding="utf-8")
    (source / f"{name}.ipynb").write_text(master, encoding="utf-8")
    nbgrader(tmp_path, "generate_assignment", name)
    theirs = json.loads((tmp_path / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    ours = json.loads((ROOT / "exercises" / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert len(theirs["cells"]) == len(ours["cells"])
    for their, our in zip(theirs["cells"], ours["cells"], strict=True):
        if their["metadata"].get("nbgrader", {}).get("solution"):
            assert "YOUR CODE HERE" in "".join(their["source"])
        else:
            assert "".join(their["source"]) == "".join(our["source"])


@needs_nbgrader
@pytest.mark.parametrize(("folder", "verdict"), [("solutions", "Success!"), ("exercises", "failed")])
def test_nbgrader_validates_a_right_notebook_and_no_other(folder, verdict, tmp_path):
    name = "ex02_matrix_multiplication"
    path = tmp_path / "notebook.ipynb"
    path.write_text((ROOT / folder / f"{name}.ipynb").read_text(encoding="utf-8"), encoding="utf-8")
    assert verdict in nbgrader(tmp_path, "validate", str(path)).stdout
