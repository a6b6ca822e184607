"""Warp-wide instructions (isa/warp.py) and atomics (isa/atomic.py): in either half one C call on 32 lanes."""

from course_lib.gpu.glass.isa.atomic import ATOMICS
from course_lib.gpu.glass.isa.warp import COLLECTIVES
from course_lib.gpu.glass.ptx import Instruction, Register

ORDERS = {"relaxed", "acquire", "release", "acq_rel", "gpu", "sys", "cta", "cluster", "noftz", "global", "shared"}


def atomic_name(instruction: Instruction) -> str | None:
    """`atom.global.add.f32` -> "add.f32"; None if it is no atomic that is known."""
    parts = instruction.parts
    if parts[0] not in ("atom", "red"):
        return None
    name = ".".join(p for p in parts[1:] if p.split("::")[0] not in ORDERS)
    return name if name in ATOMICS else None


def is_collective(instruction: Instruction) -> bool:
    return instruction.opcode in COLLECTIVES or instruction.opcode == "bar.warp.sync"


def counted(instruction: Instruction) -> str:
    """`counted.popc.u32`: what a barrier that counts found, as a C expression."""
    return {"popc": "c->yes", "and": "c->yes == c->asked", "or": "c->yes != 0"}[instruction.parts[1]]


def targets(instruction: Instruction) -> list[Register]:
    """The registers of "d|p"."""
    return [Register(n) for n in instruction.operands[0].split("|")]
