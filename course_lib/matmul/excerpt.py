"""The part of a kernel's text that a reader should look at."""

import textwrap
from pathlib import Path

from course_lib.errors import UserError


def excerpt(path: Path, first: str, last: str) -> str:
    """From the first line that contains `first` to the next one that contains `last`, both included, shifted left.

    Raises UserError if there are no such lines.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    begin = next((i for i, line in enumerate(lines) if first in line), None)
    end = None if begin is None else next((i for i in range(begin, len(lines)) if last in lines[i]), None)
    if end is None:
        missing = first if begin is None else last
        raise UserError(f"{path.name} has no line with {missing!r}; name words that stand in it")
    found = lines[begin : end + 1]
    margin = min(len(line) - len(line.lstrip()) for line in found if line.strip())
    return "\n".join(line[margin:] for line in found)


def changes(path: Path) -> str:
    """What the header of a rung says about the step from the rung before, in lines that fit a page."""
    said = [line[2:].strip() for line in excerpt(path, "What changed since", "Next rung").splitlines()[:-1]]
    return textwrap.fill(" ".join(said), 88)
