"""What `kernel.check` found: findings in the order of the source."""

from dataclasses import dataclass, replace

from course_lib.gpu.glass.findings_html import html


@dataclass(frozen=True)
class Finding:
    """One mistake of a kernel, at the first place and time where it showed.

    kind: OUT_OF_BOUNDS and so on, below; line, block, thread: where; other_line, other_block, other_thread: of the
    access or barrier that it clashes with; array, index: of the element; count: how often; text: all that, and what
    to do, in a sentence. What does not apply is None.
    """

    kind: str
    line: int
    text: str
    other_line: int | None = None
    block: tuple[int, int, int] | None = None
    thread: tuple[int, int, int] | None = None
    other_block: tuple[int, int, int] | None = None
    other_thread: tuple[int, int, int] | None = None
    array: str | None = None
    index: int | None = None
    count: int = 1

    @property
    def place(self):
        """What tells one mistake from another."""
        return self.kind, self.array, {self.line, self.other_line}

    def __str__(self):
        times = f" ({self.count:,} times)" if self.count > 1 else ""
        return f"{self.kind}{times}: {self.text}"


OUT_OF_BOUNDS, MISALIGNED = "out of bounds", "misaligned"
UNINITIALISED, UNFINISHED = "uninitialised read", "unfinished copy"
RACE, RACE_IN_WARP, RACE_OF_BLOCKS = "race", "race within a warp", "race between blocks"
RACES = {RACE, RACE_IN_WARP, RACE_OF_BLOCKS}
DIVERGENT, MISSING = "divergent barrier", "missing threads at a barrier"
INACTIVE, ORDER = "inactive lane", "order dependence"
DEADLOCK, TRAP, TIME_LIMIT = "deadlock", "trap", "time limit"


def together(findings: list[Finding]) -> list[Finding]:
    """Those of one launch, of which a line's may come in parts: from both halves of the translated kernel."""
    found: list[Finding] = []
    for finding in findings:
        same = (n for n, f in enumerate(found) if f.place == finding.place and f.other_line is None)
        if (n := next(same, None)) is None:
            found.append(finding)
        else:
            found[n] = replace(found[n], count=found[n].count + finding.count)
    return found


class Report(list):
    """A list of Findings, empty if the kernel is clean; `notes` are remarks that are no mistakes."""

    def __init__(self, kernel, blocks: int, threads: int, orders: int):
        super().__init__()
        self.kernel, self.filename, self.source = kernel.name, kernel.filename, kernel.source
        self.launches = f"{blocks:,} block{'s' if blocks > 1 else ''} of {threads:,} threads"
        self.launches += f" in {orders} orders" if orders > 1 else ""
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def merge(self, findings: list[Finding]) -> None:
        """Add what is new. Two that name the same lines are one; a read that lost a race to its write is a race."""
        for finding in findings:
            if all(f.place != finding.place for f in self):
                self.append(finding)
        races = [f for f in self if f.kind in RACES | {UNFINISHED}]
        lost = {(f.array, line) for f in races for line in (f.line, f.other_line)}
        self[:] = [f for f in self if f.kind != UNINITIALISED or (f.array, f.line) not in lost]
        self.sort(key=lambda f: f.line)

    def __repr__(self):
        head = f"{self.kernel} ({self.filename}), {self.launches}: "
        head += f"{len(self)} finding{'s' if len(self) != 1 else ''}" if self else "no mistake found"
        return "\n".join([head, *(f"  {f}" for f in self), *(f"  note: {n}" for n in self.notes)])

    __str__ = __repr__

    def _repr_html_(self):
        return html(self)
