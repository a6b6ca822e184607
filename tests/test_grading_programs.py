"""Distributed answers: the judge's cluster runs them, and counts what no answer can forge."""

import json
import re
import textwrap
from pathlib import Path

import distributed_exercise as distributed
import numpy as np
import pytest
from distributed_exercise import NAME, REFERENCE
from sandboxes import needs_sandbox

from course_lib.cluster import network
from course_lib.grading import exercises, judge, mistakes, programs, sandboxed, workers
from course_lib.grading.answer import Answer
from course_lib.grading.examine import examine
from course_lib.grading.spec import AnswerError
from course_lib.grading.submission import Submission

SECRET = b"of the tests only" * 2


@pytest.fixture(scope="module")
def exercise(tmp_path_factory):
    return exercises.find(NAME, distributed.write(tmp_path_factory.mktemp("course")))


@pytest.fixture
def check(exercise):
    """The instant check of a cell."""
    return lambda question, source: examine(
        exercise, question, lambda: Answer(exercise.namespace(**{question: source}))
    )


@pytest.fixture
def mark(exercise):
    """The row of a submission in which one answer is replaced."""

    def graded(question, source):
        answers = {**REFERENCE, question: source}
        return judge.grade(exercise, Submission("graded", b"", answers), "eve", SECRET, sandboxed.choose())

    return graded


def earned(row, question):
    return sum(test["earned"] for test in row["tests"] if test["question"] == question)


def test_the_reference_passes_the_instant_check(exercise, check):
    for question, source in exercise.reference.items():
        assert check(question, source).passed, check(question, source)


@needs_sandbox
def test_the_reference_gets_every_mark(exercise, mark):
    row = mark("ring", exercise.reference["ring"])
    assert row["score"] == row["points"] == 4, json.dumps(row)


ALONE = "def ring(rank, p, x):\n    "
WRONG = {  # points, and what is said
    distributed.ALL_TO_ONE: (2, "expected 2 came 1"),
    distributed.WRONG_CHUNK: (0, "are wrong"),
    ALONE + "return x": (0, "ring should be a generator: it yields what it does; but a NumPy array of shape (4,)"),
    ALONE + "return (yield recv((rank + 1) % p)) if p > 1 else x\n": (
        0,
        "deadlock at 0 s: rank 0 waits for rank 1, rank 1",
    ),
    ALONE + "yield 1 / 0": (0, "in rank 0, ZeroDivisionError: division by zero (in your line 2"),
    ALONE + "yield x": (0, "but it yielded a NumPy array of float64 (line 2 of ring)"),
    ALONE + "yield send(p, x)": (
        0,
        "rank 0 sends to 1, but the ranks are the whole numbers from 0 to 0 (line 2 of ring)",
    ),
    ALONE + "return x\n    yield": (0, "are wrong"),
    "def ring(rank, p):\n    yield": (0, "takes 2 positional arguments but 3 were given"),
    "ring = 3": (0, "ring should be a function, but it is 3"),
    "": (0, "ring is not defined: run its cell first"),
    ALONE + "raise NotImplementedError('your code here')": (0, "it is not written yet: put your code"),
    ALONE + "raise NotImplementedError('your code here')\n    yield": (0, "it is not written yet: put your code"),
}


@pytest.mark.parametrize("source", list(WRONG), ids=[said for _, said in WRONG.values()])
def test_a_wrong_program_is_told_what_it_did(check, source):
    points, said = WRONG[source]
    result = check("ring", source)
    assert result.earned == points
    assert said in " ".join(str(result).split()), str(result)


def test_a_known_mistake_is_recognised_by_what_it_sends(check):
    """Written differently: rank 0 gets them in the order in which they come."""
    assert "Everything goes through rank 0" in str(
        check("ring", distributed.ALL_TO_ONE.replace("recv(other)", "recv()"))
    )


@needs_sandbox
@pytest.mark.parametrize("source", [distributed.ALL_TO_ONE, distributed.WRONG_CHUNK, list(WRONG)[3]])
def test_a_wrong_program_earns_what_its_check_says(check, mark, source):
    row = mark("ring", source)
    assert earned(row, "ring") == check("ring", source).earned == WRONG[source][0] and earned(row, "worker") == 1
    assert all(test["told"] for test in row["tests"] if test["question"] == "ring" and not test["earned"])


HOSTILE = Path(__file__).parent / "attacks" / "programs" / "ring.txt"


def hostile():
    parts = re.split(r"^=== (.+): (\d)\n", HOSTILE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for number, (name, worker, source) in enumerate(zip(*[iter(parts)] * 3, strict=True)):
        yield pytest.param(source, int(worker), id=name, marks=[pytest.mark.attacks] if number >= 2 else [])


@needs_sandbox
@pytest.mark.parametrize(("source", "worker"), list(hostile()))
def test_a_hostile_program_gains_nothing(mark, source, worker, monkeypatch):
    monkeypatch.setattr(workers, "CALL", 2.0)
    monkeypatch.setattr(programs, "LIMIT", 2.0)
    row = mark("ring", source)
    assert row["status"] == "graded" and earned(row, "ring") == 0, json.dumps(row)
    assert earned(row, "worker") == worker, json.dumps(row)
    assert len(json.dumps(row)) < 1 << 16


def asking(source):
    """The half beside the answers, and what it was asked: (names, ask, asked)."""
    names, asked = {}, []
    exec(f"{distributed.SETUP}\n{textwrap.dedent(source)}", names)  # noqa: S102  the test's own
    half = programs.Programs(names)

    def ask(do, *arguments):
        asked.append(do)
        return getattr(half, do)(*arguments)

    return names, ask, asked


def test_ranks_may_run_ahead_but_what_they_send_is_what_they_held():
    source = """
        def f(rank):
            x = np.zeros(2)
            for step in range(200):
                yield compute(1)
                x += 1
                yield send(1 - rank, x)
            got = []
            for step in range(200):
                got.append((yield recv()).payload[0])
            return got, (yield clock())
        """
    _, ask, asked = asking(source)
    ran = programs.run([("f", 0), ("f", 1)], network.fully_connected(0, 1e9), {}, [ask], [0, 0])
    assert ran.results == [([float(n) for n in range(1, 201)], pytest.approx(200 * (1 + 16e-9)))] * 2
    assert asked.count("advance") < 250


def test_many_ranks_are_asked_together():
    _, ask, asked = asking(REFERENCE["ring"])
    p = 16
    ran = programs.run([("ring", rank, p, np.ones(p)) for rank in range(p)], None, {}, [ask], [0] * p)
    assert all((result == p).all() for result in ran.results) and len(asked) < 2.5 * 2 * p


@pytest.mark.parametrize(
    "shared",
    [
        "seen = {}\ndef look(rank): return seen.setdefault(rank, rank)",
        "seen = []\ndef note(rank): seen.append(rank)\ndef look(rank): note(rank)",
        "def look(rank, seen=set()): seen.add(rank); globals()['seen'] = seen",
        "seen = ()\ndef look(rank):\n    global seen\n    seen = (*seen, rank)",
        "import numpy as np\nseen = np.zeros(0)\ndef look(rank):\n    global seen\n    seen = np.append(seen, rank)",
    ],
)
def test_no_rank_sees_what_another_writes_into_a_global_name(shared):
    names, *_ = asking(
        shared + "\ndef f(rank):\n    look(rank)\n    yield compute(1)\n    return len(globals()['seen'])"
    )
    assert Answer(names).simulate([("f", rank) for rank in range(3)]).results == [1, 1, 1]


def test_deadlocks_of_other_causes_are_other_mistakes():
    names, *_ = asking("def f(rank, source):\n    yield recv(source)")
    said = []
    for sources in ((1, 0), (1, 2, 0)):
        with pytest.raises(AnswerError, match="deadlock at 0 s") as caught:
            Answer(names).simulate([("f", rank, source) for rank, source in enumerate(sources)])
        said.append(caught.value)
    assert mistakes._alike(said[0], said[0]) and not mistakes._alike(*said)


def test_large_messages_go_in_several_replies():
    source = """
        def f(rank, p):
            yield send((rank + 1) % p, np.full(2**17, rank))
            return (yield recv()).payload[0]
        """
    _, ask, asked = asking(source)
    ran = programs.run([("f", rank, 12) for rank in range(12)], None, {}, [ask], [0] * 12)
    assert ran.results == [11, *range(11)] and asked.count("advance") >= 4


def test_what_a_program_raises_when_it_would_have_failed_before_is_not_held_against_it():
    names, *_ = asking("def f(rank):\n    yield compute(5)\n    1 / 0")
    answer = Answer(names)
    assert answer.simulate([("f", 0)], fails={0: 1.0}).failed == {0: 1.0}
    with pytest.raises(AnswerError, match="in rank 0, ZeroDivisionError"):
        answer.simulate([("f", 0)])
