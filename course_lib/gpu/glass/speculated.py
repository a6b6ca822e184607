"""Loads that the compiler made earlier than the source asks: `t == 0 ? total : 1` becomes a load in every thread, and a
selection. The threads that throw the value away do not read by the source, and in a checked kernel they do not load.
(Of `flag && t == 0` the order is lost: there every thread may have been meant to read.)
"""

from dataclasses import replace

from course_lib.gpu.glass.flow import Flow, analyse, defines, uses
from course_lib.gpu.glass.ptx import Kernel
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


def as_written(kernel: Kernel) -> Kernel:
    """The kernel, with such loads guarded by what selects their values."""
    flow, found = analyse(kernel), {}
    for number, block in enumerate(flow.blocks):
        for at, i in enumerate(block.instructions):
            plain = i.parts[0] == "ld" and not {"param", "volatile"} & set(i.parts)
            if plain and isinstance(i.operands[0], Register) and (guard := _selected(flow, number, at)):
                found[id(i)] = guard
    body = [replace(i, guard=found[id(i)]) if id(i) in found else i for i in kernel.body]
    return replace(kernel, body=body) if found else kernel


def _selected(flow: Flow, number: int, at: int, behind: tuple = ()) -> Guard | None:
    """The predicate, and whether it must be false, without which what this instruction computes goes nowhere."""
    value, guards = flow.blocks[number].instructions[at].operands[0], set()
    stack, seen, written = [(number, at + 1)], set(), set()
    while stack:
        block, first = stack.pop()
        for n, i in enumerate(flow.blocks[block].instructions[first:], first):
            if value in uses(i):
                guards.add(_guard(flow, block, n, (*behind, value)))
            if value in defines(i):
                break
            written |= set(defines(i))
        else:
            more = {b for b in flow.blocks[block].successors if b < flow.exit and value in flow.live_in[b]} - seen
            seen |= more
            stack += [(b, 0) for b in more]
    guard = guards.pop() if len(guards) == 1 else None
    return guard if guard and guard[0] not in written else None


def _guard(flow: Flow, number: int, at: int, behind: tuple) -> Guard | None:
    """What must hold for this use of behind[-1] to matter; None: it always does, or nobody knows."""
    i, value = flow.blocks[number].instructions[at], behind[-1]
    if i.parts[0] == "selp" and i.operands[3] != value:
        yes, no = (operand == value for operand in i.operands[1:3])
        return (i.operands[3], no) if yes != no and isinstance(i.operands[3], Register) else None
    computes = i.parts[0] in COMPUTES and isinstance(i.operands[0], Register) and i.operands[0] not in behind
    return _selected(flow, number, at, behind) if computes else None
