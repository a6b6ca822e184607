"""What a kernel's warps did, by source line: the counts of watch.h, added up.

A *request* is one access of one warp. Global memory answers it in sectors of 32 bytes, shared memory in passes over
its 32 banks (NVIDIA calls them wavefronts); requests.py has the rules. The ideal is the fewest that could hold the
bytes that were asked for.

Instructions are those of PTX. Its accesses to memory are the machine code's too, one for one, but for these: where one
thread wants neighbours in shared memory, NVIDIA's assembler merges up to four loads into one (LDS.128), of which PTX
knows nothing. Requests of one warp, compiled for sm_90; the tests hold this table, and kernels without an exception,
against the machine code:

    | kernel | kind          | PTX | machine code | where                                                      |
    |--------|---------------|-----|--------------|------------------------------------------------------------|
    | row    | shared loads  |  32 |            8 | a thread adds a row of its tile: s[threadIdx.x][j]         |
    | tiled  | shared loads  | 128 |           80 | 03_tiled.cu, 4 tiles of 16: a[y][e] merges, b[e][x] cannot |

A wmma load or store is one request; in machine code that is so for elements of 16 bits in shared memory (LDSM).
Arrays of a thread whose indices are all literals live in registers, in PTX already; spills (`resources`) never show.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from course_lib.gpu.glass import work
from course_lib.gpu.glass.estimate import Estimate, estimate
from course_lib.gpu.glass.fast_counting import RUNS, STEPS
from course_lib.gpu.glass.report_html import html
from course_lib.gpu.glass.report_text import text
from course_lib.gpu.glass.requests import SECTOR, Request, total
from course_lib.gpu.resources import Resources
from course_lib.hardware import Machine, machine

SPACES = ("global", "shared", "local")
COUNTS = (
    "instructions",
    "lanes",
    "flops",
    "branches",
    "parted",
    "loaded",
    "global_requests",
    "sectors",
    "ideal",
    "used",
)
COUNTS += (
    "global_atomics",
    "copies_to_shared",
    "shared_loads",
    "shared_requests",
    "wavefronts",
    "smooth",
    "worst",
    "local_moved",
)


@dataclass
class Line:
    """The counts of one source line, over the whole grid.

    kinds: warp instructions by work.KINDS; lanes: how many of their 32 lanes were active, added up; work: operations of
    active lanes by type, such as "fp32", tensor_work: those of them in matrix products; branches: that warps ran,
    parted: whose lanes took both ways; loaded: bytes that lanes read from global memory, each counting its own;
    costs: what the requests of warps cost, by one of SPACES and their kind, such as "global loads".
    """

    number: int
    source: str
    kinds: Counter = field(default_factory=Counter)
    lanes: int = 0
    work: Counter = field(default_factory=Counter)
    tensor_work: Counter = field(default_factory=Counter)
    branches: int = 0
    parted: int = 0
    loaded: int = 0
    costs: dict[tuple[str, str], Request] = field(default_factory=dict)

    instructions = property(lambda self: sum(self.kinds.values()), doc="Of warps.")
    flops = property(lambda self: sum(n for k, n in self.work.items() if k[:3] != "int"), doc="Floating-point ones.")
    global_requests = property(lambda self: self.memory["global"].requests)
    global_atomics = property(lambda self: self.requests["global atomics"], doc="Requests; a warp's lanes make one.")
    copies_to_shared = property(lambda self: self.requests["copies to shared"], doc="Asynchronous ones.")
    shared_loads = property(lambda self: self.requests["shared loads"])
    sectors = property(lambda self: self.memory["global"].sectors, doc="Of global memory.")
    ideal = property(lambda self: self.memory["global"].ideal, doc="The fewest that could hold what was asked for.")
    used = property(lambda self: self.memory["global"].used, doc="Bytes asked for, each once a request.")
    shared_requests = property(lambda self: self.memory["shared"].requests)
    wavefronts = property(lambda self: self.memory["shared"].wavefronts, doc="Passes over shared memory's banks.")
    smooth = property(lambda self: self.memory["shared"].smooth, doc="The fewest that could do.")
    worst = property(lambda self: self.memory["shared"].worst, doc="The most passes of one request.")
    bytes_moved = property(lambda self: self.sectors * SECTOR, doc="Of global memory.")
    local_moved = property(lambda self: self.memory["local"].sectors * SECTOR, doc="Of local arrays, in bytes.")

    @property
    def counts(self) -> dict[str, int]:
        """Every whole number of this line by its name, as plain data."""
        return {name: getattr(self, name) for name in COUNTS}

    @property
    def requests(self) -> Counter:
        """How many of each kind; the other side of a copy is no request of its own."""
        return sum((Counter({kind: cost.requests}) for (_, kind), cost in self.costs.items() if kind), Counter())

    @property
    def memory(self) -> dict[str, Request]:
        """What the requests of each of SPACES cost."""
        return {space: total(cost for (where, _), cost in self.costs.items() if where == space) for space in SPACES}

    @property
    def active_lanes(self) -> float:
        """Of 32, on average."""
        return _ratio(self.lanes, self.instructions)

    @property
    def sectors_per_request(self) -> float:
        return _ratio(self.sectors, self.global_requests)

    @property
    def ideal_sectors_per_request(self) -> float:
        return _ratio(self.ideal, self.global_requests)

    @property
    def bank_conflict(self) -> float:
        """Passes over the banks for each that was needed: 1 is free of conflicts, 32 the worst."""
        return _ratio(self.wavefronts, self.smooth)

    @property
    def divergence(self) -> float:
        """The share of branches whose lanes took both ways."""
        return _ratio(self.parted, self.branches)

    @property
    def intensity(self) -> float:
        """Floating-point operations for each byte of global memory that this line moved."""
        return self.flops / self.bytes_moved if self.bytes_moved else float("inf") if self.flops else 0.0


@dataclass
class Profile:
    """What `kernel.profile(...)` returns: lines by number, totals, and an estimate for a named machine.

    It prints as a listing. blocks, threads, shared: the launch's (threads and bytes of a block); needs: its resources
    for an architecture; read, written: bytes of global memory that were touched at all, in whole sectors; where: the
    machine that the estimate is for, an H200 until `on` names another.
    """

    kernel: str
    filename: str
    lines: dict[int, Line] = field(default_factory=dict)
    blocks: int = 1
    threads: int = 1
    dynamic_shared: int = 0
    read: int = 0
    written: int = 0
    needs: object = None  # target -> Resources
    where: Machine = field(default_factory=lambda: machine("H200"))

    def on(self, name: str | Machine) -> "Profile":
        """The same counts, judged for another machine of hardware.py. Raises HardwareError."""
        return replace(self, where=machine(name))

    def total(self, name: str) -> int:
        """The sum of a field or property of all lines."""
        return sum(getattr(line, name) for line in self.lines.values())

    def sum(self, name: str) -> Counter:
        """The sum of `kinds`, `work` or `requests` over all lines."""
        return sum((getattr(line, name) for line in self.lines.values()), Counter())

    @property
    def intensity(self) -> float:
        """Floating-point operations for each byte that global memory moved."""
        moved = self.total("bytes_moved")
        return self.total("flops") / moved if moved else float("inf")

    @property
    def resources(self) -> Resources:
        """Registers, spills and shared memory on the machine's architecture."""
        return self.needs(self.where.sm.target)

    @property
    def estimate(self) -> Estimate:
        """What would bound the kernel on the machine: a model, no measurement (estimate.py)."""
        return estimate(self)

    def listing(self) -> list[Line]:
        """The lines that ran, in order."""
        return [line for _, line in sorted(self.lines.items()) if line.instructions]

    def __getitem__(self, number: int) -> Line:
        """The counts of that source line. Raises KeyError, which lists those that there are."""
        if number not in self.lines:
            ran = ", ".join(str(line.number) for line in self.listing())
            raise KeyError(f"no code of line {number!r} of {self.filename} ran; the lines that did are {ran}")
        return self.lines[number]

    def __repr__(self):
        return text(self)

    def _repr_html_(self):
        return html(self)


def _ratio(a, b):
    return a / b if b else 0.0


def summarise(kernel, translation, counts: list[int], blocks: int = 1, dynamic_shared: int = 0) -> Profile:
    """The counts of a launch by line. kernel: module.Kernel; translation: of emit.translate(…, PROFILE); counts: of
    run.launch; blocks: of the grid; dynamic_shared: bytes of a block."""
    program, source = translation.program, kernel.source.split("\n")
    *counts, read, written = counts
    profile = Profile(kernel.name, kernel.filename, {}, blocks, program.threads, dynamic_shared)
    profile.read, profile.written, profile.needs = read * SECTOR, written * SECTOR, kernel.resources

    def at(number) -> Line:
        if number not in profile.lines:
            told = source[number - 1] if 0 < number <= len(source) else ""
            profile.lines[number] = Line(number, told.rstrip())
        return profile.lines[number]

    first_row = 8 * len(translation.sites)
    first_block = len(counts) - 4 * len(program.flow.blocks)
    runs = [counts[first_block + 4 * b :][:4] for b in range(len(program.flow.blocks))]
    for site, n in zip(translation.sites, range(0, first_row, 8), strict=True):
        _add(at(site.line), site, Request(*counts[n : n + 8]), program.request_kinds.get(n // 8))
    for row in program.rows:
        if row.by != STEPS:
            start = first_row + 32 * row.number
            site = translation.sites[row.site]
            times = counts[start : start + 32] if row.by != RUNS else []
            _add(at(site.line), site, row.cost(times, runs[row.block][0]), None)
    for block, (fast, spread, lanes, parted) in zip(program.flow.blocks, runs, strict=True):
        for (number, opcode), n in Counter((i.line, i.opcode) for i in block.instructions).items():
            line, (kind, type_, each) = at(number), work.of(opcode)
            line.kinds[kind] += n * (fast + spread)
            line.lanes += n * (32 * fast + lanes)
            if each:
                line.work[type_] += n * (32 * fast + lanes) * each
                if kind == "tensor":
                    line.tensor_work[type_] += n * (32 * fast + lanes) * each
        last = block.instructions[-1]
        at(last.line).parted += parted
        at(last.line).branches += fast + spread if last.parts[0] == "bra" and last.guard else 0
    return profile


def _add(line, site, cost: Request, kind):
    if not cost.requests:
        return
    space = site.space if site.space in SPACES else "shared" if cost.wavefronts else "global"
    kind = f"{site.space or space} {site.verb}" if kind is None else kind
    key = ("const" if site.space == "const" else space, kind)
    line.costs[key] = line.costs.get(key, Request()).plus(cost)
    if site.reads and space == "global":
        line.loaded += cost.used if kind == "matrix loads" else cost.lanes * site.bytes
