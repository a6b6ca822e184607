"""course report: what a gradebook says, as pages and as files for Canvas, Moodle and Gradescope.

OUT/index.html                     the class
OUT/learners/NAME.html             what one learner may see; send nothing else
OUT/canvas.csv, OUT/moodle.csv     a column for each exercise; an empty field is no mark
OUT/gradescope/EXERCISE/NAME.json  a results.json for each submission
"""

import csv
import hashlib
import json
import re
import sys
from pathlib import Path

from course_lib.errors import UserError
from course_lib.grading import exercises, page, terms
from course_lib.grading.gradebook import Gradebook
from course_lib.grading.terms import Final

FORMULA = "=+-@\t\r\n＝＋－＠"


def main(db: Path, out: Path, rules: Path | None = None, received: Path | None = None) -> int:
    """Write the report of the gradebook `db` into the folder `out`. Returns the exit status of `course report`, 0.

    Raises UserError (status 2) for a gradebook, a table or a folder that cannot be used.
    """
    policy = terms.read(rules, received)
    with Gradebook(db, new=False) as book:
        found = book.rows()
    if remark := policy.fit(found, exercises.names()):
        print(remark, file=sys.stderr)
    rows = [(row, policy.final(row)) for row in found]
    learners = {name: [pair for pair in rows if pair[0]["learner"] == name] for name in _names(rows)}
    files = {name: file_name(name) for name in learners}
    try:
        _write(out / "index.html", page.group(rows, {name: f"learners/{files[name]}.html" for name in files}))
        for name, own in learners.items():
            _write(out / "learners" / f"{files[name]}.html", page.learner(name, own))
            for row, final in own:
                made = json.dumps(gradescope(row, final), indent=1)
                _write(out / "gradescope" / file_name(row["exercise"]) / f"{files[name]}.json", made)
        _tables(out, learners)
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}); name another folder") from None
    scored = sum(final.score is not None for _, final in rows)
    print(f"{len(learners)} learners, {scored} of {len(rows)} submissions have a mark")
    print(f"{out / 'index.html'} is the class; {out / 'learners'} has a page for each learner")
    print("for learning platforms: canvas.csv, moodle.csv and gradescope/ beside them")
    return 0


def file_name(name: str) -> str:
    """A name that every system takes; one that had to be changed gets a mark, so that no two are the same."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:80].lstrip(".-")
    if plain and plain == name:
        return plain
    return f"{plain}_{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def gradescope(row: dict, final: Final) -> dict:
    """What Gradescope reads as results.json. Source: its autograder documentation, "Output format"."""
    tests = [
        {
            "name": f"{test['question']}: {test['claim']}",
            "score": test["earned"],
            "max_score": test["points"],
            "output": "\n".join(f"{label}: {text}" for label, text in test["told"].items()),
            "output_format": "text",
        }
        for test in row["tests"]
    ]
    made = {"output": "\n".join([final.note, *row["notes"]]).strip(), "output_format": "text", "tests": tests}
    return made | ({} if final.score is None else {"score": final.score})


def field(value) -> str:
    """A field of a table that no spreadsheet takes for a formula."""
    text = "" if value is None else f"{value:g}" if isinstance(value, float | int) else str(value)
    return f"'{text}" if text[:1] in FORMULA and text and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", text) is not None


def _names(rows: list[tuple[dict, Final]]) -> list[str]:
    return sorted({row["learner"] for row, _ in rows})


def _tables(out: Path, learners: dict[str, list[tuple[dict, Final]]]) -> None:
    pairs = [pair for own in learners.values() for pair in own]
    pairs.sort(key=lambda pair: pair[1].score is not None)  # only tests tell what is extra, so a marked row has the say
    totals = {row["exercise"]: final.total for row, final in pairs if final.total}
    names = sorted({row["exercise"] for row, _ in pairs})
    scores = {
        name: [{row["exercise"]: final.score for row, final in own}.get(exercise) for exercise in names]
        for name, own in learners.items()
    }
    empty = ["", "", ""]
    canvas = [["Student", "ID", "SIS Login ID", "Section", *names]]
    canvas += [["    Points Possible", *empty, *(totals.get(exercise, 0) for exercise in names)]]
    canvas += [[name, "", name, "", *scores[name]] for name in learners]
    moodle = [["username", *names], *([name, *scores[name]] for name in learners)]
    for file, table in (("canvas.csv", canvas), ("moodle.csv", moodle)):
        with open(out / file, "w", newline="", encoding="utf-8") as opened:
            csv.writer(opened).writerows([field(value) for value in line] for line in table)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace")
