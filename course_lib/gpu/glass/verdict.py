"""What a checked launch found, in a sentence: both lines, both threads, array and index, and what to do."""

import functools

import numpy as np

from course_lib.gpu.errors import KernelError, KernelTimeout, Trap
from course_lib.gpu.glass import findings as kinds
from course_lib.gpu.glass.fault import (
    ABSENT,
    MISALIGNED,
    OUTSIDE,
    PARTED,
    UNNAMED,
    Stamp,
    array_of,
    explain,
    lanes_of,
    thread_of,
)
from course_lib.gpu.glass.findings import Finding

UNWRITTEN, RACE, RACE_IN_WARP, RACE_OF_BLOCKS, UNFINISHED, APART, MISSING = range(32, 39)  # as in machine.h
STRANGER, COUNTS = 39, 40


WARP = 32  # threads


class Verdict:
    """The findings of one kernel's launches."""

    def __init__(self, kernel, sites, grid, block, args, shared_bytes):
        self.kernel, self.sites, self.grid, self.block, self.args = kernel, sites, grid, block, args
        self.shared_bytes = shared_bytes

    @functools.cached_property
    def threads(self) -> set:
        """threadIdx of each thread of a block."""
        return {thread_of(i, self.block) for i in range(self.block[0] * self.block[1] * self.block[2])}

    @functools.cached_property
    def locks(self) -> bool:
        """Whether the kernel has atomics with which locks are opened and flags raised."""
        return any({"cas", "exch"} & set(site.opcode.split(".")) for site in self.sites)

    def finding(self, found) -> Finding:
        """Of a `struct finding`."""
        at, site, other = found.at, self.sites[found.at.site], Stamp.of(found.other)
        told = {"line": site.line, "count": found.count, "block": tuple(at.block)}
        told["thread"] = thread_of(at.warp * 32 + at.lane, self.block)
        if at.kind in (OUTSIDE, MISALIGNED):
            error = explain(at, self.kernel, self.sites, self.block, self.args, self.shared_bytes)
            kind = kinds.OUT_OF_BOUNDS if at.kind == OUTSIDE else kinds.MISALIGNED
            return Finding(kind, text=str(error), array=error.array, index=error.index, **told)
        here = self._where(site.line, told["block"], told["thread"])
        if at.kind != UNWRITTEN:
            told["other_line"] = self.sites[other.site].line
            told["other_thread"] = thread_of(other.thread, self.block)
            told["other_block"] = tuple(found.other_block) if at.kind == RACE_OF_BLOCKS else told["block"]
        if at.kind in (ABSENT, APART, MISSING, STRANGER, COUNTS):
            return self._meeting(at, site, here, told)
        told["array"], first, element, described = array_of(at, site, self.kernel, self.args, self.shared_bytes)
        told["index"] = None if first is None else (at.address - first) // element
        described = described.partition(", which has")[0]
        place = described if first is None else f"element {told['index']} of {described}"
        if at.kind == UNWRITTEN:
            advice = _WRITE_FIRST[site.root.space if site.root else ""]
            return Finding(kinds.UNINITIALISED, text=f"{here} reads {place}, before anybody wrote it; {advice}", **told)
        if at.kind == UNFINISHED:
            text = (
                f"{here} {_verb(site)} {place}, which the asynchronous copy of line {told['other_line']} is still "
                f"bringing; wait for it (__pipeline_wait_prior, cp.async.wait_group) and then __syncthreads()"
            )
            return Finding(kinds.UNFINISHED, text=text, **told)
        kind, meeting = _RACES[at.kind]
        if at.kind == RACE_IN_WARP and len(self.threads) > WARP:
            meeting += " (if other warps take part, __syncthreads())"
        does, did = _verb(site), _verb(self.sites[other.site])
        who = f"thread {told['other_thread']}" + (
            f" of block {told['other_block']}" if kind == kinds.RACE_OF_BLOCKS else ""
        )
        text = (
            f"{here} {does} {place}, which {who} {did} in line {told['other_line']}, and nothing says which comes "
            f"first; {_in_order(meeting, does, did, site.line == told['other_line'])}"
        )
        if meeting and self.locks:
            text += "; if a lock or a flag orders the two, put __threadfence() before its atomic"
        return Finding(kind, text=text, **told)

    def _meeting(self, at, site, here, told) -> Finding:
        """Of threads that should meet, and do not."""
        other = told["other_thread"]
        if other not in self.threads:
            told["other_thread"] = None
        if at.kind == ABSENT:
            if not at.address:
                called = f"calls {_plainly(site.opcode)} with a mask that does not name its own lane"
                text = f"{here} {called} {at.lane}; add it to the mask"
                told |= {"other_line": None, "other_thread": None}
                return Finding(kinds.INACTIVE, text=text, **told)
            text = (
                f"{here}: {_plainly(site.opcode)} names {lanes_of(at.address)} of its warp, which took another way or "
                f"ended; call it where all the named lanes come, or name only those that do (ask __ballot_sync before "
                f"the branch)"
            )
            return Finding(kinds.INACTIVE, text=text, **told | {"other_line": None})
        if at.kind == STRANGER:
            text = (
                f"{here}: {_plainly(site.opcode)} reads lane {at.address} of its warp, which its mask does not name: "
                f"any value may come, and the results depend on it; name that lane, or leave its value unused"
            )
            return Finding(kinds.INACTIVE, text=text, **told | {"other_line": None})
        if at.kind == COUNTS:
            text = (
                f"{here} counts {self._threads(at.address)} at barrier {at.first}, where thread {other} counts "
                f"{self._threads(at.bytes)} in line {told['other_line']}; give both the same count: that of all who "
                f"come there, to wait or only to arrive"
            )
            return Finding(kinds.DIVERGENT, text=text, **told)
        if at.kind == APART:
            text = (
                f"{here} waits at a __syncthreads() while thread {other} waits at the one of line "
                f"{told['other_line']}; let all threads of the block come to the same one: move it out of the branch"
            )
            return Finding(kinds.DIVERGENT, text=text, **told)
        text = (
            f"{here} waits at a __syncthreads() to which thread {other} never comes: it has ended, or went another "
            f"way; let every thread of the block reach the barrier, and put only the work around it into the if"
        )
        return Finding(kinds.MISSING, text=text, **told | {"other_line": None})

    def _threads(self, count: int) -> str:
        return f"{count} threads" if count else "all threads of the block"

    def stop(self, error: KernelError, fault) -> Finding:
        """Of what ended the launch."""
        told = {"line": error.line, "block": error.block, "thread": error.thread}
        if isinstance(error, (KernelTimeout, Trap)):
            kind = kinds.TRAP if isinstance(error, Trap) else kinds.TIME_LIMIT
            return Finding(kind, text=str(error), **told)
        if fault.kind != PARTED:
            return Finding(kinds.DEADLOCK, text=str(error), **told)
        lane = (fault.bytes & -fault.bytes).bit_length() - 1  # PARTED names the site and the lanes of who waits already
        told |= {"other_line": self.sites[fault.address].line, "other_block": error.block}
        told["other_thread"] = thread_of(fault.warp * 32 + lane, self.block)
        where = f" (thread {told['other_thread']} waits at line {told['other_line']})"
        return Finding(kinds.DIVERGENT, text=f"{error}{where}", **told)

    def order(self, name, index, then, now, writers, count) -> Finding:
        """An element that another order of threads and blocks made another. writers: of Watch.writer, or None."""
        if writers[0] is None:
            then, now, writers = now, then, writers[::-1]
        (line, block, thread), (other_line, other_block, other_thread) = map(self._place, writers)
        makes = f"line {other_line} (block {other_block}, thread {other_thread}) makes it {now}"
        if writers[1] is None:
            makes = f"nobody writes it, and it stays {now}"
        text = (
            f"{self._where(line, block, thread)} writes {then} to element {index} of {name}; with threads and blocks "
            f"in another order {makes}; compute places and values from threadIdx and blockIdx, not from who came first"
        )
        told = {"other_line": other_line, "other_block": other_block, "other_thread": other_thread}
        return Finding(
            kinds.ORDER, line or 0, text, block=block, thread=thread, array=name, index=index, count=count, **told
        )

    def name_of(self, allocation) -> tuple[str, np.dtype]:
        """What the kernel calls an allocation, and what it holds."""
        for name, value in zip(self.kernel.argument_names, self.args, strict=True):
            if getattr(value, "allocation", None) is allocation:
                return name, value.dtype
        named = (name for name, a in self.kernel.arrays.items() if a is allocation)
        return next(named, UNNAMED), np.dtype("u4" if allocation.nbytes % 4 == 0 else "u1")

    def _place(self, writer):
        if writer is None:
            return None, None, None
        (stamp, number), grid = writer, self.grid
        block = (number % grid[0], number // grid[0] % grid[1], number // (grid[0] * grid[1]))
        return self.sites[stamp.site].line, block, thread_of(stamp.thread, self.block)

    def _where(self, line, block, thread) -> str:
        return f"kernel {self.kernel.name!r}, {self.kernel.filename} line {line}, block {block}, thread {thread}"


def _verb(site) -> str:
    return {"ld": "reads", "st": "writes"}.get(site.opcode.partition(".")[0], "changes")


_NAMES = {
    "shfl": "__shfl_{}_sync()",
    "vote": "__{}_sync()",
    "match": "__match_{}_sync()",
    "redux": "__reduce_{}_sync()",
}


def _plainly(opcode: str) -> str:
    """`shfl.sync.down.b32` as the learner wrote it."""
    first, *rest = opcode.split(".")
    if first == "wmma":
        return "wmma::mma_sync()" if rest[0] == "mma" else f"wmma::{rest[0]}_matrix_sync()"
    if first in _NAMES and len(rest) > 1:
        return _NAMES[first].format({"bfly": "xor"}.get(rest[1], rest[1])).replace("_idx", "")
    return "__syncwarp()" if opcode == "bar.warp.sync" else opcode


_WRITE_FIRST = {
    "shared": "write it first, and __syncthreads() if another thread does (shared memory begins with garbage)",
    "global": "fill the array before the launch (gpu.zeros), or write the element before it is read",
    "local": "give the local array its values first",
    "module": "give the variable a value first",
    "": "write it first",
}
_RACES = {  # the kind, and where the threads can meet
    RACE: (kinds.RACE, "__syncthreads()"),
    RACE_IN_WARP: (kinds.RACE_IN_WARP, "__syncwarp()"),
    RACE_OF_BLOCKS: (kinds.RACE_OF_BLOCKS, None),
}


def _in_order(meeting: str | None, does: str, did: str, one_line: bool) -> str:
    """What to do about two accesses that race."""
    if meeting is None:
        return (
            "blocks run in any order: give each its own place and combine them in a second launch, or use an atomic; "
            "if an atomic or a flag tells that the value is there, put __threadfence() before it"
        )
    atomic = "use an atomic if all threads add to one place"
    if does == did == "writes":
        return f"let one of them write, give each its own place, or {atomic}; or put {meeting} between the two"
    if one_line and "changes" not in (does, did):
        return f"let all threads read, then {meeting}, then write; or {atomic}"
    shuffle = ", pass the value with a shuffle" if meeting == "__syncwarp()" else ""
    return f"put {meeting} between the two{shuffle}, or {atomic}"
