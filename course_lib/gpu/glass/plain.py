"""Instructions that do two things, as two that do one each, under names of our own.

setp.lt.f16x2 %p1|%p2, …     low.setp.lt.f16x2 %p1, …; high.setp.lt.f16x2 %p2, …   (isa/half.py)
mov.b64 {%r1, %r2}, %rd1     part0of2.b64 %r1, %rd1; part1of2.b64 %r2, %rd1        (isa/move.py)
lop3.or.b32 %r1|%p1, …, %p2  lop3.b32 %r1, …; setp.ne.or.b32 %p1, %r1, 0, %p2
add.cc.u32 %r1, %r2, %r3     carry.add.u32 %carry, %r2, %r3; add.u32 …          (isa/carry.py)
red.add.v2.f32 [%rd1], {…}   red.add.f32 [%rd1], …; red.add.f32 [%rd1+4], …: each element is atomic for itself
ld.L2::cache_hint.f32 …, %rd2  the same without a hint
mov.b128 %q, {%rd1, %rd2}    mov.b64 %qlow, %rd1; mov.b64 %qhigh, %rd2: 128 bits are held as two registers
bar.sync 1, 64               bar.named 1, 64; and bar.arrive as arrive.named       (barriers.h)
bar.red.popc.u32 %r1, 0, %p  bar.count 0, 0, %p; counted.popc.u32 %r1           (schedule.h counts)
"""

import re

from course_lib.gpu.glass.isa.carry import CARRY
from course_lib.gpu.glass.isa.operation import type_bits
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.syntax import Address, Register, Special

VECTORS = ("v2", "v4", "v8")
_NEXT = Register("%carry_next")
_CARRY = Register("%carry")


def plain(body):
    """The body of a kernel without such instructions."""
    for item in body:
        if not isinstance(item, Instruction):
            yield item
        elif "L2::cache_hint" in item.parts:
            yield from plain([_without(item, "L2::cache_hint", item.operands[:-1])])
        elif item.parts[0] in ("atom", "red") and (count := next((p for p in item.parts if p in VECTORS), None)):
            yield from _elements(_without(item, count, item.operands))
        elif item.parts[0] == "createpolicy":
            yield Instruction("mov.b64", [item.operands[0], 0], item.line, item.guard)
        elif (kind := barrier_kind(item)) in ("sync", "arrive") and item.operands != [0]:
            name = "bar.named" if kind == "sync" else "arrive.named"
            yield Instruction(name, [*item.operands, 0][:2], item.line, item.guard)
        elif kind == "sync":
            yield Instruction("bar.sync", [0], item.line, item.guard)
        elif kind.startswith("red."):
            target, number, *count, asked = item.operands
            yield Instruction("bar.count", [number, *(count or [0]), asked], item.line, item.guard)
            yield Instruction(f"counted.{kind.removeprefix('red.')}", [target], item.line, item.guard)
        elif item.opcode in CARRY:
            yield from _with_carry(item)
        elif item.parts[0] == "setp" and item.parts[-1].endswith("x2"):
            for half, target in zip(("low", "high"), item.operands[0].split("|"), strict=False):
                if target != "_":
                    operands = [Register(target), *item.operands[1:]]
                    yield Instruction(f"{half}.{item.opcode}", operands, item.line, item.guard)
        elif item.parts[0] == "lop3" and len(item.parts) == 3:
            yield from _with_test(item)
        elif item.opcode == "mov.u32" and str(item.operands[1]).startswith("%lanemask_"):
            mask = item.operands[1].partition("_")[2]
            yield Instruction(f"lanemask.{mask}.u32", [item.operands[0], Special("%laneid")], item.line, item.guard)
        elif item.parts[-1] == "b128" and item.parts[0] in ("mov", "atom"):
            yield from _halves(item)
        elif item.parts[0] == "mov" and any(type(o) is tuple for o in item.operands):
            yield from _parts(item)
        else:
            yield item


def barrier_kind(item: Instruction) -> str:
    """ "sync" of `barrier.cta.sync.aligned`; "" of what is no barrier of a block."""
    first, *rest = item.parts
    return ".".join(p for p in rest if p not in ("cta", "aligned")) if first in ("bar", "barrier") else ""


def _without(item, part, operands):
    return Instruction(".".join(p for p in item.parts if p != part), operands, item.line, item.guard)


def _elements(item):
    size = type_bits(item.parts[-1]) // 8
    at = 0 if item.parts[0] == "red" else 1
    base, offset = item.operands[at]
    for i, value in enumerate(item.operands[at + 1]):
        result = [item.operands[0][i]] if at else []
        operands = [*result, Address(base, offset + i * size), value]
        yield Instruction(item.opcode, operands, item.line, item.guard)


def _halves(item):
    def split(operand):
        return tuple(Register(re.sub(r"(\d*)$", rf"{half}\1", operand, count=1)) for half in ("low", "high"))

    operands = [split(o) if isinstance(o, Register) else o for o in item.operands]
    if item.parts[0] == "atom":
        yield Instruction(item.opcode, operands, item.line, item.guard)
        return
    for target, source in zip(*operands, strict=True):
        yield Instruction("mov.b64", [target, source], item.line, item.guard)


def _parts(item):
    target, source = item.operands
    if type(source) is tuple:
        yield Instruction(f"join{len(source)}.{item.parts[1]}", [target, *source], item.line, item.guard)
        return
    for i, register in enumerate(target):
        if register != "_":
            opcode = f"part{i}of{len(target)}.{item.parts[1]}"
            yield Instruction(opcode, [register, source], item.line, item.guard)


def _with_test(item):
    value, _, test = item.operands[0].partition("|")
    value, test = Register("%unused" if value == "_" else value), Register(test)
    yield Instruction("lop3.b32", [value, *item.operands[1:5]], item.line, item.guard)
    yield Instruction(f"setp.ne.{item.parts[1]}.b32", [test, value, 0, item.operands[5]], item.line, item.guard)


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
