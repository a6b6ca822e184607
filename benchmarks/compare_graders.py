"""The same submissions to three graders: nbgrader autograde, otter run, course grade.

    python benchmarks/compare_graders.py [--venvs DIR] [--output FILE] [--only WORD]
    python benchmarks/compare_graders.py --times        only the seconds, into the record that there is
    python benchmarks/compare_graders.py --readme       write the table of the last record into README.md

Each case is a class of two, eve and zoe; see graders.py, also for how the other graders are kept from this machine.
Cheats are answers that are wrong: eve is due the 1 point of her other, honest answer. Troublemakers hang, crash, flood
or delete; what counts is zoe beside them. Odd answers are right, and due all 4 points. The two graders are installed
from PyPI, in the versions that graders.py names, into DIR/nbgrader and DIR/otter-grader (a scratch folder if there is
no --venvs). It takes about a quarter of an hour. The record goes to measured/compare_graders.json.
"""

import argparse
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

import graders  # noqa: E402

RECORD, README = ROOT / "measured" / "compare_graders.json", ROOT / "README.md"
BEGIN, END = "<!-- benchmarks/compare_graders.py --readme: begin -->", "<!-- end -->"
CHEATS = {  # file of tests/attacks: the names in it
    "in_process": [
        *("patched allclose", "equal to everything", "int that calls itself equal", "float that calls itself equal"),
        *("array function override", "frame peeking", "displayhook", "leaves by SystemExit 0", "import hook"),
        *("remembers and repeats", "magic that rewrites cells", "monkeypatched int"),
    ],
    "other_graders": [
        *("asserts dropped by a transformer", "partial credit of its own", "results replaced on their way out"),
    ],
    "files": ["numpy beside the notebook"],
}
TROUBLE = {
    "hangs": ["a loop at the top level", "a loop that swallows interrupts", "leaves at once", "waits for input"],
    "output": ["prints half a gigabyte"],
    "processes": ["kills its parent", "kills everything"],
    "files": ["overwrites the canary", "deletes the canary"],
}
ODD = {
    "double": [
        *("warnings", "prints to stderr", "logging", "tqdm in its own words", "a value at the end", "display"),
        *("an error after the definition", "cell magic", "a shell command", "numpy scalars", "changes the folder"),
    ]
}


def checks(cells: list[dict]) -> list[dict]:
    """Of the three graders' notebooks."""
    asked = ("check(", "grader.check(")
    return [
        c for c in cells if c["metadata"].get("nbgrader", {}).get("grade") or "".join(c["source"]).startswith(asked)
    ]


def answer(cells: list[dict]) -> dict:
    return next(cell for cell in cells if "def double" in "".join(cell["source"]))


TAMPERED = {  # what is done to the cells of a notebook whose answer to `double` is wrong
    "checks that are skipped": lambda cells: [c["metadata"].update(tags=["skip-execution"]) for c in checks(cells)],
    "checks that are empty": lambda cells: [c.update(source="pass") for c in checks(cells)],
    "points in the metadata": lambda cells: [
        c["metadata"].get("nbgrader", {}).update(points=99) for c in checks(cells)
    ],
    "an answer cell twice": lambda cells: cells.append(answer(cells)),
}
WRONG = "def double(x): return 7"


def cases() -> list[tuple[str, str, str, object]]:
    """(kind, name, eve's answer, what is done to her notebook)"""
    found = []
    for kind, folder, chosen in (("cheat", "attacks", CHEATS), ("trouble", "attacks", TROUBLE), ("odd", "odd", ODD)):
        for file, names in chosen.items():
            text = (ROOT / "tests" / folder / f"{file}.txt").read_text(encoding="utf-8")
            parts = re.split(r"^=== (.+): \S+ \S+\n", text, flags=re.MULTILINE)[1:]
            sources = dict(zip(parts[::2], parts[1::2], strict=True))
            found += [(kind, name, sources[name], None) for name in names]
    return found + [("cheat", name, WRONG, tamper) for name, tamper in TAMPERED.items()]


def measure(venvs: Path, only: str | None) -> dict:
    """The record of all cases whose name holds `only`, by all graders; of none if it is None."""
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python", "benchmarks/compare_graders.py"]),
        "machine": f"{os.cpu_count()} cores, {platform.machine()} {platform.system()}, "
        f"Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1),
        "graders": {},
        "cases": [],
    }
    with tempfile.TemporaryDirectory() as work:
        made = []
        for kind in (graders.Nbgrader, graders.Otter, graders.Course):
            name = kind.pinned.split("==")[0] or "course"
            made.append(kind(venvs / name, Path(work, name)))
            right = made[-1].mark(graders.RIGHT["double"]).scores
            if right != {"eve": 4, "zoe": 4}:
                sys.exit(f"{kind.title} gives a right class {right}, so nothing can be compared")
            record["graders"][kind.title] = {"version": kind.pinned or "this course"}
        for grader in made:  # one after the other, so that what else the machine does is much the same
            record["graders"][grader.title]["seconds"] = round(grader.pace(), 2)
        for kind, name, source, tamper in cases():
            if only is not None and only in name:
                case = {"kind": kind, "name": name, "outcomes": {}}
                for grader in made:
                    found = grader.mark(source, tamper)
                    case["outcomes"][grader.title] = vars(found)
                record["cases"].append(case)
                print(kind, name, {title: each["scores"] for title, each in case["outcomes"].items()}, flush=True)
    return record


def counts(record: dict, title: str) -> dict[str, str]:
    """What one grader did, line by line of the table."""

    def outcomes(*kinds):
        return [case["outcomes"][title] for case in record["cases"] if case["kind"] in kinds]

    def of(found, wrong):
        return f"{sum(map(wrong, found))} of {len(found)}"

    cheats, odd, all_ = outcomes("cheat"), outcomes("odd"), outcomes("cheat", "trouble", "odd")
    return {
        "wrong answers that gain points": of(cheats, lambda o: (o["scores"]["eve"] or 0) > 1),
        "right but odd answers that lose points": of(odd, lambda o: o["scores"]["eve"] not in (None, 4)),
        "submissions that end without a mark": of(all_, lambda o: o["scores"]["eve"] is None),
        "submissions that cost a neighbour the mark": of(all_, lambda o: o["scores"]["zoe"] != 4),
        "submissions that change a file of the instructor's": of(all_, lambda o: o["harmed"]),
        "seconds for a right notebook, of ten": f"{record['graders'][title]['seconds']:.1f}",
    }


def table(record: dict) -> str:
    """As Markdown."""
    titles = list(record["graders"])
    columns = [counts(record, title) for title in titles]
    heads = [f"`{title}`, {record['graders'][title]['version'].replace('==', ' ')}" for title in titles]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "---:|" * len(titles)]
    lines += [f"| {name} | {' | '.join(column[name] for column in columns)} |" for name in columns[0]]
    load = f" ({record['load']:g} programs running)" if record.get("load", 0) > 1 else ""
    told = f"Measured {record['date'][:10]} on {record['machine']}{load}, by `{record['command']}`."
    return "\n".join([*lines, "", told])


def readme(text: str, record: dict) -> str:
    """README.md with the table of this record between its markers."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table(record)}\n{END}{rest.split(END, 1)[1]}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--venvs", type=Path, metavar="DIR", help="where the graders are installed, to be used again")
    options.add_argument("--output", type=Path, default=RECORD, metavar="FILE", help="where the record goes")
    options.add_argument("--only", default="", metavar="WORD", help="only cases with this word in their name")
    options.add_argument("--times", action="store_true", help="measure the seconds only, and keep the last cases")
    options.add_argument("--readme", action="store_true", help="measure nothing; write the table into README.md")
    given = options.parse_args()
    if given.readme:
        README.write_text(readme(README.read_text("utf-8"), json.loads(RECORD.read_text("utf-8"))), encoding="utf-8")
        return 0
    if subprocess.run(["bwrap", "--version"], capture_output=True, check=False).returncode:
        sys.exit("this needs bubblewrap, since it runs hostile notebooks; install it first")
    with tempfile.TemporaryDirectory() as scratch:
        record = measure((given.venvs or Path(scratch)).resolve(), None if given.times else given.only)
    if given.times:
        record["cases"] = json.loads(given.output.read_text("utf-8"))["cases"]
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(table(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
