"""The record of one warp: memory that step.h writes while a kernel runs, read back as steps."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from course_lib.gpu.errors import LaunchError
from course_lib.gpu.glass import stepping
from course_lib.gpu.glass.access import Root
from course_lib.gpu.glass.array import Array
from course_lib.gpu.glass.fault import readable
from course_lib.gpu.glass.isa.operation import type_bits
from course_lib.gpu.glass.program import LOCAL_BIAS
from course_lib.gpu.glass.step import Access, Step, Steps

HEAD = ("block", "warp", "most", "room", "steps", "used", "full", "shared", "step", "last", "held")  # struct record
STEP, ACCESS, VALUES, NOTE, PARTING = range(5)
ROOM = 8 << 20  # words: 64 MB, of which a computer gives only what is written


def begin(grid, block, of, warp, most) -> np.ndarray:
    """An empty record of that block and warp. grid, block: triples. Raises LaunchError."""
    if not isinstance(of, (tuple, list)) or not 1 <= len(of) <= 3 or not all(map(_counts, of)):
        raise LaunchError(
            f"of=… names the block to follow with 1 to 3 integers of at least 0, such as (0, 0, 0), but {of!r} came"
        )
    of = tuple(int(i) for i in (*of, 0, 0)[:3])
    if any(i >= n for i, n in zip(of, grid, strict=True)):
        last = tuple(n - 1 for n in grid)
        raise LaunchError(f"of={of} is no block of the grid {grid}; name one from (0, 0, 0) to {last}")
    warps = -(-block[0] * block[1] * block[2] // 32)
    if not _counts(warp) or warp >= warps:
        has = "only warp 0" if warps == 1 else f"the warps 0 to {warps - 1}"
        raise LaunchError(f"warp={warp!r} is not there: a block of {block} threads has {has}")
    if not _counts(most) or most < 1:
        raise LaunchError(f"most=… is the number of steps to record, an integer of at least 1, but {most!r} came")
    record = np.zeros(len(HEAD) + ROOM, np.uint64)
    record[:4] = (of[2] * grid[1] + of[1]) * grid[0] + of[0], warp, min(most, ROOM), ROOM
    return record


def _counts(value):
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 0


def read(record: np.ndarray, kernel, translation, grid, block, args, dynamic, fault) -> Steps:
    """What a launch recorded.

    kernel: module.Kernel; translation: of emit.translate(…, STEP); dynamic: bytes of shared memory beside the static
    ones; fault: the KernelError that stopped it, or None.
    """
    head = dict(zip(HEAD, record[: len(HEAD)].tolist(), strict=True))
    number, (x, y, _) = head["block"], grid
    words = record[len(HEAD) : len(HEAD) + head["used"]]
    return Steps(
        kernel=kernel.name,
        filename=kernel.filename,
        source=tuple(kernel.source.split("\n")),
        grid=grid,
        block=block,
        of=(number % x, number // x % y, number // (x * y)),
        warp=head["warp"],
        threads=min(32, block[0] * block[1] * block[2] - 32 * head["warp"]),
        cut=bool(head["full"]),
        fault=fault,
        steps=_Reader(kernel, translation, args, head["shared"], dynamic).steps(words),
    )


class _Place(NamedTuple):
    """An array: whom it stands for, its name, first address and bytes, and its elements' type where that is known."""

    root: Root
    name: str
    first: int
    bytes: int
    dtype: np.dtype | None = None


class _Reader:
    def __init__(self, kernel, translation, args, shared, dynamic):
        self.shared = shared
        self.sites, self.source = translation.sites, kernel.source.split("\n")
        self.instructions = stepping.instructions(translation.program)
        self.places = list(_places(kernel, args, shared, dynamic))

    def steps(self, words: np.ndarray) -> list[Step]:
        found, at, type_ = [], 0, None
        while at < len(words):
            kind, what, mask, size = words[at : at + 4].tolist()
            at += 4
            if kind == STEP:
                source = self.source[what - 1].rstrip() if 0 < what <= len(self.source) else ""
                found.append(Step(len(found), what, source, mask, size))
                continue
            data, at, step = words[at : at + size], at + size, found[-1]
            lanes = [lane for lane in range(32) if mask >> lane & 1]
            if kind == ACCESS:
                access, type_ = self._access(self.sites[what], lanes, data.tolist())
                step.events.append(access)
            elif kind == VALUES:
                values = step.accesses[-1].values
                for lane, value in zip(lanes, data.astype(f"u{type_.itemsize}").view(type_).tolist(), strict=True):
                    values[lane] = (*values.get(lane, ()), value)
            elif kind == NOTE:
                step.events.append(_word(self.instructions[what]))
            else:
                jump, stay = mask.bit_count(), (step.lanes & ~mask).bit_count()
                step.events.append(f"the lanes part, {max(jump, stay)} and {min(jump, stay)}")
        _meetings(found)
        return found

    def _access(self, site, lanes, addresses) -> tuple[Access, np.dtype]:
        """The access, and the type of one register of it."""
        type_ = _type(site.opcode)
        place = self._place(site.root, addresses) or _Place(Root(""), None, 0, 0)
        if place.dtype is not None and place.dtype.itemsize == type_.itemsize and place.dtype.kind in "iuf":
            type_ = place.dtype
        element = place.dtype.itemsize if place.dtype is not None else type_.itemsize
        space = place.root.space or site.space or "global"
        space = "global" if space == "module" else space
        space = "const" if "const" in site.opcode.split(".") else space
        offsets = {lane: address - place.first for lane, address in zip(lanes, addresses, strict=True)}
        length = place.bytes // element if place.name else None
        origin = place.first - self.shared if space == "shared" else place.first
        return Access(place.name, _does(site.opcode), space, element, site.bytes, origin, length, offsets), type_

    def _place(self, root, addresses) -> _Place | None:
        """The array that an access is held to; where the code leaves it open, the one that all the addresses are in."""
        named = (place for place in self.places if place.root == root)
        first, last = min(addresses), max(addresses)
        there = (place for place in self.places if place.first <= first and last < place.first + place.bytes)
        return next(named, None) or next(there, None)


def _places(kernel, args, shared, dynamic):
    for (p, parameter), value, name in zip(kernel.ptx.parameters.items(), args, kernel.argument_names, strict=True):
        if isinstance(value, Array):
            yield _Place(
                Root("global", name=p, offset=parameter.offset), name, value.pointer, value.nbytes, value.dtype
            )
    for name, memory in kernel.arrays.items():
        yield _Place(Root("module", name), name, memory.pointer, memory.nbytes)
    for name, variable in kernel.ptx.shared.items():
        size = dynamic if variable.size is None else variable.size
        yield _Place(Root("shared", name), readable(name), shared + variable.offset, size)
    yield _Place(Root("local"), "its own local array", LOCAL_BIAS, kernel.ptx.local_size)


def _type(opcode: str) -> np.dtype:
    """Of one register that an instruction loads or stores; PTX forgets an integer's sign."""
    last = opcode.split(".")[-1]
    bits = type_bits(last)
    return np.dtype(f"{'f' if last[0] == 'f' and 'x' not in last else 'u' if bits == 8 else 'i'}{bits // 8}")


def _does(opcode: str) -> str:
    if opcode.startswith(("ld", "st")):
        return "reads" if opcode.startswith("ld") else "writes"
    name = opcode.split(".")
    found = next(n for n in ATOMIC_WORDS if n in name)
    return ATOMIC_WORDS[found]


ATOMIC_WORDS = {
    "add": "atomically adds to",
    "min": "atomically takes the minimum of",
    "max": "atomically takes the maximum of",
    "and": "atomically ands",
    "or": "atomically ors",
    "xor": "atomically xors",
    "exch": "atomically exchanges",
    "cas": "atomically compares and swaps",
    "inc": "atomically counts up",
    "dec": "atomically counts down",
}
NOTES = {
    "bar.warp": "__syncwarp()",
    "bar.": "waits at the barrier",
    "barrier.": "waits at the barrier",
    "arrive.": "arrives at a barrier",
    "shfl.": "a shuffle between the lanes",
    "vote.": "a vote of the lanes",
    "match.": "lanes with the same value find each other",
    "redux.": "the lanes reduce their values to one",
    "activemask": "asks which lanes are active",
    "elect": "one lane is elected",
    "vprintf": "printf",
    "trap": "the kernel stops itself",
    "cp.async.c": "a copy into shared memory sets off",
    "cp.async.w": "waits for copies",
    "ldmatrix": "the lanes load matrices together",
    "stmatrix": "the lanes store matrices together",
    "movmatrix": "the lanes transpose a matrix together",
    "wmma.load": "the lanes load a matrix together",
    "wmma.store": "the lanes store a matrix together",
    "wmma": "a product of matrices",
    "mma": "a product of matrices",
    "ret": "these lanes end",
    "exit": "these lanes end",
}


def _word(instruction) -> str:
    opcode = instruction.opcode
    if opcode == "cp.async.commit_group":
        return "the copies so far are a group"
    return next((words for begin, words in NOTES.items() if opcode.startswith(begin)), opcode)


def _meetings(steps) -> None:
    """Where lanes come together again, or it is the turn of others."""
    for before, now in pairwise(steps):
        if now.lanes & before.lanes == 0:
            now.events.insert(0, "the other lanes' turn")
        elif now.lanes != before.lanes and now.lanes & before.lanes == before.lanes:
            now.events.insert(0, "the lanes meet again")
