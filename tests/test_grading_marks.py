"""Marks are computed where no answer can reach them. What the first prototype got wrong stays right."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace

import pytest
import small_exercise as small
from sandboxes import needs_sandbox
from small_exercise import NAME, REFERENCE

from course_lib import cli
from course_lib.grading import exercises, forks, grade, gradebook, judge, judges, sandbox, sandboxed, selftest, workers
from course_lib.grading.submission import Submission

RIGHT = {"double": "def double(x):\n    return 2 * x", "total": REFERENCE["total"]}
SECRET = b"0123456789abcdef" * 2
QUESTIONS = ["double", "total"]
JOBS = [("bubblewrap", 4, "more jobs than 4 for each core"), ("landlock", 1, "so there is one job")]


@pytest.fixture
def exercise(tmp_path):
    small.write(tmp_path / "course")
    return exercises.find(NAME, tmp_path / "course" / "solutions")


@pytest.fixture
def mark(exercise):
    """The row of answers to the small exercise."""
    mode = sandboxed.choose()
    return lambda **answers: judge.grade(exercise, Submission("graded", b"", {**RIGHT, **answers}), "eve", SECRET, mode)


@pytest.fixture
def group(tmp_path):
    """A class of four: (folder of submissions, options of grade.main)."""
    small.write(tmp_path / "course")
    for learner, answers in {
        "ann": RIGHT,
        "bob": {**RIGHT, "double": "def double(x): return x * x"},
        "cem": {"total": RIGHT["total"]},
        "dot": {},
    }.items():
        small.hand_in(tmp_path / "class" / learner, answers)
    (tmp_path / "class" / "eli").mkdir()
    key = tmp_path / "secret"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    where = {"submissions": tmp_path / "class", "db": tmp_path / "book.db", "secret_file": key}
    return where | {"name": "ex90", "folder": tmp_path / "course" / "solutions"}


def earned(row):
    return [sum(test["earned"] for test in row["tests"] if test["question"] == each) for each in QUESTIONS]


def table(db):
    with closing(sqlite3.connect(db)) as book:
        found = book.execute("select learner, status, score from marks")
        return {name: (status, score) for name, status, score in found}


@needs_sandbox
def test_every_submission_has_one_row_and_every_row_its_status(group, capsys):
    assert grade.main(**group, jobs=2) == 0
    expected = {"ann": ("graded", 4), "bob": ("graded", 1), "cem": ("graded", 1), "dot": ("invalid", None)}
    assert table(group["db"]) == expected | {"eli": ("missing", None)}
    assert "5 submissions, 0 marked before, 3 graded, 1 invalid, 1 missing" in capsys.readouterr().out
    assert grade.main(**group) == 0
    assert "5 marked before, none to mark" in capsys.readouterr().out


@needs_sandbox
def test_what_a_mark_depends_on_is_marked_again_and_nothing_else(group, capsys):
    for learner in ("cem", "dot"):
        shutil.rmtree(group["submissions"] / learner)
    grade.main(**group)
    small.hand_in(group["submissions"] / "bob", RIGHT)
    grade.main(**group)
    assert "2 marked before, 1 graded" in capsys.readouterr().out and table(group["db"])["bob"] == ("graded", 4)
    group["secret_file"].write_bytes(SECRET[::-1])
    grade.main(**group)
    assert "0 marked before, 2 graded" in capsys.readouterr().out


@needs_sandbox
def test_a_grader_that_is_killed_has_lost_nothing_and_goes_on(group):
    program = (
        "import sys, json; from pathlib import Path; from course_lib.grading import grade; o = json.loads(sys.argv[1])"
    )
    program += "; grade.main(**{k: v if k == 'name' else Path(v) for k, v in o.items()})"
    for number in range(9):
        small.hand_in(group["submissions"] / f"x{number:02}", RIGHT)
    options = json.dumps({name: str(value) for name, value in group.items()})
    process = subprocess.Popen([sys.executable, "-c", program, options], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (group["db"].exists() and len(rows_there(group["db"])) >= 3):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = rows_there(group["db"])
    assert 3 <= len(before) < 14
    grade.main(**group)
    after = table(group["db"])
    assert len(after) == 14 and all(after[learner] == ("graded", 4) for learner in after if learner.startswith("x"))
    with gradebook.Gradebook(group["db"]) as book:
        assert {row["learner"]: row["at"] for row in book.rows()}.items() >= before.items()


def rows_there(db):
    try:
        with closing(sqlite3.connect(db)) as book:
            return dict(book.execute("select learner, at from marks").fetchall())
    except sqlite3.OperationalError:
        return {}  # not made yet


@needs_sandbox
def test_the_same_secret_gives_the_same_inputs_and_another_learner_others(mark, exercise):
    inputs = [judge.generator(SECRET, NAME, "doubles", learner).random() for learner in ("ann", "ann", "bob")]
    assert inputs[0] == inputs[1] != inputs[2]
    assert inputs[0] != judge.generator(SECRET[::-1], NAME, "doubles", "ann").random()


@needs_sandbox
def test_what_a_learner_is_told_of_a_failure_is_never_about_the_inputs_of_marks(mark):
    remembers = "seen = []\ndef double(x):\n    seen.append(x)\n    raise ValueError(repr(seen))"
    row = mark(double=remembers)
    number = str(int(judge.generator(SECRET, NAME, "doubles", "eve").integers(10, 10**9)))
    first = row["tests"][0]
    assert first["told"]["asked"] == "double(0)" and "ValueError: [0]" in first["told"]["came"]
    assert number not in json.dumps(row["tests"])
    square = mark(double="def double(x): return x * x")["tests"][0]["told"]
    assert (square["asked"], square["likely"]) == ("double(1)", "This squares the number.")


@needs_sandbox
@pytest.mark.parametrize(
    "death", ["import os; os._exit(0)", "while True: pass", "x = []\nwhile True: x.append(' ' * 10**8)"]
)
@pytest.mark.parametrize("where", ["cell", "call"])
def test_a_worker_that_dies_costs_the_guilty_question_and_no_other(mark, death, where, monkeypatch):
    monkeypatch.setattr(workers, "CALL", 2.0)
    monkeypatch.setattr(workers, "CELL", 2.0)
    monkeypatch.setattr(sandboxed, "MEMORY", 300 << 20)
    body = "\n    ".join(["def double(x):", *death.splitlines()])
    row = mark(double=body if where == "call" else death)
    assert earned(row) == [0, 1] and row["score"] == 1
    assert "was running" in row["tests"][0]["told"]["came"] and "cell" not in row["tests"][0]["told"]


@needs_sandbox
def test_a_missing_name_reads_as_such(mark):
    assert (
        mark(double="x = 1")["tests"][0]["told"]["came"]
        == "double is not defined: run its cell first, and keep the name"
    )


@needs_sandbox
def test_a_canary_that_does_not_get_its_mark_stops_the_grading(group):
    tests = group["folder"] / f"{NAME}.py"
    tests.write_text(small.TESTS + "\n@test('total', points=1)\ndef anything(answer, rng):\n    pass\n")
    exercises.find.cache_clear()
    with pytest.raises(selftest.CanaryError, match="passes the starter, so nobody was marked"):
        grade.main(**group)
    tests.write_text(small.TESTS.replace("2 * x)", "3 * x)"))
    exercises.find.cache_clear()
    with pytest.raises(selftest.CanaryError, match="fails the reference answer .*, so nobody was marked"):
        grade.main(**group)
    assert table(group["db"]) == {}


@needs_sandbox
def test_a_fault_of_the_machine_is_no_zero(group, monkeypatch):
    """The prototype gave everyone 0, silently, when its sandbox did not start."""
    monkeypatch.setattr(selftest, "canaries", lambda *_: None)
    monkeypatch.setattr(
        judges._Judge, "grade", lambda self, learner: self.end() or (_ for _ in ()).throw(EOFError("gone"))
    )
    assert grade.main(**group) == 1
    assert set(table(group["db"]).values()) == {("infra_error", None)}
    monkeypatch.undo()
    assert grade.main(**group) == 0 and table(group["db"])["ann"] == ("graded", 4)


@needs_sandbox
@pytest.mark.parametrize("setup", ["import course_lib.matmul", "1 / 0", "import os; os._exit(0)"])
def test_a_setup_that_fails_in_the_sandbox_is_a_fault_of_the_machine(group, setup, monkeypatch, capsys):
    cells = [small.setup_cell(setup, "setup") if each["id"] == "setup" else each for each in small.cells()]
    (group["folder"] / f"{NAME}.ipynb").write_text(json.dumps(small.notebook(cells)))
    exercises.find.cache_clear()
    said = "the exercise's own setup cell fails in the sandbox: "
    with pytest.raises(sandboxed.SandboxError, match=said):
        grade.main(**group)
    assert selftest.main([exercises.find(NAME, group["folder"])], sandboxed.choose(), SECRET) == 1
    assert said in capsys.readouterr().out
    monkeypatch.setattr(selftest, "canaries", lambda *_: None)
    assert grade.main(**group) == 1
    assert table(group["db"])["ann"] == ("infra_error", None)
    with gradebook.Gradebook(group["db"]) as book:
        assert said in book.rows()[0]["notes"][0]


def test_a_sandbox_that_does_not_start_is_said_and_nobody_is_marked(monkeypatch):
    forks.end_all()
    monkeypatch.setattr(sandbox, "command", lambda *_: ["/bin/false"])
    sandboxed.choose.cache_clear()
    with pytest.raises(sandboxed.SandboxError, match="answers are only run in a sandbox.*apt-get install bubblewrap"):
        sandboxed.choose()


def test_a_judge_does_not_take_a_fault_of_the_sandbox_for_an_answer(exercise, monkeypatch):
    forks.end_all()
    monkeypatch.setattr(sandbox, "command", lambda *_: ["/bin/false"])
    with pytest.raises(sandboxed.SandboxError):
        judge.grade(exercise, Submission("graded", b"", dict(RIGHT)), "eve", SECRET, "landlock" if os.name else "")


@needs_sandbox
def test_who_interrupts_the_grader_does_not_fail_an_answer(exercise, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(judge.Remote, "_call", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judge.grade(exercise, Submission("graded", b"", dict(RIGHT)), "eve", SECRET, sandboxed.choose())


def test_a_secret_must_be_long_and_its_own(tmp_path):
    path = tmp_path / "secret"
    with pytest.raises(grade.GradeError, match="cannot be read.*make one with"):
        grade.secret(path)
    path.write_text("short")
    with pytest.raises(grade.GradeError, match="has 5 bytes, 16 are the least"):
        grade.secret(path)
    path.write_bytes(SECRET + b"\n")
    path.chmod(0o644)
    with pytest.raises(grade.GradeError, match="others can read .*chmod 600"):
        grade.secret(path)
    path.chmod(0o600)
    assert grade.secret(path) == SECRET


@pytest.mark.parametrize("file", ["ann_1_2_ex90_small.ipynb", "all.zip", None])
def test_a_folder_without_learners_is_refused_in_one_sentence(group, tmp_path, file):
    empty = tmp_path / "empty"
    empty.mkdir()
    if file:
        (empty / file).touch()
    said = "notebooks or archives lie outside of any" if file else "there is none"
    with pytest.raises(grade.GradeError, match=f"a folder for each learner, named after them, but {said}"):
        grade.main(**group | {"submissions": empty})


@pytest.mark.parametrize(("sandbox", "jobs", "said"), JOBS)
def test_more_jobs_than_help_are_not_begun(group, monkeypatch, capsys, sandbox, jobs, said):
    monkeypatch.setattr(grade.sandboxed, "choose", lambda _: sandbox)
    monkeypatch.setattr(grade.os, "cpu_count", lambda: 1)
    begun = []
    monkeypatch.setattr(grade.judges, "rows", lambda *given: begun.append(given[2]) or iter(()))
    monkeypatch.setattr(selftest, "canaries", lambda *_: None)
    assert grade.main(**group, jobs=10**6) == 0 and begun == [jobs] and said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"double": "def double(x): return x * x"}, "double: the reference fails “A number is doubled” with seed 0"),
        ({"total": "def total(x): return float(np.sum(x)) if x[0] > -2 else 0.0"}, "total: the reference fails"),
    ],
)
def test_many_seeds_find_a_reference_that_fails_on_some_input(exercise, answers, said):
    flawed = replace(exercise, reference=exercise.reference | answers)
    with pytest.raises(selftest.CanaryError, match=said):
        selftest.seeds(flawed, 100)
    selftest.seeds(exercise, 3)


def test_many_seeds_find_a_test_that_what_is_not_written_passes(tmp_path):
    lenient = small.TESTS + '\n@test("total", points=1)\ndef nothing(answer, rng):\n    pass\n'
    cells = small.cells()
    cells[-1] = small.check_cell("total", 2)
    small.write(tmp_path, cells, lenient)
    with pytest.raises(selftest.CanaryError, match="total: the starter passes “nothing” with seed 0"):
        selftest.seeds(exercises.find(NAME, tmp_path / "solutions"), 1)


def test_a_number_of_seeds_below_none_is_refused(capsys):
    assert cli.main(["selftest", "ex01", "--seeds", "-5"]) == 2
    assert "--seeds is a number of at least 0, but -5 came" in capsys.readouterr().err
