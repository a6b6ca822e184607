"""A grader that ends at a bad moment, and what may happen before it is started again: every row is due, none is lost.

Each does something to a class of four that was marked in part; then the same command is typed again. Two of them run
with all tests, all with `pytest -m attacks`.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import attack_count
import attack_files
import pytest
import small_exercise as small
from sandboxes import needs_sandbox
from small_exercise import NAME, REFERENCE

from course_lib.grading import exercises, grade, gradebook, selftest

RIGHT = {"double": "def double(x):\n    return 2 * x", "total": REFERENCE["total"]}
SQUARE = {**RIGHT, "double": "def double(x): return x * x"}
DUE = {"ann": ("graded", 4), "bob": ("graded", 1), "cem": ("graded", 4), "dot": ("missing", None)}
GRADE = (
    "import sys, json; from pathlib import Path; from course_lib import errors; from course_lib.grading import grade\n"
    "options = {k: v if k == 'name' else Path(v) for k, v in json.loads(sys.argv[1]).items()}\n"
    "try: sys.exit(grade.main(**options))\n"
    "except errors.UserError as error: sys.exit(f'course: {error}')"
)


class Class:
    """Four learners, of whom the first two are marked."""

    def __init__(self, root):
        self.root, self.db, self.submissions = root, root / "book.db", root / "class"
        self.course, self.key = root / "course", root / "secret"
        small.write(self.course)
        for learner, answers in {"ann": RIGHT, "bob": SQUARE}.items():
            small.hand_in(self.submissions / learner, answers)
        self.key.write_text("0123456789abcdef" * 2)
        self.key.chmod(0o600)
        self.grade()
        small.hand_in(self.submissions / "cem", RIGHT)
        (self.submissions / "dot").mkdir()

    @property
    def options(self):
        where = {"submissions": self.submissions, "db": self.db, "secret_file": self.key}
        return where | {"name": NAME, "folder": self.course / "solutions"}

    def grade(self):
        exercises.find.cache_clear()
        return grade.main(**self.options)

    def start(self, **how):
        """The same in a process of its own."""
        options = json.dumps({name: str(value) for name, value in self.options.items()})
        command = [sys.executable, "-c", GRADE, options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **how)

    def rows(self):
        with closing(sqlite3.connect(self.db)) as book:
            found = book.execute("select learner, status, score from marks").fetchall()
        assert len(found) == len({learner for learner, *_ in found})
        return {learner: tuple(row) for learner, *row in found}

    def write(self, query, *values):
        with closing(sqlite3.connect(self.db, isolation_level=None)) as book:
            book.execute(query, values)


def killed_in_the_middle(group, sign=signal.SIGKILL):
    process = group.start()
    time.sleep(1.5)
    process.send_signal(sign)
    process.communicate()


def killed_while_it_wrote(group):
    program = (
        "import os, signal, sqlite3, sys; book = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "book.execute('pragma cache_size = 1'); book.execute('begin immediate')\n"
        "book.execute('update marks set score = 99, told = zeroblob(200000)'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(group.db)], check=False)
    assert (group.root / "book.db-journal").stat().st_size > 0


def a_journal_of_junk(group):
    (group.root / "book.db-journal").write_bytes(os.urandom(5000))


def a_row_half_there(group):
    group.write("update marks set told = substr(told, 1, 20) where learner = 'ann'")


def a_row_that_the_machine_spoiled(group):
    group.write("update marks set status = 'infra_error', score = null where learner = 'ann'")


def a_row_of_another_grader(group):
    group.write("update marks set key = 'of an older grader', score = 3 where learner = 'bob'")


def another_notebook_with_an_older_date(group):
    os.utime(small.hand_in(group.submissions / "ann", SQUARE), (0, 0))
    return DUE | {"ann": ("graded", 1)}


def the_clock_goes_back(group):
    group.write("update marks set at = '2199-01-01 00:00:00'")
    small.hand_in(group.submissions / "bob", RIGHT)
    return DUE | {"bob": ("graded", 4)}


def another_secret(group):
    group.key.write_text("fedcba9876543210" * 2)
    group.write("update marks set score = 2")


def other_tests(group):
    tests = group.course / "solutions" / f"{NAME}.py"
    tests.write_text(tests.read_text().replace("points=2", "points=12"))
    return DUE | {"ann": ("graded", 14), "cem": ("graded", 14)}


def a_notebook_that_became_a_link(group):
    file = group.submissions / "ann" / f"{NAME}.ipynb"
    file.unlink()
    file.symlink_to(group.submissions / "bob" / f"{NAME}.ipynb")
    return DUE | {"ann": ("refused", None)}


def a_gradebook_that_is_gone(group):
    group.db.unlink()


def two_at_once(group):
    shutil.rmtree(group.submissions / "dot")
    both = [group.start(), group.start()]
    assert [process.communicate()[1].count("Traceback") for process in both] == [0, 0]
    (group.submissions / "dot").mkdir()


def locked_for_ever(group):
    holder = sqlite3.connect(group.db, isolation_level=None)
    holder.execute("begin exclusive")
    with pytest.raises(gradebook.GradebookError, match="locked"):
        group.grade()
    holder.close()


def a_full_disk(group):
    import resource  # Windows has none

    small.hand_in(group.submissions / "cem", RIGHT | {"total": REFERENCE["total"] + "\nraise ValueError('x' * 10**5)"})
    most = group.db.stat().st_size
    process = group.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    said = process.communicate()[1]
    assert process.returncode == 1 and "cannot be used" in said and "Traceback" not in said
    assert set(group.rows()) <= set(DUE)


def a_judge_that_is_killed(group):
    process = group.start()
    deadline = time.monotonic() + 60
    while not (found := judges_of(process.pid)) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for judge in found:
        os.kill(judge, signal.SIGKILL)
    assert "Traceback" not in process.communicate()[1]


def judges_of(parent):
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        children = [int(each) for each in file.read().split()]
    found = []
    for child in children:
        with open(f"/proc/{child}/cmdline", "rb") as file:
            found += [child] if b"course_lib.grading.judges" in file.read() else []
    return found


RESTARTS = {
    "killed in the middle": killed_in_the_middle,
    "interrupted in the middle": lambda group: killed_in_the_middle(group, signal.SIGINT),
    "killed while it wrote": killed_while_it_wrote,
    "a journal of junk": a_journal_of_junk,
    "a row half there": a_row_half_there,
    "a row that the machine spoiled": a_row_that_the_machine_spoiled,
    "a row of another grader": a_row_of_another_grader,
    "another notebook, with an older date": another_notebook_with_an_older_date,
    "the clock goes back": the_clock_goes_back,
    "another secret": another_secret,
    "other tests": other_tests,
    "a notebook that became a link": a_notebook_that_became_a_link,
    "a gradebook that is gone": a_gradebook_that_is_gone,
    "two graders at once": two_at_once,
    "a gradebook locked for ever": locked_for_ever,
    "a full disk": a_full_disk,
    "a judge that is killed": a_judge_that_is_killed,
}


@needs_sandbox
@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(function, id=name, marks=[pytest.mark.attacks] if number not in (2, 4) else [])
        for number, (name, function) in enumerate(RESTARTS.items())
    ],
)
def test_a_grader_that_is_started_again_gives_every_mark_that_is_due(tmp_path, monkeypatch, happens):
    monkeypatch.setattr(selftest, "canaries", lambda *_: None)  # they have tests of their own
    monkeypatch.setattr(gradebook, "PATIENCE", 0.5)
    group = Class(tmp_path)
    due = happens(group) or DUE
    assert group.grade() == 0
    assert group.rows() == due
    with gradebook.Gradebook(group.db) as book:
        assert {row["learner"] for row in book.rows()} == set(due)


def test_there_are_many_attacks_in_twelve_classes_and_each_is_another():
    found = attack_files.read(attack_files.FOLDER)
    assert len({attack.source for attack in found}) == len(found)
    assert len(attack_count.count()) >= 12 and attack_count.count().total() >= 150
    assert len(attack_files.read(attack_files.ODD)) >= 60
