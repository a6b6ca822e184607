"""The gradebook: one SQLite file, a row for each learner and exercise, written as each submission ends.

A row is one transaction, on disk before the next begins, so a grader that is killed at any moment has lost nothing but
the submissions it was at. `key` is a hash of all that a mark depends on; a row whose key is still right is not graded
again.

score is NULL unless status is "graded": a fault of the machine, or a file that cannot be read, is never a zero.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import course_lib
from course_lib.errors import UserError

TABLE = """
create table if not exists marks (
    exercise text not null,
    learner text not null,
    key text not null,
    status text not null check (status in ('graded', 'missing', 'invalid', 'refused', 'infra_error')),
    score real check ((score is null) = (status != 'graded')),
    points real not null,
    mode text not null,
    seconds real not null,
    at text not null default current_timestamp,
    told text not null,
    primary key (exercise, learner)
)
"""
COLUMNS = ("exercise", "learner", "key", "status", "score", "points", "mode", "seconds")


PATIENCE = 60.0  # seconds to wait for another program that writes to it


class GradebookError(UserError):
    """A file that is no gradebook, or cannot be written."""


class Gradebook:
    """As a context manager, closed at the end. Raises GradebookError."""

    def __init__(self, path: Path, new: bool = True):
        """new: whether it may be made."""
        if not new and not Path(path).is_file():
            there = "is a folder" if Path(path).is_dir() else "is not there"
            raise GradebookError(f"{path} {there}; name the file that course grade --db wrote")
        self._path, self._book = path, None
        try:
            file = Path(path).absolute()  # SQLite takes some names, as ":memory:", for no file
            self._book = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
            self._book.execute("pragma synchronous = full")
            if new:  # else it may be somebody else's database
                self._book.execute(TABLE)
            self._book.execute(f"select {', '.join(COLUMNS)}, at, told from marks limit 1")
        except sqlite3.Error as error:
            if self._book:
                self._book.close()
            mend = "name another file"
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY:
                mend = "wait until the other program that uses it has ended, and type the same again"
            elif not Path(path).parent.is_dir():
                mend = f"there is no folder {Path(path).parent}: make it, or name another file"
            raise GradebookError(f"{path} cannot be used as a gradebook ({error}); {mend}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._book.close()

    def keys(self, exercise: str) -> dict[str, str]:
        """Learner -> key of the rows that stand; not those that were spoiled by a machine or by hand."""
        found = "select learner, key from marks where exercise = ? and status != 'infra_error' and json_valid(told)"
        return dict(self._ask(found, [exercise]))

    def put(self, exercise: str, learner: str, row: dict) -> None:
        """Write or replace one row (judge.grade, with its key), durably. Raises GradebookError if it cannot be."""
        told = {name: value for name, value in row.items() if name not in COLUMNS}
        values = [shown(exercise), shown(learner), *(row[name] for name in COLUMNS[2:]), json.dumps(told)]
        names = ", ".join([*COLUMNS, "told"])
        self._ask(f"insert or replace into marks ({names}) values ({', '.join('?' * len(values))})", values)

    def rows(self) -> list[dict]:
        """Every row, by exercise and learner. Raises GradebookError."""
        found = f"select {', '.join(COLUMNS)}, at, told from marks order by exercise, learner"
        names = (*COLUMNS, "at")
        try:
            return [dict(zip(names, row, strict=True)) | json.loads(told) for *row, told in self._ask(found)]
        except (ValueError, TypeError):
            raise GradebookError(
                f"a row of {self._path} was spoiled; type course grade again, and it is marked"
            ) from None

    def _ask(self, query: str, values: list = ()) -> list[tuple]:
        try:
            return self._book.execute(query, values).fetchall()
        except sqlite3.IntegrityError:
            raise  # a mistake of ours
        except sqlite3.Error as error:
            mend = "see who else uses it and whether its disk is full, and type the same again"
            raise GradebookError(f"{self._path} cannot be used ({error}); rows in it stand: {mend}") from None


def shown(name: str) -> str:
    """A file name as text that can be stored; bytes that are no text are shown as such."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def grader_key(exercise_files: Iterable[Path], secret: bytes) -> bytes:
    """A hash of the tests and masters, of every file that marks rest on, and of the secret."""
    library = Path(course_lib.__file__).parent
    files = [path for part in ("grading", "gpu") for path in library.joinpath(part).rglob("*") if path.is_file()]
    digest = hashlib.sha256(hashlib.sha256(secret).digest())
    for path in sorted([*files, *exercise_files]):
        if "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.name} {len(content)}\0".encode() + content)
    return digest.digest()


def key(grader: bytes, status: str, content: bytes, learner: str) -> str:
    """Of one submission."""
    parts = (grader, status.encode(), learner.encode("utf-8", "surrogateescape"), content)
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
