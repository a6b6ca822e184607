"""The instructor's guide: its commands exist, and its tool shows what they print."""

import argparse
import importlib.util
import re
import shlex
import sys
from pathlib import Path

import pytest

from course_lib import cli

ROOT = Path(__file__).parent.parent


def imported(path):
    found = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(found)
    before = list(sys.path)
    found.loader.exec_module(module)
    sys.path[:] = before
    return module


guide = imported(ROOT / "tools" / "guide.py")


def commands():
    """(where, words) of every `course ...` that a page tells its reader to type."""
    for name in ("docs/instructors.md", "CONTRIBUTING.md", "README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"^```(?:console|sh).*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        typed = [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)
        for line in typed:
            if found := re.search(r"(?:^|&& |\$ |s )(?:python3 course\.py|course) ([a-z][^#|&;]*)", line):
                yield pytest.param(shlex.split(found[1]), id=f"{name}: {found[1].strip()}")


@pytest.mark.parametrize("words", list(commands()))
def test_a_command_of_a_page_is_one_that_there_is(words, monkeypatch):
    (known,) = (action.choices for action in cli.parser()._actions if action.choices)
    if words[0] in ("lab", "test") or not guide.there(words[0]) and words[0] == "mutants":
        return
    assert words[0] in known

    def refuse(self, message):
        # prose names a command without what it needs; what it does name must be right
        assert "required" in message, f"course {' '.join(words)}: {message}"
        raise SystemExit

    monkeypatch.setattr(argparse.ArgumentParser, "error", refuse)
    try:
        cli.parser().parse_args(words)
    except SystemExit:
        pass


def test_the_guide_shows_every_output():
    sessions = guide.sessions(guide.PAGE.read_text(encoding="utf-8"))
    told = [(command, output) for needs, block in sessions if guide.there(needs) for command, output in block]
    assert len(told) > 20
    silent = re.compile(r"cat >|chmod|python3 -c|cp |mkdir|for ")
    assert [command for command, output in told if not output and not silent.match(command)] == []


PAGE = "Before.\n```console\n$ echo one\none\n$ cat <<END\n> 2 s\n> END\n1 s\n```\nAfter.\n"


def run(command):
    return {"echo one": "one\n", "cat <<END\n> 2 s\n> END": "2 s\n"}[command]


def test_an_output_in_which_only_a_time_differs_is_not_stale():
    made, stale, _ = guide.rewrite(PAGE, run)
    assert stale == {} and made == PAGE.replace("\n1 s", "\n2 s")


@pytest.mark.parametrize(
    ("shown", "printed", "differ"),
    [
        ("  bounds   40   40         27 s", "  bounds   40   40          5 s", False),
        ("  bounds   40   40         27 s", "  bounds   40   39         27 s", True),
        ("  1 of 9, 3 s left\nmarked 9", "  2 of 9, 1 min left\nmarked 9", False),
        ("2026-01-02 03:04 ada", "2026-11-12 13:14 ada", False),
        ("2026-01-02 03:04 ada", "2026-11-12 13:14 bob", True),
    ],
)
def test_outputs_differ_if_more_than_a_time_or_a_date_does(shown, printed, differ):
    assert bool(guide.difference(shown, printed)) == differ


def test_a_session_survives_a_grader_that_is_killed(tmp_path):
    said = guide.Scratch(tmp_path).run("for i in 1 2 3 4 5; do echo $i of 5, soon; done; sleep 60 # killed")
    assert said.endswith("4 of 5, soon\nKilled\n")


def test_an_output_that_differs_is_replaced_and_named():
    made, stale, _ = guide.rewrite(PAGE.replace("one\n$", "two\n$"), run)
    assert "$ echo one\none\n" in made
    assert list(stale) == ["echo one"] and "+one" in stale["echo one"]


def test_a_block_for_what_is_not_there_is_left():
    page = PAGE.replace("console", "console needs=nobody_has_this")
    assert guide.rewrite(page, run) == (page, {}, ["nobody_has_this"])


def test_a_block_that_begins_without_a_command_is_refused():
    with pytest.raises(ValueError, match="no command"):
        guide.sessions("```console\noutput\n```\n")


def test_what_a_command_prints_names_no_folder_of_this_machine(tmp_path):
    scratch = guide.Scratch(tmp_path)
    assert scratch.run("pwd; echo wrong >&2; cat <<END\n> $HOME/x  \n> END").startswith("~/term\nwrong\n")
    assert "~/glass-machines/.venv/bin/python" in scratch.run("python3 -c 'import sys; print(sys.executable)'")
    assert scratch.run("course check nothing.ipynb").startswith("course: nothing.ipynb does not exist")
