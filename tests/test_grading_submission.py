"""What is taken from a submitted file, which may be anything."""

import json
import os

import pytest
import small_exercise as small
from small_exercise import NAME, REFERENCE, cell

from course_lib.grading import submission

QUESTIONS = list(REFERENCE)


def link(target):
    return lambda path: path.symlink_to(target)


@pytest.mark.parametrize(
    ("lay", "status"),
    [
        (lambda path: None, "missing"),
        (lambda path: path.write_text("{"), "invalid"),
        (lambda path: path.write_text("[" * 10**5), "invalid"),
        (lambda path: path.write_text('{"cells": 3}'), "invalid"),
        (lambda path: path.write_text("[]"), "invalid"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "invalid"),
        (lambda path: path.write_text('{"cells": [' + ",".join(["[]"] * 10**6) + "]}"), "invalid"),
        (lambda path: path.write_bytes(b" " * (21 << 20)), "refused"),
        (link("/dev/zero"), "refused"),
        (link("nowhere"), "refused"),
        (os.mkfifo, "refused"),
        (lambda path: path.mkdir(), "refused"),
    ],
)
def test_only_an_ordinary_file_with_a_notebook_is_read(tmp_path, lay, status):
    (tmp_path / "eve").mkdir()
    lay(tmp_path / "eve" / f"{NAME}.ipynb")
    found = submission.read(tmp_path, "eve", NAME, QUESTIONS)
    assert found.status == status and found.notes and not found.answers


@pytest.mark.parametrize("step", ["learner", "folder", "file"])
def test_a_link_anywhere_on_the_way_is_refused(tmp_path, step):
    """In the prototype a link to the folder of solutions got full marks."""
    real = small.hand_in(tmp_path / "real" / NAME, REFERENCE)
    group = tmp_path / "class"
    group.mkdir()
    if step == "learner":
        (group / "eve").symlink_to(tmp_path / "real")
    else:
        (group / "eve").mkdir()
        if step == "folder":
            (group / "eve" / NAME).symlink_to(tmp_path / "real" / NAME)
        else:
            (group / "eve" / f"{NAME}.ipynb").symlink_to(real)
    assert submission.learners(group) == ["eve"]
    assert submission.read(group, "eve", NAME, QUESTIONS).status == "refused"


def test_only_answer_cells_are_taken_and_the_last_copy_counts(tmp_path):
    cells = [
        cell("old", "double"),
        cell("cheat = 1"),
        cell("check = 1", "check-double"),
        cell("text", "total", "markdown"),
    ]
    folder = tmp_path / "eve" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(small.notebook([*cells, cell("new", "double", locked=True), 3])))
    found = submission.read(tmp_path, "eve", NAME, QUESTIONS)
    assert found.answers == {"double": "new"}
    assert found.notes == ["there are several cells double; the last one counts", "the cell total is not there"]
