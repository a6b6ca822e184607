"""Attacks on marks: none gains a point, and nothing escapes. attacks/README.md says how they are written.

Two of each class run with all tests; all of them with `pytest -m attacks`, as .ci/run does.
"""

import hashlib
import json
import os
import socket
import threading
import time

import attack_files
import pytest
import small_exercise as small
from attack_files import FOLDER, ODD
from sandboxes import THERE, needs_sandbox
from small_exercise import NAME, REFERENCE, cell

from course_lib.grading import exercises, footprint, judge, sandboxed, submission, workers
from course_lib.grading.gradebook import Gradebook
from course_lib.grading.submission import Submission

SECRET = b"of the tests only" * 2


def parameters(folder):
    """A parameter for each answer cell of each file; most are marked, to run on demand only."""
    for attack in attack_files.read(folder):
        marks = [] if attack.first else [pytest.mark.attacks]
        yield pytest.param(attack, id=f"{attack.family}: {attack.name}", marks=marks)


@pytest.fixture(scope="module")
def exercise(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    small.write(root)
    found = exercises.find(NAME, root / "solutions")
    if any(THERE.values()):  # the fork server that all attacks meet is there before the first
        judge.grade(found, Submission("graded", b"", dict(REFERENCE)), "ann", SECRET, sandboxed.choose())
    return found


@pytest.fixture(scope="module")
def listener():
    """(a port, what was heard at it)"""
    heard, server = [], socket.create_server(("127.0.0.1", 0))

    def listen():
        while True:
            try:
                heard.append(server.accept())
            except OSError:
                return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield server.getsockname()[1], heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.fixture
def guarded(tmp_path, listener, exercise):
    """What must be the same after an attack: (canary, port, gradebook, a function that compares)."""
    there = set(footprint.strays(os.getpid(), []))
    canary, book, (port, heard) = tmp_path / "canary", tmp_path / "book.db", listener
    canary.write_text("alive")
    canary.chmod(0o666)
    with Gradebook(book) as made:
        row = {"key": "k", "status": "graded", "score": 1, "points": 4, "mode": "", "seconds": 0}
        made.put(NAME, "eve", row)
    book.chmod(0o666)

    def state():
        files = sorted(path.name for path in tmp_path.iterdir())
        return files, canary.read_text(), hashlib.sha256(book.read_bytes()).hexdigest(), len(heard)

    before = state()
    yield canary, port, book
    assert state() == before
    deadline = time.monotonic() + 10  # a killed world of processes takes a moment to end
    while (left := set(footprint.strays(os.getpid(), []))) != there:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@needs_sandbox
@pytest.mark.parametrize("attack", list(parameters(FOLDER)))
def test_an_attack_gains_nothing(exercise, guarded, attack, monkeypatch):
    monkeypatch.setattr(workers, "CALL", 2.0)
    monkeypatch.setattr(workers, "CELL", 2.0)
    answers = {"double": attack.aimed(*guarded), "total": REFERENCE["total"]}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", SECRET, sandboxed.choose())
    earned = {name: sum(t["earned"] for t in row["tests"] if t["question"] == name) for name in answers}
    assert row["status"] == "graded" and row["points"] == 4 and row["score"] == sum(earned.values())
    assert str(earned["double"]) == attack.double, json.dumps(row)[:3000]
    assert str(earned["total"]) == attack.total, json.dumps(row)[:3000]
    assert len(json.dumps(row)) < 1 << 20


@needs_sandbox
@pytest.mark.parametrize("odd", list(parameters(ODD)))
def test_an_odd_but_right_answer_gets_every_point(exercise, odd):
    answers = {"double": odd.source, "total": REFERENCE["total"]}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", SECRET, sandboxed.choose())
    assert row["score"] == int(odd.double) + int(odd.total) == 4, json.dumps(row)[:3000]


TAMPERED = {  # what is done to the cells of a notebook whose answers earn 1 of 4 points
    "points in the metadata": lambda cells: [c["metadata"]["nbgrader"].update(points=100) for c in cells],
    "checks deleted": lambda cells: cells.__delitem__(slice(1, None, 2)),
    "checks passed": lambda cells: [c.update(source="pass") for c in cells[1::2]],
    "checks as answers": lambda cells: [c["metadata"]["nbgrader"].update(solution=True, grade=False) for c in cells],
    "all skipped": lambda cells: [c["metadata"].update(tags=["skip-execution", "nbval-skip"]) for c in cells],
    "all may raise": lambda cells: [c["metadata"].update(tags=["raises-exception"]) for c in cells],
    "outputs of success": lambda cells: [
        c.update(outputs=[{"output_type": "stream", "text": "passed"}]) for c in cells
    ],
    "a setup of its own": lambda cells: cells.insert(0, small.setup_cell("import numpy as np\nnp.sum = None", "setup")),
    "the name of another exercise": lambda cells: cells.insert(0, small.setup_cell("", "ex01_why_gpus")),
    "a test of its own": lambda cells: cells.append(cell("def doubles(answer, rng): pass", "doubles")),
    "schema of the future": lambda cells: [c["metadata"]["nbgrader"].update(schema_version=99) for c in cells],
    "ids twice": lambda cells: [c.update(id="same") for c in cells],
    "a cell of another language": lambda cells: [c["metadata"].update(language="julia") for c in cells],
    "junk between the cells": lambda cells: cells.extend([None, 3, [], "x", {"cell_type": []}, {"metadata": 7}]),
    "source of other things": lambda cells: cells.append({**cell("x", "words"), "source": [1, None, {"a": []}]}),
    "an answer a second time, broken, outside": lambda cells: cells.append(cell("1 / 0")),
}


@needs_sandbox
@pytest.mark.parametrize("tamper", list(TAMPERED.values()), ids=list(TAMPERED))
def test_a_tampered_notebook_earns_what_its_answers_earn(exercise, tmp_path, tamper):
    answers = {"double": "def double(x): return 7", "total": REFERENCE["total"]}
    cells = [each for name in answers for each in (cell(answers[name], name), small.check_cell(name, 1))]
    tamper(cells)
    folder = tmp_path / "eve"
    folder.mkdir()
    (folder / f"{NAME}.ipynb").write_text(json.dumps(small.notebook(cells)))
    found = submission.read(tmp_path, "eve", NAME, list(exercise.tests))
    assert judge.grade(exercise, found, "eve", SECRET, sandboxed.choose())["score"] == 1
