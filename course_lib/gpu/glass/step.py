"""What one warp did, step by step: lines of the source, the lanes that ran them, and what those lanes touched.

A step is a run of instructions of one source line by the same lanes; the next turn of a loop begins a new one. It is
the compiled program that runs: the compiler may have unrolled a loop or moved work from one line to another.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from course_lib.gpu.errors import KernelError

SECTOR, BANKS = 32, 32  # bytes of a piece of global memory; banks of shared memory, of 4 bytes each
LISTED = 200  # steps that are printed; a slice shows others
SAID = 6  # events of a step that are: an unrolled loop may have hundreds


@dataclass
class Access:
    """One load, store or atomic of a warp.

    array: its name in the source, None if no one array has all the addresses; does: "reads", "writes" or what an
    atomic does; space: "global", "shared", "local", "const"; element, size: bytes of an element, and that one lane
    touches; origin: where the array begins, in bytes; length: its elements, None if unknown;
    offsets: lane -> bytes from the beginning; values: lane -> what it read, wrote or gave, a tuple.
    """

    array: str | None
    does: str
    space: str
    element: int
    size: int
    origin: int
    length: int | None
    offsets: dict[int, int]
    values: dict[int, tuple] = field(default_factory=dict)

    @property
    def indices(self) -> dict[int, int]:
        """Lane -> index of the element, the first one where it touches several."""
        return {lane: offset // self.element for lane, offset in self.offsets.items()}

    @property
    def outside(self) -> list[int]:
        """The lanes whose element the array does not have."""
        end = None if self.length is None else self.length * self.element
        return [lane for lane, at in self.offsets.items() if end is not None and not 0 <= at <= end - self.size]

    @property
    def sectors(self) -> int:
        """Pieces of 32 bytes of global memory that answer this access."""
        first = [self.origin + offset for offset in self.offsets.values()]
        return len({s for a in first for s in range(a // SECTOR, (a + self.size - 1) // SECTOR + 1)})

    @property
    def passes(self) -> int:
        """Passes over the banks of shared memory; accesses of 8 bytes go half a warp at a time, of 16 a quarter."""
        together, passes = 32 if self.size <= 4 else 16 if self.size <= 8 else 8, 0
        for start in range(0, 32, together):
            mine = [self.origin + o for lane, o in self.offsets.items() if start <= lane < start + together]
            words = {w for a in mine for w in range(a // 4, (a + self.size - 1) // 4 + 1)}
            load = [sum(w % BANKS == bank for w in words) for bank in range(BANKS)]
            passes += max(load)
        return passes

    def __str__(self):
        cost = ""
        if self.space == "global":
            cost = f" ({_many(self.sectors, 'sector')})"
        elif self.space == "shared":
            cost = f" ({_many(self.passes, 'pass')} over the banks)"
        return f"{self.does} {self.array or 'memory of no single array'}{self._places()}{cost}"

    def _places(self) -> str:
        if self.array is None:
            return ""
        at, wide = list(self.indices.values()), max(1, self.size // self.element)
        steps = {b - a for a, b in pairwise(at)} or {wide}
        if steps == {0} or (len(at) == 1 and wide == 1):
            return f"[{at[0]}]" if wide == 1 else f"[{at[0]} … {at[0] + wide - 1}]"
        if steps in ({wide}, {-wide}):
            last = at[-1] + wide - 1 if wide in steps else at[-1]
            return f"[{at[0]} … {last}]"
        if len(at) <= 4:
            return f"[{', '.join(map(str, at))}]"
        return f"[{at[0]}, {at[1]}, {at[2]}, … {at[-1]}]"


@dataclass
class Step:
    """number: its place in the record; line, source: of the kernel's file; lanes: the active mask, lane 0 its lowest
    bit; instructions: of the warp; events: what happened, in order, each an Access or words."""

    number: int
    line: int
    source: str
    lanes: int
    instructions: int = 0
    events: list[Access | str] = field(default_factory=list)

    @property
    def accesses(self) -> list[Access]:
        return [event for event in self.events if isinstance(event, Access)]

    @property
    def notes(self) -> list[str]:
        """Events that are no access: barriers, shuffles, lanes that part, meet or end."""
        return [event for event in self.events if isinstance(event, str)]

    @property
    def active(self) -> int:
        """How many lanes run."""
        return self.lanes.bit_count()

    @property
    def mask(self) -> str:
        """Lane 0 first: # runs, . does not."""
        return "".join("#" if self.lanes >> lane & 1 else "." for lane in range(32))

    @property
    def words(self) -> str:
        """What happened, in words."""
        said = list(dict.fromkeys(map(str, self.events)))
        more = [f"and {len(said) - SAID} more"] if len(said) > SAID else []
        return "; ".join([*said[:SAID], *more])


@dataclass(frozen=True)
class Steps:
    """What `kernel.step(…)` returns: a sequence of Step, and the launch they are from. A slice of it is Steps too.

    of, warp: the block and the warp that were followed; threads: lanes that the warp has; cut: whether the record ended
    before the warp did; fault: the KernelError that stopped the launch, or None.
    It prints as a listing and shows as a picture in a notebook.
    """

    kernel: str
    filename: str
    source: tuple[str, ...]
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    of: tuple[int, int, int]
    warp: int
    threads: int
    cut: bool
    fault: KernelError | None
    steps: list[Step]

    def __len__(self):
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __getitem__(self, index):
        return replace(self, steps=self.steps[index]) if isinstance(index, slice) else self.steps[index]

    def thread(self, lane: int) -> tuple[int, int, int]:
        """threadIdx of a lane."""
        (x, y, _), at = self.block, 32 * self.warp + lane
        return at % x, at // x % y, at // (x * y)

    @property
    def title(self) -> str:
        last = self.thread(self.threads - 1)
        return (
            f"{self.kernel} ({self.filename}), block {self.of}, warp {self.warp}: "
            f"threads {self.thread(0)} to {last}, {_many(len(self), 'step')}"
        )

    @property
    def end(self) -> str:
        """Why the record ends, where it is not the end of the warp."""
        if self.fault:
            return f"The launch was stopped: {self.fault}"
        return "The record was cut here: most=… allows more steps." if self.cut else ""

    def listing(self, most: int) -> str:
        """The first steps as lines of text."""
        wide = max((len(step.source.strip()) for step in self.steps[:most]), default=0)
        rows = [f"{'step':>5}  {'line':>4}  {'lanes 0 to 31':<32}  {'source':<{wide}}  what happens"]
        for step in self.steps[:most]:
            said = f"{step.number:5}  {step.line:4}  {step.mask}  {step.source.strip():<{wide}}  {step.words}"
            rows.append(said.rstrip())
        left = len(self) - most
        return "\n".join([*rows, *([f"… and {_many(left, 'step')} more; a slice shows them"] if left > 0 else [])])

    def __repr__(self):
        return "\n".join(filter(None, [self.title, self.listing(LISTED), self.end]))

    def _repr_html_(self):
        from course_lib.gpu.glass.step_picture import picture

        return picture(self)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what if count == 1 else what + ('es' if what.endswith('s') else 's')}"
