"""Loads that the compiler made earlier than the source asks: `t == 0 ? total : 1` becomes a load in every thread, and a
selection. The threads that throw the value away do not read by the source, and in a checked kernel they do not load.
(Of `flag && t == 0` the order is lost: there every thread may have been meant to read.)
"""

from collections import defaultdict
from dataclasses import replace

from course_lib.gpu.glass.flow import Flow, analyse, defines, uses
from course_lib.gpu.glass.ptx import Instruction, Kernel
from course_lib.gpu.glass.syntax import Register

COMPUTES = {
    "add",
    "sub",
    "mul",
    "mad",
    "fma",
    "cvt",
    "mov",
    "neg",
    "abs",
    "min",
    "max",
    "and",
    "or",
    "xor",
    "not",
    "shl",
}
COMPUTES |= {"shr"}
Guard = tuple[Register, bool]
Place = tuple[int, int]  # of an instruction: its block, and its number there


def as_written(kernel: Kernel) -> Kernel:
    """The kernel, with such loads guarded by what selects their values."""
    flow = analyse(kernel)
    guards = _Guards(flow).found
    found = {id(flow.blocks[b].instructions[n]): guard for (b, n), guard in guards.items()}
    body = [replace(i, guard=found[id(i)]) if id(i) in found and _is_plain_load(i) else i for i in kernel.body]
    return replace(kernel, body=body) if found else kernel


def _is_plain_load(item) -> bool:
    parts = getattr(item, "parts", ("label",))
    return parts[0] == "ld" and not {"param", "volatile"} & set(parts) and isinstance(item.operands[0], Register)


class _Guards:
    """found: of instructions the predicate, and whether it must be false, without which what they compute goes
    nowhere. From the selections backwards, and no further than something is found: a walk forwards from every load
    would meet each sum of a thread's tile as often as there are ways to it."""

    def __init__(self, flow: Flow):
        self.flow, self.found, self.ends = flow, {}, {}
        self.last = {}  # (block, register) -> where in the block it is used last
        makers, waiting = defaultdict(list), []
        for number, block in enumerate(flow.blocks):
            for at, i in enumerate(block.instructions):
                self.last |= {(number, register): at for register in uses(i)}
                if _is_plain_load(i) or _computes(i):
                    makers[i.operands[0]].append((number, at))
                if i.parts[0] == "selp":
                    waiting += uses(i)
        while waiting:
            for place in makers[waiting.pop()]:
                if place not in self.found and (guard := self._selected(place)):
                    self.found[place] = guard
                    i = flow.blocks[place[0]].instructions[place[1]]
                    waiting += uses(i) if _computes(i) else ()

    def _selected(self, place: Place) -> Guard | None:
        if place not in self.ends:
            self.ends[place] = self._followed(place)
        value, places, written = self.ends[place]
        guard = self._guard(places[0], value) if places else None
        same = guard and guard[0] not in written and all(self._guard(use, value) == guard for use in places)
        return guard if same else None

    def _followed(self, place: Place) -> tuple[Register, list[Place], set[Register]]:
        """A value, where it is used, and what else is written before that."""
        flow, (number, at) = self.flow, place
        value, places, written = flow.blocks[number].instructions[at].operands[0], [], set()
        stack, seen = [(number, at + 1)], set()
        while stack:
            block, first = stack.pop()
            more = {b for b in flow.blocks[block].successors if b < flow.exit and value in flow.live_in[b]}
            end = len(flow.blocks[block].instructions) if more else self.last.get((block, value), -1) + 1
            for n, i in enumerate(flow.blocks[block].instructions[first:end], first):
                if value in uses(i):
                    places.append((block, n))
                if value in defines(i):
                    break
                written |= set(defines(i))
            else:
                stack += [(b, 0) for b in more - seen]
                seen |= more
        return value, places, written

    def _guard(self, use: Place, value: Register) -> Guard | None:
        """What must hold for this use to matter; None: it always does, or nobody knows (yet)."""
        i = self.flow.blocks[use[0]].instructions[use[1]]
        if i.parts[0] == "selp" and i.operands[3] != value:
            yes, no = (operand == value for operand in i.operands[1:3])
            return (i.operands[3], no) if yes != no and isinstance(i.operands[3], Register) else None
        return self.found.get(use)


def _computes(i: Instruction) -> bool:
    return i.parts[0] in COMPUTES and isinstance(i.operands[0], Register)
