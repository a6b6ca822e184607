"""A submitted notebook, which may be anything: only its answer cells are taken.

    DIR/LEARNER/ex02_matrix_multiplication.ipynb
    DIR/LEARNER/ex02_matrix_multiplication/ex02_matrix_multiplication.ipynb    as nbgrader has it
    DIR/LEARNER/anything/another name.ipynb    if it is the only one whose first cells name the exercise

Every step on the way is opened without following links, and only an ordinary file is read: a link to a solution, to
another's work or to a pipe that never ends is refused. Tests, tags, outputs and metadata of the submission are dropped.
"""

import itertools
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.grading import notebook

MOST_BYTES = 20 << 20  # of a notebook
MOST_BRACKETS = 1_000_000  # of its JSON, which becomes as many objects
MOST_LETTERS = 200_000  # of an answer cell
MOST_FILES, MOST_DEPTH = 50, 4  # and as many folders, to look for a notebook of another name
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass
class Submission:
    """status: "graded" if it can be marked, else "missing", "invalid" or "refused"; notes say why."""

    status: str
    content: bytes = b""
    answers: dict[str, str] = field(default_factory=dict)  # question -> source of its cell
    notes: list[str] = field(default_factory=list)


def learners(folder: Path) -> list[str]:
    """The names of DIR's folders, one for each learner; links too, which are refused later."""
    with os.scandir(folder) as entries:
        found = [e.name for e in entries if e.is_symlink() or e.is_dir(follow_symlinks=False)]
    return sorted(name for name in found if not name.startswith(".") and name != "__MACOSX")


def read(folder: Path, learner: str, exercise: str, questions: list[str]) -> Submission:
    """What `learner` handed in for `exercise`. Raises nothing for anything that may lie there."""
    submission = _content(folder, learner, f"{exercise}.ipynb", exercise)
    if submission.status == "graded":
        _take_answers(submission, questions)
    return submission


def _content(folder: Path, learner: str, file: str, exercise: str) -> Submission:
    for steps in ([learner, file], [learner, exercise, file]):
        try:
            content = _read(folder, steps)
        except FileNotFoundError:
            continue
        except OSError as error:
            return Submission("refused", notes=[f"{'/'.join(steps)} {_reason(error)}"])
        if len(content) > MOST_BYTES:
            return Submission("refused", notes=[f"the notebook is larger than {MOST_BYTES >> 20} MiB"])
        return Submission("graded", content)
    return _renamed(folder, learner, file, exercise)


def _renamed(folder: Path, learner: str, file: str, exercise: str) -> Submission:
    """The only notebook of the exercise that has another name or lies deeper."""
    found = {}
    for steps in itertools.islice(_notebooks(folder, learner), MOST_FILES):
        try:
            content = _read(folder, steps)
        except OSError:
            continue  # a link, or gone
        if any(cell.role == "setup" and cell.name == exercise for cell in _cells(content) or ()):
            found["/".join(steps[1:])] = content
    if len(found) == 1:
        (name, content), *_ = found.items()
        return Submission("graded", content, notes=[f"there is no {file}; {name} is of the same exercise and counts"])
    several = f", and {', '.join(found)} could each be meant" if found else ""
    return Submission("missing", notes=[f"there is no {file}{several}"])


def _notebooks(folder: Path, learner: str):
    """The way to each file that is called a notebook, but for hidden folders; no link is followed."""
    top = folder / learner
    if top.is_symlink():
        return
    for place, folders, files in itertools.islice(os.walk(top), MOST_FILES):
        steps = Path(place).relative_to(folder).parts
        folders[:] = sorted(each for each in folders if not each.startswith(".") and len(steps) < MOST_DEPTH)
        for name in sorted(files):
            if name.endswith(".ipynb") and not name.startswith("."):
                yield [*steps, name]


def _read(folder: Path, steps: list[str]) -> bytes:
    """The first MOST_BYTES + 1 bytes of the file at the end of these steps. Raises OSError."""
    here = os.open(folder, os.O_RDONLY)
    try:
        for step in steps[:-1]:
            inner = os.open(step, FOLDER, dir_fd=here)
            os.close(here)
            here = inner
        with os.fdopen(os.open(steps[-1], FILE, dir_fd=here), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError("is no ordinary file")
            return file.read(MOST_BYTES + 1)
    finally:
        os.close(here)


def _reason(error: OSError) -> str:
    import errno

    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "is reached through a link, or is none of ours; submit the file itself"
    return f"cannot be read ({error.strerror})" if error.strerror else str(error)


def _cells(content: bytes) -> list[notebook.Cell] | None:
    """The cells of a notebook; None if it is none."""
    try:
        if len(content) > MOST_BYTES or content.count(b"[") + content.count(b"{") > MOST_BRACKETS:
            return None
        raw = json.loads(content.decode("utf-8-sig"))
        return notebook.cells({"cells": list(raw["cells"])})
    except (ValueError, TypeError, KeyError, RecursionError, MemoryError):
        return None


def _take_answers(submission: Submission, questions: list[str]) -> None:
    """The last copy of each answer cell, found by its grade_id alone."""
    cells = _cells(submission.content)
    if cells is None:
        submission.status = "invalid"
        submission.notes.append("it is not a notebook: no valid JSON with a list of cells")
        return
    for cell in cells:
        if cell.kind != "code" or cell.name not in questions:
            continue
        if len(cell.source) > MOST_LETTERS:
            note = f"a cell {cell.name} is longer than {MOST_LETTERS:,} letters and was left out"
            submission.notes += [note] if note not in submission.notes else []
            continue
        if cell.name in submission.answers:
            note = f"there are several cells {cell.name}; the last one counts"
            submission.notes += [note] if note not in submission.notes else []
        submission.answers[cell.name] = cell.source
    if not submission.answers:
        submission.status = "invalid"
        submission.notes.append("it has no answer cell of this exercise: is it another, or without its metadata?")
        return
    missing = [question for question in questions if question not in submission.answers]
    submission.notes += [f"the cell {question} is not there" for question in missing]
