"""Bring notebooks to one canonical form, so that a changed line is a changed line in git.

    python tools/nbnorm.py [--check] [PATH ...]

Paths are notebooks or folders; without any, notebooks/, solutions/ and exercises/. With --check nothing is written,
and the status is 1 if a notebook is not canonical. Bad input: one sentence, status 2.

The form: what nbformat writes; no metadata but the kernel's name, tags, nbgrader's and what locks or hides a cell;
an id for every cell, derived from its text where it has none; outputs only in cells tagged `nbval-check-output`, which
nbval compares, and there the execution count of one run from the top, without which nbval does not compare them.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("notebooks", "solutions", "exercises")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT_TAG = "nbval-check-output"
WIDGET = "application/vnd.jupyter.widget-view+json"  # meaningless without the widget state, which is not kept


class Unusable(Exception):
    """A path that is no notebook; the sentence says why."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Bring notebooks to their canonical form.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a notebook is not canonical")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="notebooks or folders")
    options = parser.parse_args(arguments)
    try:
        changed = []
        for path in notebooks(options.paths or [ROOT / folder for folder in FOLDERS if (ROOT / folder).is_dir()]):
            text = path.read_text(encoding="utf-8")
            if (canonical := normalise(text, path)) != text:
                changed.append(path)
                if not options.check:
                    path.write_text(canonical, encoding="utf-8", newline="\n")
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    for path in changed:
        print(f"{path}: {'not canonical; run python tools/nbnorm.py' if options.check else 'rewritten'}")
    return 1 if options.check and changed else 0


def notebooks(paths: list[Path]) -> list[Path]:
    """Every notebook at or below the paths. Raises Unusable for a path that is not there."""
    found = []
    for path in paths:
        if not path.exists():
            raise Unusable(f"{path} does not exist; name a notebook or a folder of notebooks")
        found += sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def normalise(text: str, name: object = "the notebook") -> str:
    """The canonical text of a notebook's text. Raises Unusable, which calls the notebook `name`."""
    try:
        raw = json.loads(text)
        give_ids(raw["cells"])
        raw["nbformat"], raw["nbformat_minor"], raw["metadata"] = 4, 5, NOTEBOOK_METADATA
        notebook = nbformat.from_dict(raw)
        position = 0
        for cell in notebook.cells:
            cell.source = cell.source.rstrip("\n")
            cell.metadata = kept_metadata(cell.metadata)
            if cell.cell_type == "code":
                position += 1
                keep_outputs(cell, position if KEPT_TAG in cell.metadata.get("tags", []) else None)
        nbformat.validate(notebook)
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise Unusable(f"{name} is not a notebook of nbformat 4 ({reason}); restore it, or save it again") from error
    return nbformat.writes(notebook) + "\n"


def give_ids(cells: list[dict]) -> None:
    """Keep the first use of an id; a missing or repeated one becomes a digest of the cell's text."""
    used = set()
    for cell in cells:
        cell["source"] = "".join(cell["source"])
        count = 0
        while cell.get("id") is None or cell["id"] in used:
            count += 1
            cell["id"] = hashlib.sha256(f"{cell['cell_type']} {count} {cell['source']}".encode()).hexdigest()[:8]
        used.add(cell["id"])


def kept_metadata(metadata: dict) -> dict:
    kept = {key: metadata[key] for key in ("nbgrader", "tags", "jupyter") if metadata.get(key)}
    kept.update({key: False for key in ("deletable", "editable") if metadata.get(key) is False})
    return nbformat.from_dict(kept)


def keep_outputs(cell: nbformat.NotebookNode, position: int | None) -> None:
    """Outputs as one run from the top would number them; none if position is None."""
    cell.execution_count = position if cell.outputs else None
    cell.outputs = cell.outputs if position else []
    for output in cell.outputs:
        if "metadata" in output:
            output.metadata = {}
        if "data" in output:
            output.data.pop(WIDGET, None)
        if output.output_type == "execute_result":
            output.execution_count = position


if __name__ == "__main__":
    sys.exit(main())
