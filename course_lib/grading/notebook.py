"""The cells of an exercise notebook, and what each is for.

nbgrader's cell metadata (schema 3) says it, so that nbgrader's own tools open the same files:

    role      solution  grade  locked
    answer    True      False  False    the learner writes here; its grade_id names the question
    check     False     True   True     check("question"), and the question's points
    setup     False     False  True     imports; marks run the master's copy, never the learner's
"""

import json
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import UserError

ROLES = {(True, False): "answer", (False, True): "check", (True, True): "written", (False, False): "setup"}


class NotebookError(UserError):
    """A file that cannot be used as an exercise notebook."""


@dataclass(frozen=True)
class Cell:
    id: str
    kind: str  # "code", "markdown" or "raw"
    source: str
    role: str  # "answer", "check", "setup", "written" (marked by hand), or "" without nbgrader metadata
    name: str  # nbgrader's grade_id, or ""
    metadata: dict


def load(path: Path) -> dict:
    """A notebook file as plain JSON data. Raises NotebookError for anything that is not a notebook."""
    if not path.exists():
        raise NotebookError(f"{path} does not exist; name an exercise notebook, ending in .ipynb")
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no ordinary file"
        raise NotebookError(f"{path} is {kind}; name an exercise notebook, ending in .ipynb")
    try:
        notebook = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise NotebookError(f"{path} cannot be read ({error.strerror}); check its permissions") from None
    except (ValueError, RecursionError):
        raise NotebookError(
            f"{path} is not a notebook: it is not valid JSON; save it again from JupyterLab or take a fresh copy"
        ) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotebookError(f"{path} is not a notebook: it has no list of cells; take a fresh copy of the exercise")
    return notebook


def cells(notebook: dict) -> list[Cell]:
    """The notebook's cells in order. Broken ones are left out: a learner's file may hold anything."""
    return [found for raw in notebook["cells"] if (found := _cell(raw))]


def _cell(raw) -> Cell | None:
    if not isinstance(raw, dict):
        return None
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    metadata = raw["metadata"] if isinstance(raw.get("metadata"), dict) else {}
    marks = metadata.get("nbgrader")
    role = name = ""
    if isinstance(marks, dict) and isinstance(marks.get("grade_id"), str):
        name = marks["grade_id"]
        role = ROLES[marks.get("solution") is True, marks.get("grade") is True]
    if not isinstance(source, str) or not isinstance(raw.get("cell_type"), str):
        return None
    return Cell(raw["id"] if isinstance(raw.get("id"), str) else "", raw["cell_type"], source, role, name, metadata)


def answers(found: list[Cell]) -> dict[str, str]:
    """Question -> source of its answer cell. Of two copies of a cell the last counts, as it does in a kernel."""
    return {cell.name: cell.source for cell in found if cell.role == "answer"}
