"""course check: the answers of one notebook, in a fresh process, from the shell.

Only answer cells are run, and the master's setup cells: as marks do.
"""

import ast
import sys
from dataclasses import replace
from pathlib import Path

from course_lib.grading import exercises, notebook, process
from course_lib.grading.result import Result


def main(path: Path | str) -> int:
    """Print what the tests say about the notebook `path`. Returns the exit status of `course check`.

    0  every question passes        1  some do not

    Raises UserError (status 2) for a file that is no exercise of the course.
    """
    cells = notebook.cells(notebook.load(Path(path)))
    exercise = exercises.identify(Path(path), cells)
    elsewhere = defined_outside_answers(cells)
    results = [with_hint(result, elsewhere) for result in process.check(exercise, notebook.answers(cells))]
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the tick still gets the words
    print(report(exercise.title, results))
    return 0 if all(result.passed for result in results) else 1


def report(title: str, results: list[Result]) -> str:
    """A table of all questions, then what is wrong with those that fail."""
    width = max(len(result.question) for result in results) + 2
    lines = [title, ""]
    for result in results:
        state = "passed" if result.passed else "failed"
        lines.append(f"  {result.question:<{width}}{state:<8}{result.earned:>3} of {result.points}")
    earned, points = sum(result.earned for result in results), sum(result.points for result in results)
    lines.append(f"  {'total':<{width}}{'':<8}{earned:>3} of {points}")
    return "\n".join(lines + [f"\n{result}" for result in results if not result.passed or result.note])


def defined_outside_answers(cells: list[notebook.Cell]) -> dict[str, str]:
    """Name -> the cell that defines it at its top level, for code cells that are no answers and so are not run."""
    names = {}
    for number, cell in enumerate(cells, 1):
        if cell.kind != "code" or cell.role:
            continue
        try:
            tree = ast.parse(cell.source)
        except (SyntaxError, ValueError, RecursionError):
            continue  # a magic, or a mistake: nothing can be told
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names[node.name] = f"cell {number}"
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names[node.id] = f"cell {number}"
    return names


def with_hint(result: Result, elsewhere: dict[str, str]) -> Result:
    """If a name was missing that a cell outside the answers defines, say so."""
    said = " ".join([result.note, *(row.came for row in result.rows)])
    for name, cell in elsewhere.items():
        if f"name '{name}' is not defined" in said:
            hint = f"{name} is defined in {cell}; only answer cells are marked, so define it in one of them"
            return replace(result, note=f"{result.note}\n{hint}".strip())
    return result
