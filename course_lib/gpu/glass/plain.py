"""Instructions that do two things, as two that do one each, under names of our own.

mov.b64 {%r1, %r2}, %rd1     low.b64 %r1, %rd1; high.b64 %r2, %rd1              (isa/move.py)
add.cc.u32 %r1, %r2, %r3     carry.add.u32 %carry, %r2, %r3; add.u32 …          (isa/carry.py)
bar.red.popc.u32 %r1, 0, %p  bar.count 0, %p; counted.popc.u32 %r1              (schedule.h counts)
"""

from course_lib.gpu.glass.isa.carry import CARRY
from course_lib.gpu.glass.ptx import Instruction, Register

_NEXT = Register("%carry_next")
_CARRY = Register("%carry")


def plain(body):
    """The body of a kernel without such instructions."""
    for item in body:
        if not isinstance(item, Instruction):
            yield item
        elif item.opcode.startswith(("bar.red.", "barrier.red.")):
            target, *rest = item.operands
            yield Instruction("bar.count", rest, item.line, item.guard)
            kind = ".".join(p for p in item.parts[2:] if p != "aligned")
            yield Instruction(f"counted.{kind}", [target], item.line, item.guard)
        elif item.opcode in CARRY:
            yield from _with_carry(item)
        elif item.parts[0] == "mov" and any(type(o) is tuple for o in item.operands):
            yield from _halves(item)
        else:
            yield item


def _halves(item):
    target, source = item.operands
    if type(source) is tuple:
        yield Instruction(f"join.{item.parts[1]}", [target, *source], item.line, item.guard)
        return
    for half, register in zip(("low", "high"), target, strict=False):
        if register != "_":
            yield Instruction(f"{half}.{item.parts[1]}", [register, source], item.line, item.guard)


def _with_carry(item):
    """The carry is computed first, as the sum may overwrite an operand, and becomes valid last."""
    value, carry, takes, gives = CARRY[item.opcode]
    target, *sources = item.operands
    sources = [*sources, _CARRY] if takes else sources
    if gives:
        yield Instruction(carry, [_NEXT, *sources], item.line, item.guard)
    yield Instruction(value, [target, *sources], item.line, item.guard)
    if gives:
        yield Instruction("mov.pred", [_CARRY, _NEXT], item.line, item.guard)
