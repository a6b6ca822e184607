"""A small exercise of its own for the tests of grading: two questions, one known mistake."""

import json
from pathlib import Path
from zlib import crc32

NAME = "ex90_small"
DOUBLE = """
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
"""
TOTAL = '''
kernel = r"""
void f()
{
    // BEGIN SOLUTION
    a();

    b();  // both
    // END SOLUTION
}
"""


def total(x):
    ### BEGIN SOLUTION
    return float(np.sum(x))
    ### END SOLUTION
'''
REFERENCE = {"double": DOUBLE.strip(), "total": TOTAL.strip()}
TESTS = '''
from course_lib.grading.spec import Failed, expect_value, test

@test("double", points=2)
def doubles(answer, rng):
    """A number is doubled."""
    for x in (0, 1, 3, int(rng.integers(10, 10**9))):
        expect_value(f"double({x})", answer.double(x), 2 * x)

@test("double", points=1)
def doubles_fractions(answer, rng):
    expect_value("double(0.5)", answer.double(0.5), 1.0)

@test("total", points=1)
def adds_up(answer, rng):
    for n in (1, 2, 5):
        x = rng.normal(size=n)
        expect_value(f"total of {n} numbers", answer.total(x), float(x.sum()))
'''
SQUARE = '"""This squares the number."""\n\n\ndef double(x):\n    return x * x\n'


def cell(source, name=None, kind="code", **marks):
    """A notebook cell; with `name` it has nbgrader metadata, that of an answer unless `marks` says otherwise."""
    metadata = {}
    if name:
        metadata["nbgrader"] = {"schema_version": 3, "grade_id": name, "solution": True, "grade": False}
        metadata["nbgrader"] |= {"locked": False, "task": False} | marks
    made = {"cell_type": kind, "id": name or f"id-{crc32(source.encode())}", "metadata": metadata, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def setup_cell(source, name):
    return cell(source, name, solution=False, locked=True)


def check_cell(question, points):
    return cell(f'check("{question}")', f"check-{question}", solution=False, grade=True, locked=True, points=points)


def cells():
    """The cells of a master that is right."""
    return [
        cell("# Exercise 90: small", kind="markdown"),
        setup_cell("from course_lib.grading import exercise", NAME),
        setup_cell("import numpy as np", "setup"),
        cell(REFERENCE["double"], "double"),
        check_cell("double", 3),
        cell(REFERENCE["total"], "total"),
        check_cell("total", 1),
    ]


def notebook(with_cells):
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": with_cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(root: Path, with_cells=None, tests=TESTS) -> Path:
    """A project folder with the exercise in solutions/; returns the master's path."""
    folder = root / "solutions"
    wrong = folder / "wrong" / NAME / "double"
    wrong.mkdir(parents=True)
    (wrong / "square.py").write_text(SQUARE)
    if tests is not None:
        (folder / f"{NAME}.py").write_text(tests)
    master = folder / f"{NAME}.ipynb"
    master.write_text(json.dumps(notebook(cells() if with_cells is None else with_cells)))
    return master


def hand_in(folder: Path, answers: dict[str, str]) -> Path:
    """A notebook with these answers, submitted in `folder`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.ipynb"
    path.write_text(json.dumps(notebook([cell(source, name) for name, source in answers.items()])))
    return path
