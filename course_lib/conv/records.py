"""Records of real runs: what `course measure conv` wrote into measured/, and how a lesson shows it."""

from pathlib import Path

from course_lib import records as files
from course_lib.conv.fastest import Point


class Record(files.Record):
    """One run on one GPU."""

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
            yield [algorithm, *(files.speed(rows.get(layer), "share_of_cudnn") for layer in layers)]

    def title(self) -> str:
        told = self.told
        return (
            f"{self.where}: TFLOP/s, as if all had the definition's flops, and share of "
            f"cuDNN's speed, medians of {told['rounds']} rounds ({told['clock']})"
        )


def records(folder: Path = files.FOLDER) -> list[Record]:
    """Every record, the newest first; none if nobody measured yet. Raises UserError for a file that is no record."""
    return files.read("conv", Record, folder)


def line(rows: list[dict]) -> str:
    """What one layer gave, to be read while the others are measured."""
    shown = ", ".join(f"{row['algorithm']} {files.speed(row, 'share_of_cudnn')}" for row in rows)
    return f"{rows[0]['layer']}, {rows[0]['batch']} images: {shown}"


def line_of_point(point: Point) -> str:
    """The fastest of one size, to be read while the others are measured."""
    filters, images = f"{point.kernel} x {point.kernel}", f"batch {point.batch} of {point.image} x {point.image}"
    shown = f"{point.best}, {point.seconds[point.best] * 1000:.3f} ms"
    return f"{filters}, {point.channels} channels, {images}: {shown}"


def write(told: dict, file: Path | None = None) -> Record:
    """Write a record; without a file, into measured/, named after the device. Raises UserError if that fails."""
    return Record(told, files.write("conv", told, file))
