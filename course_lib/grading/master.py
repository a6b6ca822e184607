"""What a master notebook must be, before learners get anything made from it.

Every answer cell has a check cell and a test, every check an answer, every id is unique, points add up, and the
metadata is what nbgrader's schema 3 accepts. Nothing is run here.
"""

import re
from collections.abc import Callable
from pathlib import Path

from course_lib.errors import UserError
from course_lib.grading import notebook, sandbox

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"


class ReleaseError(UserError):
    """A master that no exercise can be made from; the sentence names the notebook and the cell."""


def inspect(path: Path, raw: dict, tests: dict[str, list[Callable]]) -> None:
    """Raise ReleaseError for the first thing that is wrong with the master `raw` of the file `path`."""
    cells = notebook.cells(raw)
    if len(cells) != len(raw["cells"]):
        raise ReleaseError(f"{path.name}: a cell is not of nbformat 4; save the notebook again from JupyterLab")
    ids, marked = set(), {}
    for number, cell in enumerate(cells, 1):
        name = f"{path.name}, cell {cell.name or cell.id or number}"
        if flaw := _flaw(cell, ids, marked):
            raise ReleaseError(f"{name}: {flaw}")
        ids.add(cell.id)
        if cell.role:
            marked[cell.name] = cell
    if path.stem not in marked or marked[path.stem].role != "setup":
        raise ReleaseError(f"{path.name}: no locked setup cell has the grade_id {path.stem}, which names the exercise")
    for name, cell in marked.items():
        if name != path.stem and cell.role == "setup" and (hidden := sandbox.missing(cell.source)):
            told = f"marks run it where there is no {hidden[0]}, which answers may not see"
            raise ReleaseError(f"{path.name}, cell {name}: {told}; import it in a cell without nbgrader metadata")
        if flaw := _unpaired(cell, marked, tests):
            raise ReleaseError(f"{path.name}, cell {name}: {flaw}")
    for question in tests:
        if question not in marked or marked[question].role != "answer":
            raise ReleaseError(f"{path.stem}.py: a test is for {question!r}, but no answer cell has that grade_id")


def _flaw(cell: notebook.Cell, ids: set[str], marked: dict[str, notebook.Cell]) -> str:
    """What is wrong with one cell, given those before it; "" if nothing is."""
    if not cell.id or cell.id in ids:
        return "its cell id is missing or used twice; give it one of its own"
    if not cell.role and "nbgrader" in cell.metadata:
        return "its nbgrader metadata has no grade_id; give it one"
    if cell.role == "written" or cell.role and cell.kind != "code":
        return "marks by hand are not supported; make it a code cell with either solution or grade"
    if cell.role != "answer" and (BEGIN in cell.source or END in cell.source):
        return "it holds a solution marker but is no answer cell; set solution: true in its nbgrader metadata"
    if not cell.role:
        return ""
    if cell.name in marked:
        return "another cell has this grade_id; each needs one of its own"
    return _metadata_flaw(cell)


def _metadata_flaw(cell: notebook.Cell) -> str:
    marks = cell.metadata["nbgrader"]
    flags = {"solution": cell.role == "answer", "grade": cell.role == "check", "locked": cell.role != "answer"}
    flags["task"] = False
    if marks.get("schema_version") != 3:
        return f"its nbgrader schema_version is {marks.get('schema_version')!r}; it must be 3"
    if wrong := [key for key, value in flags.items() if marks.get(key) is not value]:
        return f"a cell that is {cell.role} needs {', '.join(f'{key}: {str(flags[key]).lower()}' for key in wrong)}"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", cell.name):
        return "its grade_id may hold letters, digits, - and _ only"
    if cell.role == "check" and type(marks.get("points")) is not int:
        return "a check cell needs points, a whole number"
    allowed = {*flags, "schema_version", "grade_id"} | ({"points"} if cell.role == "check" else set())
    extra = sorted(set(marks) - allowed)
    return f"its nbgrader metadata has {extra[0]!r}, which does not belong there; remove it" if extra else ""


def _unpaired(cell: notebook.Cell, marked: dict[str, notebook.Cell], tests: dict[str, list[Callable]]) -> str:
    """What an answer or check cell lacks in the other cells or the tests; "" if nothing."""
    if cell.role == "answer":
        check = marked.get(f"check-{cell.name}")
        if check is None or check.role != "check":
            return f"it has no check cell; add one with the grade_id check-{cell.name}"
        return "" if tests.get(cell.name) else f"it has no test; write one with @test({cell.name!r}, points=...)"
    if cell.role == "check":
        question = cell.name.removeprefix("check-")
        if question not in marked or marked[question].role != "answer":
            return f"it checks {question!r}, but no answer cell has that grade_id"
        if cell.source.strip() != f'check("{question}")':
            return f'its source must be check("{question}")'
        points, total = cell.metadata["nbgrader"]["points"], sum(test.points for test in tests.get(question, ()))
        return "" if points == total else f"it says {points} points, but its tests add up to {total}"
    return ""
