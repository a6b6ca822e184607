"""No question's answer costs another question its marks, whatever it leaves behind where both have run."""

import contextlib
import functools
import json

import distributed_exercise as distributed
import pytest
import small_exercise as small
from sandboxes import SANDBOXES, needs_sandbox

from course_lib.grading import alone, exercises, judge, process, sandboxed, workers
from course_lib.grading.spec import AnswerError
from course_lib.grading.submission import Submission

SECRET = b"of the tests only" * 2
RIGHT = {"double": "def double(x):\n    return 2 * x", "total": small.REFERENCE["total"]}
FORGE = """
import os
from course_lib.grading import wire
def forge(which):
    for number in which:
        for pipe in range(3, 64):
            try: os.write(pipe, wire.encode({"id": number, "came": 7.0}))
            except OSError: pass
"""
LATER = """
import os, threading
def later(do, *arguments): threading.Timer(0.3, do, arguments).start()
def child(do, *arguments):
    if os.fork() == 0:
        do(*arguments)
        os._exit(0)
"""
STEAL = """
import os, select
def steal():
    while True:
        for pipe in range(3, 64):
            try:
                if select.select([pipe], [], [], 0.001)[0]: os.read(pipe, 1 << 20)
            except (OSError, ValueError): pass
"""
LAST = "def double(x):\n    if x == 0.5: {}\n    return 2 * x"  # what the last test of double asks for
BEHIND = {  # what an answer leaves behind -> (its cell, the points that it earns itself)
    "copies that reply": ("import os\ndef double(x):\n    for _ in range(3): os.fork()\n    return 7", 0),
    "replies in store": (FORGE + "def double(x):\n    forge(range(3, 20))\n    return 7", 0),
    "a thread that replies later": (FORGE + LATER + LAST.format("later(forge, range(20))"), 3),
    "a child that replies later": (FORGE + LATER + LAST.format("later(child, forge, range(20))"), 3),
    "a child that takes requests": (STEAL + LATER + LAST.format("child(steal)"), 3),
    "a thread that takes requests": (STEAL + LATER + LAST.format("later(steal)"), 3),
    "a worker that will end": (LATER + LAST.format("later(os._exit, 0)"), 3),
    "a library that is changed": ("import numpy as np\n" + LAST.format("np.sum = lambda x: 0.0"), 3),
    "a cell that takes requests": (STEAL + LATER + "child(steal)\ndef double(x): return 7", 0),
    "a cell that replies": (FORGE + LATER + "child(forge, 9 * [*range(9)])\ndef double(x): return 7", 0),
    "a cell that changes a library": ("import numpy as np\nnp.sum = None\ndef double(x): return 2 * x", 3),
    "a cell that ends the next": ("import numpy as np, os\nnp.sum = lambda x: os._exit(0)\n" + RIGHT["double"], 3),
    "a name of another's": ("def total(x): return 0.0\n" + RIGHT["double"], 3),
}


def earned(row):
    points = {}
    for test in row["tests"]:
        points[test["question"]] = points.get(test["question"], 0) + test["earned"]
    return points


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(workers, "CALL", 1.0)
    monkeypatch.setattr(workers, "CELL", 1.0)


@pytest.fixture
def exercise(tmp_path):
    small.write(tmp_path)
    return exercises.find(small.NAME, tmp_path / "solutions")


@pytest.mark.parametrize("mode", SANDBOXES)
@pytest.mark.parametrize("order", [["double", "total"], ["total", "double"]], ids=["first", "last"])
@pytest.mark.parametrize(("source", "points"), list(BEHIND.values()), ids=list(BEHIND))
def test_what_an_answer_leaves_behind_costs_no_other(exercise, impatient, source, points, order, mode):
    answers = {name: {**RIGHT, "double": source}[name] for name in order}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", SECRET, mode)
    assert earned(row)["total"] == 1, json.dumps(row)[:3000]
    assert earned(row)["double"] == points, json.dumps(row)[:3000]


@needs_sandbox
@pytest.mark.parametrize("share", [30.0, 0.0])
def test_a_question_that_uses_up_the_notebooks_time_leaves_the_others_theirs(exercise, impatient, monkeypatch, share):
    monkeypatch.setattr(judge, "Bench", functools.partial(workers.Bench, whole=1.0))
    monkeypatch.setattr(workers, "SHARE", share)
    answers = {**RIGHT, "double": "def double(x):\n    while True: pass"}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", SECRET, sandboxed.choose())
    assert earned(row) == {"double": 0, "total": 1 if share else 0}


def test_a_question_whose_share_is_used_up_too_gets_no_more(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(workers.time, "monotonic", lambda: now[0])
    bench = workers.Bench("", "none", whole=100.0)
    for seconds, question, fits in [(0, "a", True), (99, "a", True), (101, "a", False), (101, "b", True)]:
        now[0] = float(seconds)
        bench.turn(question)
        with contextlib.nullcontext() if fits else pytest.raises(AnswerError, match="the whole notebook"):
            bench.in_time()
    now[0] = 132.0
    with pytest.raises(AnswerError):
        bench.in_time()


@needs_sandbox
def test_what_a_distributed_answer_leaves_behind_costs_no_other(tmp_path, impatient):
    """In both of its workers."""
    exercise = exercises.find(distributed.NAME, distributed.write(tmp_path))
    ring = distributed.REFERENCE["ring"].replace("return", "if p == 8: child(steal)\n    return")
    answers = {**distributed.REFERENCE, "ring": STEAL + LATER + ring}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", SECRET, sandboxed.choose())
    assert earned(row)["worker"] == 1, json.dumps(row)[:3000]


HELPERS = {  # two cells whose helpers have the same name, as when each was written and checked before the next
    "double": "def helper(x): return 2 * x\ndef double(x): return helper(x)",
    "total": "def helper(x): return sum(x)\ndef total(x): return float(helper(x))",
}


@needs_sandbox
def test_helpers_of_one_name_serve_each_its_own_cell(exercise):
    row = judge.grade(exercise, Submission("graded", b"", dict(HELPERS)), "eve", SECRET, sandboxed.choose())
    assert row["score"] == 4, json.dumps(row)[:3000]


def test_the_check_agrees_that_helpers_of_one_name_are_no_mistake(exercise):
    assert all(result.passed for result in process.check(exercise, HELPERS))


@needs_sandbox
def test_a_question_that_fails_is_not_tried_again_where_nothing_else_can_be_at_fault(exercise):
    """One worker for it, one for the question after it, and one for what the learner is told."""
    answers = {**RIGHT, "double": "def double(x): return x"}
    mode = sandboxed.choose()
    assert judge.grade(exercise, Submission("graded", b"", answers), "eve", SECRET, mode)["restarts"] == 3
    assert judge.grade(exercise, Submission("graded", b"", RIGHT), "eve", SECRET, mode)["restarts"] == 1


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["a = 1", "b = a"], ""),
        (["print(1)", "b = 2"], "b"),
        (["print(1)\na = 1", "b = a"], ""),
        (["def f(): return 1", "c = 1", "print(c)", "def b(): return f()"], "0b"),
        (["def f(): return 1", "def g(): return f()", "def f(): return 2", "def b(): return g()"], "12b"),
        (["a = 1\nprint(a)", "%time b = a"], ""),
        (["a = 1", "import a", "def b(): a = 1"], ""),
        (["def h(): pass", "def h(): pass\ndef b(): h()"], "b"),
        (["def b(): pass", "def b(): pass"], "b"),
        (["sum = 3", "def b(x): return sum(x)"], "b"),
        (["import numpy as n", "def b(x): return n.sum(x)"], "b"),
        (["def f(x=print()): pass", "def b(): pass"], "b"),
        (["def f(x: print()): pass", "def b(): pass"], "b"),
        (["class A(B): pass", "def b(): pass"], "b"),
        (["class A:\n    x = 1\n    def f(self): fork()", "def b(): pass"], ""),
        (["def b(:", "def b(): pass"], "b"),
        (["def f():\n    global b\n    b = 1", "def b(): pass"], "b"),
        (["from x import *", "def b(): pass"], "b"),
        (["text = r'''__global__ void f() {}'''", "def b(): pass"], ""),
        (["def b(): return c()", "print()", "def c(): return 1"], "b2"),
    ],
)
def test_which_cells_a_question_needs_is_read_from_their_names(cells, kept):
    """The question is the last cell that gives b; `kept` numbers the others, and is empty if nothing can harm it."""
    own = max(number for number, source in enumerate(cells) if "b" in alone.names_of(source).gives)
    names = ["b" if number == own else str(number) for number in range(len(cells))]
    assert "".join(alone.needed("b", dict(zip(names, cells, strict=True)), "import numpy as n")) == kept
