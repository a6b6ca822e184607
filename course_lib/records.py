"""Records of real runs: what `course measure` wrote into measured/, one JSON file for each kind of run and device."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from statistics import median

from course_lib.errors import UserError

FOLDER = Path(__file__).parent.parent / "measured"
WRONG = "its result is wrong, so it was not timed"


@dataclass(frozen=True)
class Record:
    """One run on one GPU, shown as a table. told: everything that was written; file: where.

    What was run says the rest: `title()`, and `_table()`, the cells of the head and then of each row.
    """

    @property
    def where(self) -> str:
        """On what and when it ran, and whether to its end."""
        cut_short = "" if self.told.get("finished", True) else ", cut short"
        return f"{self.told['device']}, {self.told['date'][:10]}{cut_short}"

    @property
    def wrong(self) -> list[dict]:
        """The rows of what gave a wrong result."""
        return [row for row in self.told["times"] if row.get("skipped") == WRONG]

    told: dict
    file: Path

    def __repr__(self):
        table = list(self._table())
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        rows = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join([self.title(), *rows])

    def _repr_html_(self):
        head, *rows = self._table()
        heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        return f'<p>{escape(self.title())}</p><div style="overflow-x: auto">{table}</div>'


def timing(watch, name: str, flops: int, library: str, share: str) -> dict:
    """What is written of one entry of a stopwatch.Comparison; `share`: the name under which its share of the library's
    speed stands."""
    seconds = median(watch.seconds[name])
    return {
        "ms": seconds * 1000,
        "fastest_ms": min(watch.seconds[name]) * 1000,
        "tflops": flops / seconds / 1e12,
        share: watch.ratio(library, name),
    }


def speed(row: dict | None, share: str) -> str:
    """The cell of one timing: TFLOP/s, and the share of the library's speed that stands under the name `share`."""
    if row is None:
        return ""
    if "skipped" in row:
        return "wrong" if row["skipped"] == WRONG else "not run"
    return f"{row['tflops']:.2f} ({row[share]:.0%})"


def read(kind: str, make: Callable, folder: Path = FOLDER) -> list:
    """make(told, file) of every record of that kind, the newest first; none if nobody measured yet.

    Raises UserError for a file that is no record: one from which nothing can be made that has a repr.
    """
    found = []
    for file in sorted(folder.glob(f"{kind}_*.json")):
        try:
            found.append(make(json.loads(file.read_text(encoding="utf-8")), file))
            repr(found[-1])
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise UserError(
                f"{file.name} is no record of `course measure {kind}` ({type(error).__name__}); "
                f"move it out of {folder}, or measure again"
            ) from None
    return sorted(found, key=lambda record: record.told["date"], reverse=True)


def write(kind: str, told: dict, file: Path | None = None) -> Path:
    """Where the record went; without a file, into measured/, named after the device. Raises UserError if that fails."""
    device = re.sub(r"\W+", "_", told["device"]).strip("_").lower()
    file = file or FOLDER / f"{kind}_{device}.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"the record cannot be written to {file} ({error}); name another file with --output") from None
    return file
