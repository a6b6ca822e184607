"""The gradebook is one file: what is none, is in use or is no mark does not get into it."""

import sqlite3
from contextlib import closing

import pytest

from course_lib.grading import gradebook


def test_a_gradebook_that_is_none_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello, this is no database at all" * 100)
    with pytest.raises(gradebook.GradebookError, match="cannot be used as a gradebook"):
        gradebook.Gradebook(path)
    with pytest.raises(gradebook.GradebookError, match="is not there"):
        gradebook.Gradebook(tmp_path / "none.db", new=False)


def test_a_name_that_sqlite_takes_for_none_is_a_file_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with gradebook.Gradebook(":memory:"):
        pass
    assert (tmp_path / ":memory:").is_file()


def test_what_is_only_read_is_never_written_to(tmp_path):
    with closing(sqlite3.connect(tmp_path / "other.db", isolation_level=None)) as other:
        other.execute("create table theirs (x)")
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(gradebook.GradebookError, match="no such table"):
        gradebook.Gradebook(tmp_path / "other.db", new=False)
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_gradebook_in_use_and_a_folder_that_is_not_there_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(gradebook, "PATIENCE", 0.1)
    with gradebook.Gradebook(tmp_path / "book.db"):
        pass
    with closing(sqlite3.connect(tmp_path / "book.db", isolation_level=None)) as other:
        other.execute("begin exclusive")
        with pytest.raises(
            gradebook.GradebookError, match="locked.*wait until the other program that uses it has ended"
        ):
            gradebook.Gradebook(tmp_path / "book.db")
    with pytest.raises(gradebook.GradebookError, match="there is no folder .*nowhere: make it"):
        gradebook.Gradebook(tmp_path / "nowhere" / "book.db")


def test_a_gradebook_holds_no_score_for_what_was_not_graded(tmp_path):
    row = {"key": "", "points": 1, "mode": "", "seconds": 0}
    with gradebook.Gradebook(tmp_path / "book.db") as book:
        for status, score in (("infra_error", 0), ("graded", None), ("lost", None)):
            with pytest.raises(sqlite3.IntegrityError):
                book.put("ex", "ann", row | {"status": status, "score": score})
        book.put("ex", "b\udcffb", row | {"status": "missing", "score": None, "notes": ["\ud800"]})
        assert [each["learner"] for each in book.rows()] == ["b\\xffb"]
