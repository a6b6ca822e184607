"""Accesses that a checked kernel need not look at one by one, so that checking costs little more than running.

*Known*: of a shared array that is only ever addressed by threadIdx and literals. Which threads share an element is then
known beforehand; the kernel only notes which code ran between two barriers (known.h).
*Constant*: reads of an array that the kernel does not write. They cannot race, if all of it was written before.
"""

from typing import NamedTuple

import numpy as np

from course_lib.gpu.glass.access import Root, access
from course_lib.gpu.glass.guesses import guesses, looked_at
from course_lib.gpu.glass.matrices import is_copy, is_matrix
from course_lib.gpu.glass.program import Program
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.syntax import Symbol

STRONG = {"volatile", "relaxed", "acquire", "release", "acq_rel", "mmio"}


def is_weak(instruction: Instruction) -> bool:
    """A plain load or store, that orders nothing."""
    return not STRONG & set(instruction.parts)


class Access(NamedTuple):
    """number: among all known ones; site: for reports; slot: of its block of code; offsets: in shared memory, of every
    thread of the block, filled up to whole warps."""

    number: int
    site: int
    slot: int
    offsets: np.ndarray
    size: int
    writes: bool


class Known:
    """What is known of one program."""

    def __init__(self, program: Program):
        self.program, self.written, self.slots = program, _written(program), {}
        code = [i for block in program.flow.blocks for i in block.instructions]
        self.guesses, self.looked_at = guesses(code), looked_at(code)
        self.accesses: dict[int, Access] = {}  # id of an instruction -> its access
        if not program.names_barriers:
            self._find()
        all_ = list(self.accesses.values())
        pairs = ((a, b) for a in all_ if a.writes for b in all_ if not b.writes and self._meet(a, b))
        self.clashes = [(a.number, b.number) for a, b in sorted(pairs, key=lambda p: (p[0].slot, p[1].slot))]

    def constant(self, root: Root | None) -> bool:
        """Whether the kernel never writes this array under this name."""
        return root is not None and root.space in ("global", "module") and not {root, None} & self.written

    def of(self, instruction: Instruction) -> Access | None:
        return self.accesses.get(id(instruction))

    def slot(self, block: int) -> int | None:
        """The number of a block of code that holds known accesses."""
        return self.slots.get(block)

    def _find(self):
        program, by_array = self.program, {}
        for number, block in enumerate(program.flow.blocks):
            for instruction in block.instructions:
                if instruction.opcode == "bar.warp.sync":
                    return
                for root, offsets in _shared(program, instruction):
                    by_array.setdefault(root, []).append((number, instruction, offsets))
        if None in by_array:  # somebody may touch any of them
            return
        for root, found in by_array.items():
            writers = [(i, o) for _, i, o in found if o is not None and not access(i).loads]
            if all(o is not None for _, _, o in found) and _apart([(o, access(i).size) for i, o in writers]):
                for number, instruction, offsets in found:
                    self._add(number, instruction, root, offsets)

    def _add(self, block, instruction, root, offsets):
        slot = self.slots.setdefault(block, len(self.slots))
        touched, site = access(instruction), self.program.site(instruction, root)
        known = Access(len(self.accesses), site, slot, offsets, touched.size, not touched.loads)
        self.accesses[id(instruction)] = known

    def _meet(self, a: Access, b: Access) -> bool:
        """Whether two different threads touch one byte."""
        threads = self.program.threads
        owner = np.full(int(max(a.offsets.max() + a.size, b.offsets.max() + b.size)), -1)
        for i in range(a.size):
            owner[a.offsets[:threads] + i] = np.arange(threads)
        theirs = np.stack([owner[b.offsets[:threads] + i] for i in range(b.size)])
        return bool(((theirs >= 0) & (theirs != np.arange(threads))).any())

    def tables(self) -> str:
        """The C that known.h needs."""
        all_ = list(self.accesses.values())
        rows = ", ".join("{" + ", ".join(map(str, a.offsets)) + "}" for a in all_)
        facts = ", ".join(f"{{{a.site}, {a.slot}, {a.size}, {int(a.writes)}}}" for a in all_)
        slots = [(all_[a].slot, all_[b].slot) for a, b in self.clashes]
        last = {pair: i for i, pair in enumerate(slots)}
        pairs = ", ".join(f"{{{a}, {b}, {last[pair]}}}" for (a, b), pair in zip(self.clashes, slots, strict=True))
        return "\n".join(
            [
                f"#define KNOWN {len(all_)}",
                f"#define SLOTS {len(self.slots)}",
                f"#define CLASHES {len(self.clashes)}",
                f"static const u32 KNOWN_AT[KNOWN + 1][32 * WARPS] = {{{rows}}};",
                f"static const struct {{ u32 site, slot, size, writes; }} KNOWN_IS[KNOWN + 1] = {{{facts}}};",
                f"static const u32 CLASH[CLASHES + 1][3] = {{{pairs}}};",
            ]
        )


def _written(program) -> set[Root | None]:
    """The arrays of global memory that the kernel writes; None among them: any."""
    written = set()
    for block in program.flow.blocks:
        for instruction in block.instructions:
            first = instruction.parts[0]
            if first in ("st", "atom", "red"):
                found = access(instruction)
                if found.space in ("", "global"):
                    written.add(program.root(found))
            elif is_matrix(instruction) and ".store." in instruction.opcode and ".shared" not in instruction.opcode:
                written.add(None)
    return written


def _shared(program, instruction):
    """(array, offsets or None) of an access to shared memory; array None: any of them."""
    if is_matrix(instruction) or is_copy(instruction):
        yield None, None
    elif instruction.parts[0] in ("ld", "st", "atom", "red"):
        found = access(instruction)
        root = program.root(found)
        if found.space == "shared" or (found.space == "" and (root is None or root.space == "shared")):
            plain = not found.atomic and is_weak(instruction)
            yield (root if root and root.space == "shared" else None), _offsets(program, found, root) if plain else None


def _offsets(program, found, root) -> np.ndarray | None:
    """Where in shared memory every thread touches, if it is inside the array, and threadIdx alone decides it."""
    base = found.address.base
    if isinstance(base, Symbol):
        variable = program.kernel.shared[base]
        at = np.full(32 * program.warps, variable.offset + found.address.offset)
    elif base in program.lanes.tables:
        at = program.lanes.tables[base].ravel() + found.address.offset
    else:
        return None
    array = program.kernel.shared[root.name] if root else None
    if array is None or array.size is None or found.space != "shared":
        return None
    inside = at.min() >= array.offset and at.max() + found.size <= array.offset + array.size
    return at if inside and not (at % found.size).any() else None


def _apart(writers) -> bool:
    """Whether no byte is written by two threads: then nothing depends on values."""
    owner: dict[int, int] = {}
    for offsets, size in writers:
        for thread, at in enumerate(offsets.tolist()):
            if any(owner.setdefault(at + i, thread) != thread for i in range(size)):
                return False
    return True
