"""Records of real runs: what `course measure matmul` wrote into measured/, and how a lesson shows it."""

import re
from pathlib import Path

from course_lib import records as files


class Record(files.Record):
    """One run on one GPU."""

    def share(self, rung: str, size: int) -> float | None:
        """Of cuBLAS's speed, 1 being as fast; None if it was not timed."""
        return next((row.get("share_of_cublas") for row in self._rows(rung) if row["size"] == size), None)

    def _rows(self, rung):
        return [row for row in self.told["times"] if row["rung"] == rung]

    def _table(self):
        """Head and rows: TFLOP/s of every rung at every size, with its share."""
        times = self.told["times"]
        sizes = sorted({row["size"] for row in times})
        yield ["", *map(str, sizes), "registers", "spills"]
        needs = {re.sub(r"^\d+_|\.cu$", "", file): kernel for file, kernel in self.told["kernels"].items()}
        seen = dict.fromkeys((row["rung"], row["format"]) for row in times)
        for rung, format_ in sorted(seen, key=lambda pair: pair[1], reverse=True):
            rows = {row["size"]: row for row in times if (row["rung"], row["format"]) == (rung, format_)}
            cells = [files.speed(rows.get(size), "share_of_cublas") for size in sizes]
            kernel = needs.get(rung) or next((k for name, k in needs.items() if name.startswith(f"{rung}_")), None)
            own = (
                [str(kernel["registers"]), str(kernel["spill_stores"] + kernel["spill_loads"])] if kernel else ["", ""]
            )
            yield [f"{rung}, {format_}", *cells, *own]

    def title(self) -> str:
        told = self.told
        return f"{self.where}: TFLOP/s and share of cuBLAS, medians of {told['rounds']} rounds ({told['clock']})"


def records(folder: Path = files.FOLDER) -> list[Record]:
    """Every record, the newest first; none if nobody measured yet. Raises UserError for a file that is no record."""
    return files.read("matmul", Record, folder)


def line(rows: list[dict]) -> str:
    """What one size and format gave, to be read while the others are measured."""
    shown = ", ".join(f"{row['rung']} {files.speed(row, 'share_of_cublas')}" for row in rows)
    return f"{rows[0]['size']}, {rows[0]['format']}: {shown}"


def write(told: dict, file: Path | None = None) -> Record:
    """Write a record; without a file, into measured/, named after the device. Raises UserError if that fails."""
    return Record(told, files.write("matmul", told, file))
