"""Warp-wide instructions (isa/warp.py) and atomics (isa/atomic.py): in either half one C call on 32 lanes."""

from course_lib.gpu.glass.isa.atomic import ATOMICS
from course_lib.gpu.glass.isa.warp import COLLECTIVES
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.syntax import Register

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
    """`counted.popc.u32`: what the barrier at which the warp waited last has found, as a C expression."""
    yes, asked = (f"c->votes[w->barrier].{which}" for which in ("yes", "asked"))
    return {"popc": yes, "and": f"{yes} == {asked}", "or": f"{yes} != 0"}[instruction.parts[1]]


def which_barrier(instruction: Instruction) -> list:
    """[number, how many threads], 0 being all, of a barrier in the names of plain.py."""
    return instruction.operands[:2] if instruction.opcode in ("bar.named", "bar.count") else [0, 0]


def targets(instruction: Instruction) -> list[Register]:
    """The registers of "d|p"."""
    return [Register(n) for n in instruction.operands[0].split("|")]
