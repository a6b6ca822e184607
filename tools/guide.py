"""Run the commands of docs/instructors.md, and put what they really print on the page.

    python tools/guide.py            run them all, and rewrite the page
    python tools/guide.py --check    write nothing; status 1 if the page shows what a command no longer prints

A fenced block `console` is a session: a line with `$ ` is a command, `> ` continues it, and the rest is its output. All
blocks run one after another in one scratch folder, in which tools/scratch_class.py has handed in a class; `course` is
this repository's. A block `console needs=NAME` stays as it is where NAME is neither a command of `course` nor a Python
package that is installed. A command that ends with the comment `# killed` is killed, with SIGKILL, when it says that
four submissions are marked. Times, dates, progress, random numbers and what a killed grader had done by then differ
from run to run, and are not compared.
"""

import argparse
import difflib
import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import scratch_class  # noqa: E402

from course_lib import cli  # noqa: E402

PAGE = ROOT / "docs" / "instructors.md"
BLOCK = re.compile(r"^```console(?: needs=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n?", re.MULTILINE)
KILLED, ENOUGH = "# killed", re.compile(rb"^ *([4-9]|\d\d+) of \d+, ")
VARYING = (  # what is not compared
    (r"-?\d+\.\d+(e-?\d+)? at \[", "NUMBER at ["),
    (r" *\d+(\.\d+)?(e-?\d+)? (s|min)\b", " TIME"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?", "DATE"),
    (r"^ *\d+ of \d+, .*\n", ""),  # progress
    (r"\d+ marked before, .*?;", "SOME;"),
)


def sessions(page: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(needs, [(command, output)]) of each block."""
    found = []
    for needs, text in BLOCK.findall(page):
        parts = COMMAND.split(text)
        if parts[0]:
            raise ValueError(f"a console block begins with {parts[0].splitlines()[0]!r}, which is no command")
        found.append((needs, list(zip(parts[1::2], parts[2::2], strict=True))))
    return found


def shell(command: str) -> str:
    """A command as a shell takes it."""
    return command.replace("\n> ", "\n")


def there(name: str) -> bool:
    """Whether `name` is a command of `course`, or a package that is installed."""
    (commands,) = (action.choices for action in cli.parser()._actions if action.choices)
    return not name or name in commands or importlib.util.find_spec(name) is not None


class Scratch:
    """A folder in which the commands run, and what they see of this machine."""

    def __init__(self, folder: Path):
        self.folder = folder / "term"
        bin_, home = folder / "bin", folder / "home"
        for path in (self.folder, bin_, home):
            path.mkdir()
        for name, words in (("course", "-m course_lib.cli"), ("python3", "")):
            bin_.joinpath(name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n')
            bin_.joinpath(name).chmod(0o755)
        own = os.pathsep.join([str(bin_), str(Path(sys.executable).parent)])
        path = os.pathsep.join([own, os.environ.get("PATH", os.defpath)])
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(home), "COLUMNS": "80"}
        self.names = {str(self.folder): "~/term", sys.executable: "~/glass-machines/.venv/bin/python"}
        self.names[str(ROOT)] = "~/glass-machines"

    def run(self, command: str) -> str:
        """What a command prints, without names of this machine."""
        words = ["bash", "-c", shell(command)]
        joined = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        lines, ended = [], ""
        where = {"cwd": self.folder, "env": self.environment, "start_new_session": True}
        with subprocess.Popen(words, **where, **joined) as process:
            for line in process.stdout:
                lines.append(line)
                if command.endswith(KILLED) and ENOUGH.match(line):
                    os.killpg(process.pid, signal.SIGKILL)
                    ended = "Killed\n"
                    break
        text = b"".join(lines).decode(errors="replace") + ended
        for path, name in self.names.items():
            text = text.replace(path, name)
        text = "\n".join(line.expandtabs().rstrip() for line in text.splitlines())
        return f"{text}\n" if text else ""


def difference(shown: str, printed: str) -> str:
    """The lines in which two outputs differ, less what may differ: "" if there are none."""
    for pattern, word in VARYING:
        shown, printed = (re.sub(pattern, word, text, flags=re.MULTILINE) for text in (shown, printed))
    lines = difflib.unified_diff(shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm="", n=0)
    return "".join(f"    {line}\n" for line in lines)


def rewrite(page: str, run) -> tuple[str, dict[str, str], list[str]]:
    """(the page with what is printed now, {a command whose output is another: the difference}, what was left out).

    run: command -> its output
    """
    stale, left_out = {}, []

    def block(match: re.Match) -> str:
        needs, text = match[1], match[0].split("\n", 1)[0] + "\n"
        (_, commands), *_ = sessions(match[0])
        if not there(needs or ""):
            left_out.append(needs)
            return match[0]
        for command, shown in commands:
            printed = run(command)
            if differing := difference(shown, printed):
                stale[command] = differing
            text += f"$ {command}\n{printed}"
        return f"{text}```"

    return BLOCK.sub(block, page), stale, left_out


def main(arguments: list[str] | None = None) -> int:
    options = argparse.ArgumentParser(description="Run the commands of the instructor's guide.")
    options.add_argument("--check", action="store_true", help="write nothing; fail if an output differs")
    given = options.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(Path(folder))
        scratch_class.make(scratch.folder / "submissions")
        scratch_class.as_canvas_packs(scratch.folder / "submissions", ("ann", "ben"), scratch.folder / "canvas")
        made, stale, left_out = rewrite(page, scratch.run)
    for needs in dict.fromkeys(left_out):
        print(f"blocks that need {needs} were left as they are: it is not there")
    for command, differing in stale.items():
        print(f"{'another output than the page shows' if given.check else 'new output'}: {command.splitlines()[0]}")
        print(differing, end="")
    if given.check:
        return 1 if stale else 0
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
