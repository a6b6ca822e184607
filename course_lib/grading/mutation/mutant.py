"""One changed answer, and where an answer may be changed: between its BEGIN SOLUTION and END SOLUTION.

A mutant is an answer cell with one small change, such as `<=` for `<`. The tests of its question must fail it; if they
do not, they would give a learner with that mistake every point.
"""

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib.grading.mutation import cuda, python
from course_lib.grading.release import MARKER

BORDER = "BEGIN SOLUTION"


@dataclass(frozen=True)
class Mutant:
    kind: str  # of change: "comparison", "barrier removed" and so on
    line: int  # the first that differs, from 1, in the answer cell
    change: str  # the lines that differ, "- before" and "+ after"; it tells the mutants of a question apart
    source: str  # the whole answer cell


def mutants(source: str, choices: tuple[str, ...] = ()) -> list[Mutant]:
    """All mutants of an answer cell, in the order of the text, each once.

    choices: what may stand in place of a text, beside the empty one.
    """
    lines, found = source.splitlines(), {}
    for kind, start, end, text in sorted(_edits(source, choices), key=lambda edit: edit[1:]):
        changed = source[:start] + text + source[end:]
        if changed != source:
            found.setdefault(changed, kind)
    same = Counter()
    made = []
    for changed, kind in found.items():
        line, change = _difference(lines, changed.splitlines())
        same[change] += 1
        nth = f"\n  in place {same[change]}" if same[change] > 1 else ""
        made.append(Mutant(kind, line, change + nth, changed))
    return made


def _edits(source: str, choices: tuple[str, ...]) -> Iterator[tuple[str, int, int, str]]:
    """(kind, start, end, text): `text` in place of source[start:end]."""
    for start, end in regions(source, "### "):
        for edit in python.edits(source, choices):
            if start <= edit[1] and edit[2] <= end:
                yield edit
    for begin, text in kernels(source):
        known = cuda.declared(text)
        for start, end in regions(text, "// "):
            for kind, first, last, new in cuda.edits(text[start:end], known):
                yield kind, begin + start + first, begin + start + last, new


def regions(text: str, opener: str) -> list[tuple[int, int]]:
    """(start, end) of what lies between the markers that begin with `opener`."""
    found, place, start = [], 0, None
    for line in text.splitlines(keepends=True):
        marker = MARKER.match(line.rstrip("\n"))
        if marker and marker[2] == opener and marker[3] == BORDER:
            start = place + len(line)
        elif marker and marker[2] == opener and start is not None:
            found.append((start, place))
            start = None
        place += len(line)
    return found


def kernels(source: str) -> list[tuple[int, str]]:
    """(where it begins, text) of each raw string with a region of CUDA C."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and regions(node.value, "// "):
            begin = source.find(node.value)
            if begin < 0:
                raise ValueError(f"line {node.lineno}: write CUDA C as a raw string, so that it stands as it is")
            found.append((begin, node.value))
    return found


def _difference(before: list[str], after: list[str]) -> tuple[int, str]:
    """(the first line that differs, the lines that do); of lines that were only moved, those between them too."""
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [step for step in steps if step[0] != "equal"]
    gone, come = ([line.strip() for line in _lines(changed, lines, side)] for lines, side in ((before, 1), (after, 3)))
    if sorted(gone) != sorted(come):
        return changed[0][1] + 1, "\n".join([f"- {line}" for line in gone] + [f"+ {line}" for line in come])
    told = []
    for kind, i, j, k, n in steps[steps.index(changed[0]) : steps.index(changed[-1]) + 1]:
        marks = ("- ", "+ ") if kind != "equal" else ("  ", None)
        told += [marks[0] + line.strip() for line in before[i:j]]
        told += [marks[1] + line.strip() for line in after[k:n] if marks[1]]
    return changed[0][1] + 1, "\n".join(told)


def _lines(steps: list[tuple], lines: list[str], side: int) -> list[str]:
    return [line for step in steps for line in lines[step[side] : step[side + 1]]]
