"""course release: what learners get, made from the masters in solutions/.

Where a master's answer cell has a region between two markers, the learner's copy has a stub that states its size:

    ### BEGIN SOLUTION          in Python                  // BEGIN SOLUTION          in CUDA C
    ### END SOLUTION                                       // END SOLUTION

Everything else is the same, byte for byte; outputs are left out. Running it twice changes nothing.
"""

import copy
import json
import os
import re
from pathlib import Path

import nbformat

from course_lib.grading import exercises, notebook
from course_lib.grading.answer import STUB
from course_lib.grading.master import BEGIN, END, ReleaseError, inspect

MARKER = re.compile(rf"^(\s*)(### |// )({BEGIN}|{END})$")


def main(root: Path | str, check: bool = False) -> int:
    """Write root/exercises from root/solutions; with `check` only compare. Returns the exit status of `course release`.

    0  exercises/ is what the masters generate
    1  it is not: each difference is printed (without `check` only a file without a master is left)

    Raises ReleaseError (status 2) for a master with a mistake, and rather than overwrite an exercise that somebody
    has written answers in.
    """
    solutions, folder = Path(root) / "solutions", Path(root) / "exercises"
    made = {path.name: text(path) for path in sorted(solutions.glob("ex*.ipynb"))}
    if not made:
        raise ReleaseError(f"{solutions} holds no master (ex*.ipynb); run the command at the project's root")
    complaints = [
        f"exercises/{path.name}: has no master in solutions/; remove it"
        for path in sorted(folder.glob("*"))
        if path.name not in made and not path.name.startswith(".")
    ]
    for name, wanted in made.items():
        path = folder / name
        there = path.read_text(encoding="utf-8") if path.is_file() else None
        if check and there is None:
            complaints.append(f"exercises/{name}: missing; run course release")
        elif check and there != wanted:
            where = _first_difference(there, wanted)
            complaints.append(f"exercises/{name}: not what its master generates ({where}); run course release")
        elif there != wanted:
            _refuse_to_overwrite_work(path)
            _write(path, wanted)
            print(f"exercises/{name}: written")
    print("\n".join(complaints) or f"exercises/ is what the masters generate: {', '.join(made)}")
    return 1 if complaints else 0


def text(master: Path) -> str:
    """The learner's notebook of a master, as it is written to disk. Raises ReleaseError, NotebookError."""
    if not master.with_suffix(".py").is_file():
        raise ReleaseError(f"{master.name}: has no tests; write them in {master.stem}.py beside it")
    raw = copy.deepcopy(notebook.load(master))
    inspect(master, raw, exercises.find(master.stem, master.parent).tests)
    for cell, seen in zip(raw["cells"], notebook.cells(raw), strict=True):
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        if seen.role == "answer":
            cell["source"] = starter(seen.source, f"{master.name}, cell {seen.name}", seen.name)
    try:
        made = nbformat.from_dict(raw)
        nbformat.validate(made)
        return nbformat.writes(made) + "\n"
    except (nbformat.ValidationError, KeyError, AttributeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ReleaseError(f"{master.name}: is not of nbformat 4 ({reason}); save it again from JupyterLab") from None


def starter(source: str, place: str, question: str) -> str:
    """An answer cell with its regions emptied. Raises ReleaseError for markers that do not pair up."""
    kept, inside, opened = [], None, ""
    for line in source.splitlines():
        marker = MARKER.match(line)
        if marker is None and (BEGIN in line or END in line):
            raise ReleaseError(f"{place}: {line.strip()!r} is no marker; give ### {BEGIN} a line of its own")
        if marker is None:
            (kept if inside is None else inside).append(line)
        elif marker[3] == BEGIN and inside is None:
            inside, opened = [], marker[2]
        elif marker[3] == END and inside is not None and marker[2] == opened:
            kept += _stub(marker[1], opened, question, _size(inside, place))
            inside = None
        else:
            raise ReleaseError(f"{place}: {line.strip()!r} has no partner; close each {BEGIN} with its own {END}")
    if inside is not None:
        raise ReleaseError(f"{place}: {BEGIN} has no partner; close it with {END}")
    if STUB not in "\n".join(kept):
        raise ReleaseError(f"{place}: nothing is marked as solution, so learners would be given the answer")
    return "\n".join(kept)


def _size(lines: list[str], place: str) -> int:
    """How many lines of code the learner is to write."""
    count = sum(bool(line.strip()) and not line.strip().startswith(("#", "//")) for line in lines)
    if not count:
        raise ReleaseError(f"{place}: a solution region holds no code; write the reference answer in it")
    return count


def _stub(indent: str, language: str, question: str, size: int) -> list[str]:
    hint = f"{STUB} (about {size} line{'s' if size > 1 else ''})"
    if language == "// ":
        return [f"{indent}// {hint}"]
    return [f"{indent}# {hint}", f'{indent}raise NotImplementedError("{question} is not written yet")']


def _first_difference(there: str, wanted: str) -> str:
    try:
        pairs = zip(json.loads(there)["cells"], json.loads(wanted)["cells"], strict=False)
        cell = next(new for old, new in pairs if old != new)
        return f"cell {cell['metadata'].get('nbgrader', {}).get('grade_id') or cell['id']} differs"
    except (ValueError, LookupError, TypeError, StopIteration):
        return "other cells"


def _refuse_to_overwrite_work(path: Path) -> None:
    """A generated exercise has a stub in every answer cell and no output; anything else is somebody's work."""
    if not path.exists():
        return
    raw = notebook.load(path)
    worked = [cell.name for cell in notebook.cells(raw) if cell.role == "answer" and STUB not in cell.source]
    if worked or any(cell.get("outputs") for cell in raw["cells"] if isinstance(cell, dict)):
        where = f"cell {worked[0]} is filled in" if worked else "it has been run"
        raise ReleaseError(f"{path} holds somebody's work ({where}) and was not overwritten; move it away first")


def _write(path: Path, content: str) -> None:
    """All or nothing: a crash leaves the old file or the new one."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(content, encoding="utf-8", newline="\n")
    os.replace(partial, path)
