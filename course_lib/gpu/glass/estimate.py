"""What would bound a profiled kernel on a named machine: a model of its units, not a measurement.

Every unit is given the time it would need for its share if it never waited; the slowest one is named. The model:

| unit             | what it is given                                             | pace                             |
|------------------|--------------------------------------------------------------|----------------------------------|
| memory           | sectors touched at all (perfect caches) … moved (no caches)  | the data sheet's bandwidth       |
| load/store unit  | passes over the banks; requests, and their sectors by fours  | one a cycle and multiprocessor   |
| issue            | warp instructions, as PTX has them                           | four a cycle and multiprocessor  |
| fp32, fp64, integer, special | warp instructions of that kind                   | 32 / lanes cycles each           |
| tensor           | operations of matrix products                                | the data sheet's peak            |

Blocks are dealt out evenly, so the last round may leave multiprocessors idle. Latency, the L2 cache's own bandwidth,
and what the assembler makes of PTX (it drops, merges and adds instructions) are left out. A roofline after Williams,
Waterman and Patterson, *Roofline*, 2009.
"""

from dataclasses import dataclass

from course_lib.gpu.errors import CompileError
from course_lib.gpu.resources import Resources
from course_lib.hardware import Machine, Occupancy, occupancy

SCHEDULERS = 4  # of a multiprocessor, each of which issues one instruction a cycle
SPECIAL_LANES = 16  # of a multiprocessor, for reciprocals, roots, sines and the like
FEW_WARPS = 0.25  # of what a multiprocessor holds: below, it may wait for memory with nothing else to do
MEMORY, LOAD_STORE, ISSUE = "memory", "load/store unit", "issue slots"


@dataclass(frozen=True)
class Estimate:
    """times: seconds by unit, memory with perfect caches; uncached: seconds of memory without any cache.

    resources and occupancy are None where the machine's architecture cannot run the kernel. kind: of most operations,
    such as "fp32" ("" if there are none); peak: of that kind in flops/s, None if the machine has none; intensities:
    flops a byte, (without any cache, with perfect ones); notes: sentences.
    """

    machine: Machine
    resources: Resources | None
    occupancy: Occupancy | None
    times: dict[str, float]
    uncached: float
    kind: str
    peak: float | None
    intensities: tuple[float, float]
    notes: tuple[str, ...]

    @property
    def bound_by(self) -> str:
        """The unit with the longest time, caches being perfect."""
        return max(self.times, key=self.times.get)

    @property
    def caches_decide(self) -> bool:
        """Whether memory would be the slowest if no cache helped, though it is not if they are perfect."""
        return self.bound_by != MEMORY and self.uncached > self.times[self.bound_by]

    @property
    def attainable(self) -> tuple[float, float] | None:
        """Flops/s under the roofline, (without any cache, with perfect ones)."""
        if self.peak is None:
            return None
        return tuple(min(self.peak, i * self.machine.bandwidth) for i in self.intensities)

    @property
    def verdict(self) -> str:
        """One sentence."""
        slowest, most = self.bound_by, self.times[self.bound_by]
        if slowest == MEMORY:
            return f"memory is the slowest even if every sector is moved once: {seconds(most)}"
        if not self.caches_decide:
            return f"the {slowest} {_is(slowest)} the slowest: {seconds(most)}"
        least = self.times[MEMORY]
        share = (self.uncached - most) / (self.uncached - least)
        return (
            f"the {slowest} {_is(slowest)} the slowest ({seconds(most)}) if the caches catch {share:.0%} or more of "
            f"what is moved again; if they catch less, memory is (up to {seconds(self.uncached)})"
        )


def _is(unit):
    return "are" if unit.endswith("s") else "is"


def estimate(profile) -> Estimate:
    """The estimate for `profile.where`. profile: profile.Profile."""
    where, notes = profile.where, []
    resources = fits = None
    try:
        resources = profile.resources
    except CompileError:
        notes.append(f"the compiler refuses this kernel for the {where.name} ({where.sm.target})")
    if resources:
        fits = occupancy(where, profile.threads, resources.registers, resources.shared + profile.dynamic_shared)
        notes += _notes(profile, where, resources, fits)
    times = {unit: time for unit, time in _times(profile, where).items() if time or unit == MEMORY}
    local = sum(line.local_moved for line in profile.lines.values())
    moved, touched = profile.total("bytes_moved"), profile.read + profile.written
    kinds = profile.sum("work")
    kind = max(kinds, key=kinds.get) if kinds else ""
    peak = where.peaks.get(kind)
    if kind and peak is None:
        notes.append(f"the {where.name} has no units for {kind}")
    flops = sum(kinds.values())
    intensities = tuple(flops / b if b else float("inf") for b in (moved, touched))
    uncached = (moved + local) / where.bandwidth
    return Estimate(where, resources, fits, times, uncached, kind, peak, intensities, tuple(notes))


def _times(profile, where):
    """Seconds by unit."""
    share = -(-profile.blocks // where.sms) / profile.blocks  # of all cycles, on the busiest multiprocessor
    kinds, sm = profile.sum("kinds"), where.sm
    unit = 0
    for line in profile.lines.values():
        for space in ("global", "local"):
            cost = line.memory[space]
            unit += max(cost.requests, cost.sectors / 4)
        unit += line.wavefronts
    cycles = {LOAD_STORE: unit, ISSUE: sum(kinds.values()) / SCHEDULERS}
    lanes = {"fp32": sm.fp32, "fp64": sm.fp64, "integer": sm.integer, "special": SPECIAL_LANES}
    cycles |= {f"{kind} units": kinds[kind] * 32 / n for kind, n in lanes.items()}
    times = {name: c * share / where.clock for name, c in cycles.items()}
    tensor = {k: n for k, n in profile.sum("tensor_work").items() if k in where.peaks}
    times["tensor cores"] = sum(n / where.peaks[k] for k, n in tensor.items()) * share * where.sms
    return {MEMORY: (profile.read + profile.written) / where.bandwidth} | times


def _notes(profile, where, resources, fits):
    if not fits.blocks:
        yield f"a block asks for more {fits.limited_by} than a multiprocessor of the {where.name} has: it cannot start"
        return
    if fits.fraction < FEW_WARPS:
        yield (
            f"{fits.warps} of {where.sm.warps} warps fit a multiprocessor, limited by {fits.limited_by}: they may be "
            f"too few to hide the time that memory takes to answer"
        )
    if profile.blocks < where.sms:
        yield f"the grid leaves {where.sms - profile.blocks} of {where.sms} multiprocessors idle: too few blocks"
    if resources.spill_loads or resources.spill_stores:
        yield "registers are spilled to memory, which PTX, and so these counts, do not show"
    if profile.read + profile.written < where.l2 and profile.total("bytes_moved"):
        yield "all that is touched fits the L2 cache, so a second launch may find it there"


def seconds(time: float) -> str:
    """In words, with three digits."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if time >= size:
            return f"{time / size:.3g} {unit}"
    return f"{time / 1e-9:.3g} ns"
