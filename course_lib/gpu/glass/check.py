"""`kernel.check`: run a kernel and look at everything it does to memory, at its barriers, and at its order.

shadow.h and order.h say what is looked for. The launch is repeated with its blocks, warps and atomics in other orders;
where its results then differ, they depend on what a GPU does not promise.

It looks at one launch with its data: what these never do is not found. What it takes for a mistake, though it may be
meant: a plain read beside another thread's atomic or store, even if every value would do (read it with `volatile`);
places given to who comes first, as in a queue or a list; a barrier before which threads returned, for which GPUs since
Volta wait no longer; a read of shared memory that nobody wrote, even if its value is not used (cub's merge sort looks
one element too far); a full mask of a shuffle where lanes have ended; a store to what another lane read, with only a
shuffle between the two (it orders no memory); now and then a load that the compiler alone moved to where other threads
make it too (speculated.py knows the common ones).
What it does not see: an index that leaves a row of a 2-D array, a part of the dynamic shared memory, or one of several
local arrays, and stays inside the whole; a variable in a register that got no value; a fence missing where a lock is
taken or a flag is read (only the one before the atomic that publishes is asked for), or after a constant that is stored
volatile (a flag is); a race whose threads store the same value in these data; an element of which other bytes were
written; a bulk copy to global memory that nobody waits for. A lane that a shuffle's mask does not name may be read as
long as nothing depends on it. Blocks change places only where one waits: what they do in between is not torn apart.
Where one mistake leads to others, as an unwritten index to a wrong place, these are found too.
"""

import ctypes
from typing import NamedTuple

import numpy as np

from course_lib.gpu.errors import KernelError, LaunchError
from course_lib.gpu.glass.array import Allocation, live
from course_lib.gpu.glass.fault import Stamp
from course_lib.gpu.glass.findings import RACES, Finding, Report, together
from course_lib.gpu.glass.instrument import CHECK
from course_lib.gpu.glass.ptx import PRINTED, Instruction
from course_lib.gpu.glass.run import Doubt, Fault, launch, pack, reachable
from course_lib.gpu.glass.verdict import STRANGER, Verdict

MOST = 256  # findings of one launch
ROUNDING = {2: 3e-2, 4: 1e-3, 8: 1e-3}  # by the bytes of a float, relative: what the order of a sum may change
ROUNDING_OF_BFLOAT16 = 0.25  # it has 8 bits where a half has 11


class Ground(ctypes.Structure):
    """The mirror of `struct ground` in shadow.h."""

    _fields_ = [(n, ctypes.c_uint64) for n in ("first", "bytes", "wrote", "read", "other", "written")]


class Found(ctypes.Structure):
    """The mirror of `struct finding`."""

    _fields_ = [("at", Fault), ("other", ctypes.c_uint64), ("count", ctypes.c_uint64)]
    _fields_ += [("other_block", ctypes.c_uint32 * 3), ("pad", ctypes.c_uint32)]


class Findings(ctypes.Structure):
    """The mirror of `struct findings`."""

    _fields_ = [("turns", ctypes.c_void_p), ("turn_room", ctypes.c_uint64)]
    _fields_ += [("most", ctypes.c_uint64), ("count", ctypes.c_uint64)]
    _fields_ += [("list", Found * MOST)]


class Watch:
    """One checked launch: the shadows of its arrays, and what it found."""

    def __init__(self, order: int, tracked: list[Allocation], blocks: int, cell: int):
        self.order, self.first, self.cell = order, order == 0, cell
        self.stamps = {a: [np.zeros(-(-a.nbytes // cell) + 1, np.uint64) for _ in range(3)] for a in tracked}
        self.turns = np.zeros((4 * blocks + 64, 2), np.uint32)  # (time, block): who ran from then on
        self.findings = Findings(self.turns.ctypes.data, len(self.turns), MOST, 0)
        self.fault = None

    def attach(self, state, allocations: list[Allocation], roots, trusted: set[int]) -> None:
        """Fill in the `struct launch`. allocations: every live one, by address; roots: extents, as of its own;
        trusted: numbers of those that must be written all over, or Doubt is raised."""
        behind = [next((a for a in allocations if a.pointer <= r.first < a.pointer + a.nbytes), None) for r in roots]
        whole = [a is not None and a.written is None and behind.count(a) == 1 for a in behind]
        self.whole = (ctypes.c_uint8 * max(1, len(whole)))(*whole)
        if not all(whole[number] for number in trusted):
            raise Doubt
        state.whole = ctypes.addressof(self.whole)
        self.grounds = (Ground * max(1, len(allocations)))()
        for ground, a in zip(self.grounds, allocations, strict=False):
            ground.first, ground.bytes = a.pointer, a.nbytes
            if a in self.stamps:
                ground.wrote, ground.read, ground.other = (s.ctypes.data for s in self.stamps[a])
                ground.written = 0 if a.written is None else a.written.ctypes.data
        state.findings, state.grounds = ctypes.addressof(self.findings), ctypes.addressof(self.grounds)
        state.order = self.order

    def found(self) -> list[Found]:
        return self.findings.list[: self.findings.count]

    def writer(self, allocation: Allocation, offset: int) -> tuple[Stamp, int] | None:
        """Who wrote this byte last, and in which block; None if nobody in this launch did."""
        bits = int(self.stamps[allocation][0][offset // self.cell])
        if not bits:
            return None
        stamp, turns = Stamp.of(bits), self.turns[self.turns[:, 0] > 0]
        return stamp, int(turns[np.searchsorted(turns[:, 0], stamp.time, "right") - 1, 1])


class _Saved(NamedTuple):
    """The contents of an allocation, and which of its bytes were written."""

    allocation: Allocation
    bytes: np.ndarray
    written: np.ndarray | None

    @classmethod
    def of(cls, allocation):
        written = allocation.written
        return cls(allocation, allocation.bytes.copy(), None if written is None else written.copy())

    def restore(self):
        self.allocation.bytes[:] = self.bytes
        if self.written is not None:
            self.allocation.written[:] = self.written


def check(kernel, translate, grid, block, args, shared_bytes, orders: int, seed: int) -> Report:
    """kernel: module.Kernel; translate: emit.translate of it; args: checked. Raises LaunchError.

    What the kernel wrote stays written, as after a plain run.
    """
    for name, value, least in (("orders", orders, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise LaunchError(f"{name} is an integer of at least {least}, but {value!r} came")
    given = grid, block, args, shared_bytes, int(orders), int(seed)
    try:
        return _check(kernel, translate(block, CHECK, True), *given)
    except Doubt:
        return _check(kernel, translate(block, CHECK, False), *given)


def _check(kernel, translation, grid, block, args, shared_bytes, orders: int, seed: int) -> Report:
    """All orders. Raises Doubt if the translation's trust is in vain; then nothing is changed."""
    arrays = [a for name, a in kernel.arrays.items() if name != PRINTED]
    tracked = _tracked([*reachable(pack(kernel.ptx, args), live()), *arrays])
    blocks, cell = grid[0] * grid[1] * grid[2], translation.grain
    report = Report(kernel, blocks, translation.program.threads, orders)
    verdict = Verdict(kernel, translation.sites, grid, block, args, shared_bytes)
    before, watches, after = [_Saved.of(a) for a in tracked], [], []
    for order in [0, 1, *range(2 + seed, 2 + seed + orders)][:orders]:
        for saved in before if watches else ():
            saved.restore()
        watches.append(Watch(order, tracked, blocks, cell))
        stopped = None
        try:
            launch(kernel, translation, grid, block, args, shared_bytes, watches[-1])
        except Doubt:
            for saved in before:
                saved.restore()
            raise
        except KernelError as error:
            stopped = error
        found = together([verdict.finding(f) for f in watches[-1].found() if f.at.kind != STRANGER])
        found += [verdict.stop(stopped, watches[-1].fault)] if stopped else []
        if after and not report and not found:
            found = _compare(report, verdict, after, watches[0], watches[-1])
        strangers = [verdict.finding(f) for f in watches[-1].found() if f.at.kind == STRANGER]
        if strangers and after and found and not report and not RACES & {f.kind for f in found}:
            found, stopped = strangers, True  # only now do they read something else: that made the difference
        report.merge(found)
        if len(watches[-1].found()) == MOST:
            report.note(f"only the first {MOST} findings of a launch are kept; mend some, and check again")
        if stopped:
            break
        if orders > 1 and not after:
            after = [_Saved.of(a) for a in tracked]
    for saved in after:
        saved.restore()
    return report


def _tracked(roots: list[Allocation]) -> list[Allocation]:
    """These allocations, and those that pointers stored in them lead to."""
    found, everything = list(dict.fromkeys(roots)), live()
    first = np.array([a.pointer for a in everything], np.uint64)
    for allocation in found:  # which grows
        words = allocation.bytes[: allocation.nbytes // 8 * 8].view(np.uint64)
        words = words[words - first[:1] < first[-1:] - first[:1] + np.uint64(everything[-1].nbytes)]  # less wraps round
        for place in np.unique(np.searchsorted(first, words, "right") - 1):
            behind = everything[place]
            if behind not in found and (words - first[place] < np.uint64(behind.nbytes)).any():
                found.append(behind)
    return found


def _compare(report, verdict, expected: list[_Saved], first: Watch, watch: Watch) -> list[Finding]:
    """The results in this order beside those in the first."""
    found = []
    for saved in expected:
        name, dtype = verdict.name_of(saved.allocation)
        size = saved.allocation.nbytes // dtype.itemsize * dtype.itemsize
        then, now = saved.bytes[:size], saved.allocation.bytes[:size]
        if np.array_equal(then, now):
            continue
        differs = np.flatnonzero((then != now).reshape(-1, dtype.itemsize).any(1))
        then, now = then.view(dtype), now.view(dtype)
        if _rounds(then, now, differs, verdict.kernel.ptx):
            report.note(f"{name} differs in its last digits with the order: floating-point sums round as they go")
            continue
        index = int(differs[0])
        writers = [w.writer(saved.allocation, index * dtype.itemsize) for w in (first, watch)]
        found.append(verdict.order(name, index, then[index], now[index], writers, differs.size))
    return found


def _rounds(then, now, differs, kernel) -> bool:
    """Whether no more than rounding can tell the two apart."""
    if then.dtype.kind == "f":
        most = ROUNDING[then.dtype.itemsize]
    elif then.dtype == np.uint16 and _has_bfloat16(kernel):  # NumPy has no bfloat16
        then, now = ((x.astype(np.uint32) << 16).view(np.float32) for x in (then, now))
        most = ROUNDING_OF_BFLOAT16
    else:
        return False
    finite = np.abs(then[np.isfinite(then)], dtype=np.float64)
    scale = float(finite.max()) if finite.size else 0.0
    return np.allclose(now[differs], then[differs], rtol=most, atol=most * scale, equal_nan=True)


def _has_bfloat16(kernel) -> bool:
    return any("bf16" in i.opcode for i in kernel.body if isinstance(i, Instruction))
