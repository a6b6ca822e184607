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
        *(cell(f"old {number}", "double") for number in range(100)),  # which are told of once
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


def own(exercise=NAME):
    return small.notebook([small.setup_cell("", exercise), cell("x = 1", "double")])


def lay(root, files):
    for name, made in files.items():
        path = root / "eve" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made))
    return submission.read(root, "eve", NAME, QUESTIONS)


@pytest.mark.parametrize("name", [f"{NAME} (1).ipynb", "home work/ü.ipynb", "a/b/c.ipynb", f"12_{NAME}.ipynb"])
def test_a_notebook_of_another_name_counts_if_it_is_the_only_one_of_the_exercise(tmp_path, name):
    others = {"ex01_why_gpus.ipynb": own("ex01_why_gpus"), f".ipynb_checkpoints/{NAME}-checkpoint.ipynb": own()}
    found = lay(tmp_path, {name: own(), **others})
    assert found.status == "graded" and found.answers == {"double": "x = 1"} and name in found.notes[0]
    found = lay(tmp_path, {"another.ipynb": own()})
    assert found.status == "missing" and all(each in found.notes[0] for each in (name, "another.ipynb"))
    found = lay(tmp_path, {f"{NAME}.ipynb": own()})
    assert found.status == "graded" and found.notes == ["the cell total is not there"]


def test_a_notebook_of_another_name_is_not_looked_for_behind_a_link(tmp_path):
    lay(tmp_path / "other", {"x.ipynb": own()})
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "folder").symlink_to(tmp_path / "other" / "eve")
    (tmp_path / "eve" / "file.ipynb").symlink_to(tmp_path / "other" / "eve" / "x.ipynb")
    assert submission.read(tmp_path, "eve", NAME, QUESTIONS).status == "missing"


def test_a_notebook_without_an_answer_cell_is_no_silent_zero(tmp_path):
    found = lay(tmp_path, {f"{NAME}.ipynb": small.notebook([cell("double = 1")])})
    assert found.status == "invalid" and "no answer cell of this exercise" in found.notes[0]


def test_what_learning_platforms_and_macs_leave_beside_the_learners_is_no_learner(tmp_path):
    for name in (".git", "__MACOSX", "ann", "Zoë 李"):
        (tmp_path / name).mkdir()
    (tmp_path / "grades.csv").write_text("")
    assert submission.learners(tmp_path) == ["Zoë 李", "ann"]
