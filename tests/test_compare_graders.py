"""The comparison of graders: its table is what was measured, and what it runs is kept from this machine."""

import importlib.util
import json
import socket
import sys
from pathlib import Path

import pytest
from sandboxes import THERE

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def compare():
    before = list(sys.path)
    found = importlib.util.spec_from_file_location("compare_graders", ROOT / "benchmarks" / "compare_graders.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    sys.path[:] = before
    return module


def test_the_table_of_graders_in_the_readme_is_that_of_its_record(compare):
    text = compare.README.read_text(encoding="utf-8")
    assert compare.readme(text, json.loads(compare.RECORD.read_text(encoding="utf-8"))) == text


def test_every_case_of_the_comparison_is_there(compare):
    kinds = [kind for kind, *_ in compare.cases()]
    assert {kind: kinds.count(kind) for kind in kinds}.keys() == {"cheat", "trouble", "odd"} and len(kinds) >= 35


def test_the_table_counts_what_the_record_says(compare):
    def case(kind, eve, zoe=4, harmed=False):
        outcome = {"scores": {"eve": eve, "zoe": zoe}, "seconds": 1, "ended": True, "harmed": harmed}
        return {"kind": kind, "name": "", "outcomes": {"a": outcome}}

    cases = [case("cheat", 4), case("cheat", 1), case("trouble", None, None, True), case("odd", 3), case("odd", 4)]
    found = compare.counts({"cases": cases, "graders": {"a": {"seconds": 1.25}}}, "a")
    assert list(found.values()) == ["1 of 2", "1 of 2", "1 of 5", "1 of 5", "1 of 5", "1.2"]


@pytest.mark.skipif(not THERE["bubblewrap"], reason="bubblewrap does not run here")
def test_another_grader_reaches_nothing_of_this_machine(compare, tmp_path):
    class Shell(compare.graders.Grader):
        def prepare(self):
            pass

    mine = tmp_path / "mine"
    mine.write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        port = server.getsockname()[1]
        grader = Shell(Path(sys.prefix), tmp_path / "work")
        script = f"""
            echo x > {mine}; echo x > /usr/mine; echo x > /instructor/mine
            ls -A {ROOT / "course_lib"} {tmp_path} > seen 2> /dev/null; cat /etc/passwd >> seen
            python -c "import os; print(os.environ['HOME'])" > where
            python -c "import socket; socket.create_connection(('127.0.0.1', {port}), 1)" && echo connected >> seen
        """
        assert grader.boxed(script)
        with pytest.raises(TimeoutError):
            server.accept()
    assert mine.read_text() == "kept" and not Path("/usr/mine").exists()
    assert (grader.work / "seen").read_text() == "" and (grader.work / "where").read_text() == "/instructor\n"
    assert (grader.instructor / "mine").exists()


@pytest.mark.skipif(not THERE["bubblewrap"], reason="bubblewrap does not run here")
def test_another_grader_that_hangs_is_ended(compare, tmp_path, monkeypatch):
    class Shell(compare.graders.Grader):
        def prepare(self):
            pass

    monkeypatch.setattr(compare.graders, "LIMIT", 1.0)
    assert not Shell(Path(sys.prefix), tmp_path / "work").boxed("sleep 600 & sleep 600")
