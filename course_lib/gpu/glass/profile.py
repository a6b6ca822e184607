"""What a kernel's warps did, by source line: the counts of watch.h, added up and shown.

A *request* is one access of one warp. Global memory answers it in sectors of 32 bytes, shared memory in passes over
its 32 banks (NVIDIA calls them wavefronts). The ideal is the fewest that could hold the bytes that were asked for.
"""

from dataclasses import dataclass, field
from html import escape

from course_lib.gpu.glass.collective import atomic_name
from course_lib.gpu.glass.ptx import Instruction

TALLY = ("requests", "lanes", "used", "sectors", "ideal", "wavefronts", "smooth", "worst")
SECTOR = 32  # bytes


@dataclass
class Line:
    """The counts of one source line, over the whole grid.

    instructions: of warps; lanes: how many of their 32 lanes were active, added up; flops: of active lanes;
    parted: branches whose lanes took both ways; loaded: bytes that the lanes read from global memory, each counting its
    own; sectors, ideal, used: what that took, used in bytes, each byte once a request;
    wavefronts, smooth, worst: of shared memory.
    """

    number: int
    source: str
    instructions: int = 0
    lanes: int = 0
    flops: int = 0
    parted: int = 0
    loaded: int = 0
    global_requests: int = 0
    sectors: int = 0
    ideal: int = 0
    used: int = 0
    shared_requests: int = 0
    wavefronts: int = 0
    smooth: int = 0
    worst: int = 0

    @property
    def active_lanes(self) -> float:
        """Of 32, on average."""
        return self.lanes / self.instructions if self.instructions else 0.0

    @property
    def sectors_per_request(self) -> float:
        return self.sectors / self.global_requests if self.global_requests else 0.0

    @property
    def ideal_sectors_per_request(self) -> float:
        return self.ideal / self.global_requests if self.global_requests else 0.0

    @property
    def bank_conflict(self) -> float:
        """Passes over the banks for each that was needed: 1 is free of conflicts, 32 the worst."""
        return self.wavefronts / self.smooth if self.smooth else 0.0

    @property
    def bytes_moved(self) -> int:
        """Of global memory."""
        return self.sectors * SECTOR


@dataclass
class Profile:
    """What `kernel.profile(...)` returns: lines by number, and totals. It prints as a listing."""

    kernel: str
    filename: str
    lines: dict[int, Line] = field(default_factory=dict)

    def total(self, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines.values())

    @property
    def intensity(self) -> float:
        """Floating-point operations for each byte that global memory moved."""
        moved = self.total("bytes_moved")
        return self.total("flops") / moved if moved else float("inf")

    def __getitem__(self, number: int) -> Line:
        return self.lines[number]

    def __repr__(self):
        table = self._table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        rows = ["  ".join([*(c.rjust(w) for c, w in zip(cells, widths, strict=False)), code]) for *cells, code in table]
        return "\n".join([f"{self.kernel} ({self.filename})", *rows, self.summary()])

    def _table(self) -> list[list[str]]:
        """The heads of the columns, then a row a line, without the columns that no line has anything for."""
        rows = [_cells(line) for line in self._listing()]
        kept = [i for i in range(len(COLUMNS)) if any(row[i] for row in rows)]
        return [[row[i] for i in kept] for row in (COLUMNS, *rows)]

    def summary(self) -> str:
        moved, used = self.total("bytes_moved"), self.total("used")
        share = f", {used / moved:.0%} of them asked for" if moved else ""
        return (
            f"{self.total('instructions'):,} warp instructions, {self.total('flops'):,} flops, "
            f"{moved:,} bytes of global memory moved{share}, {self.intensity:.2f} flops a byte"
        )

    def _listing(self):
        return [line for _, line in sorted(self.lines.items()) if line.instructions]

    def _repr_html_(self):
        heads, *rows = self._table()
        most = max((line.instructions for line in self._listing()), default=1)
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
        heats = (line.instructions / most for line in self._listing())
        body = "".join(_row(row, heat) for row, heat in zip(rows, heats, strict=True))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        title = f"<b>{escape(self.kernel)}</b> ({escape(self.filename)}), the whole grid"
        return f'<p>{title}</p><div style="overflow-x: auto">{table}</div><p>{escape(self.summary())}</p>'


COLUMNS = ("line", "instructions", "lanes", "sectors/request", "ideal", "bank passes", "flops", "source")


def _cells(line):
    sectors = (
        (f"{line.sectors_per_request:.2f}", f"{line.ideal_sectors_per_request:.2f}")
        if line.global_requests
        else ("", "")
    )
    passes = f"{line.bank_conflict:.2f}" if line.shared_requests else ""
    flops = f"{line.flops:,}" if line.flops else ""
    return (
        str(line.number),
        f"{line.instructions:,}",
        f"{line.active_lanes:.1f}",
        *sectors,
        passes,
        flops,
        line.source,
    )


def _row(row, heat):
    """The hotter a line, the deeper its colour; the number of instructions says the same."""
    *cells, source = map(escape, row)
    style = "text-align: left; white-space: pre; font-family: monospace; font-size: 90%;"
    style += f" background: rgba(230, 120, 30, {0.5 * heat:.2f})"
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + f'<td style="{style}">{source}</td></tr>'


def summarise(kernel, translation, counts: list[int]) -> Profile:
    """The counts of a launch by line. kernel: module.Kernel; translation: of emit.translate(…, watched=True)."""
    text = kernel.source.split("\n")
    profile = Profile(kernel.name, kernel.filename)

    def at(number) -> Line:
        source = text[number - 1] if 0 < number <= len(text) else ""
        return profile.lines.setdefault(number, Line(number, source.rstrip()))

    for i, site in enumerate(translation.sites):
        tally = dict(zip(TALLY, counts[8 * i : 8 * i + 8], strict=True))
        if tally["requests"]:
            _add_access(at(site.line), tally)
            at(site.line).loaded += tally["lanes"] * site.bytes if site.reads_global else 0
    blocks = translation.program.flow.blocks
    for b, block in enumerate(blocks):
        start = 8 * len(translation.sites) + 3 * b
        runs, lanes, parted = counts[start : start + 3]
        for instruction in block.instructions:
            line = at(instruction.line)
            line.instructions += runs
            line.lanes += lanes
            line.flops += lanes * flops(instruction)
        at(block.instructions[-1].line).parted += parted
    return profile


def _add_access(line, tally):
    if tally["wavefronts"]:
        line.shared_requests += tally["requests"]
        line.wavefronts += tally["wavefronts"]
        line.smooth += tally["smooth"]
        line.worst = max(line.worst, tally["worst"])
    else:
        line.global_requests += tally["requests"]
        line.sectors += tally["sectors"]
        line.ideal += tally["ideal"]
        line.used += tally["used"]


def flops(instruction: Instruction) -> int:
    """Floating-point operations of one lane: a fused multiply-add counts two, a conversion or comparison none."""
    name, type_ = instruction.parts[0], instruction.parts[-1]
    each = 2 if type_.endswith("x2") else 1
    if not type_.startswith(("f16", "bf16", "f32", "f64")):
        return 0
    if name in ("fma", "mad"):
        return 2 * each
    counted = ("add", "sub", "mul", "div", "rcp", "sqrt", "rsqrt", "min", "max", "ex2", "lg2", "sin", "cos", "tanh")
    return each if name in counted or (atomic_name(instruction) or "").startswith("add.f") else 0
