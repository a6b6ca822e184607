"""Records of real runs: what `course measure conv` wrote into measured/, and how a lesson shows it."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from course_lib import records as files
from course_lib.conv.fastest import Point


@dataclass(frozen=True)
class Record:
    """One run on one GPU. told: everything that was written; file: where."""

    told: dict
    file: Path

    def share(self, algorithm: str, layer: str) -> float | None:
        """Of cuDNN's speed, 1 being as fast; None if it was not timed."""
        rows = (row for row in self.told["times"] if (row["algorithm"], row["layer"]) == (algorithm, layer))
        return next((row.get("share_of_cudnn") for row in rows), None)

    @property
    def points(self) -> list[Point]:
        """Which algorithm when, on that GPU."""
        return [Point(**point) for point in self.told["fastest"]]

    def _table(self):
        """Head and rows: effective TFLOP/s of every algorithm on every layer, with its share."""
        times = self.told["times"]
        layers = list(dict.fromkeys(row["layer"] for row in times))
        yield ["", *(f"{layer}, {next(r['batch'] for r in times if r['layer'] == layer)} images" for layer in layers)]
        for algorithm in dict.fromkeys(row["algorithm"] for row in times):
            rows = {row["layer"]: row for row in times if row["algorithm"] == algorithm}
            yield [algorithm, *(_cell(rows.get(layer)) for layer in layers)]

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

    def title(self) -> str:
        told = self.told
        return (
            f"{told['device']}, {told['date'][:10]}: TFLOP/s, as if all had the definition's flops, and share of "
            f"cuDNN's speed, medians of {told['rounds']} rounds ({told['clock']})"
        )


def _cell(row):
    if row is None:
        return ""
    if "skipped" in row:
        return "not run"
    return f"{row['tflops']:.2f} ({row['share_of_cudnn']:.0%})"


def records(folder: Path = files.FOLDER) -> list[Record]:
    """Every record, the newest first; none if nobody measured yet. Raises UserError for a file that is no record."""
    return files.read("conv", Record, folder)


def write(told: dict, file: Path | None = None) -> Record:
    """Write a record; without a file, into measured/, named after the device. Raises UserError if that fails."""
    return Record(told, files.write("conv", told, file))
