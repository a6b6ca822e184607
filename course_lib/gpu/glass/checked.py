"""What a checked kernel's C does beside each access: shadow.h and order.h say what it finds."""

from course_lib.gpu.glass.access import Access, access
from course_lib.gpu.glass.collective import atomic_name
from course_lib.gpu.glass.lanes import VECTOR
from course_lib.gpu.glass.matrices import is_copy, is_matrix
from course_lib.gpu.glass.program import LOCAL_BIAS, Program, constant, limits
from course_lib.gpu.glass.ptx import Instruction

STRONG = {"relaxed", "acquire", "release", "acq_rel", "mmio"}


def grain(program: Program) -> int:
    """Bytes of the smallest element that the kernel touches: one cell of the shadow."""
    found = [4]
    for block in program.flow.blocks:
        for instruction in block.instructions:
            if instruction.parts[0] in ("ld", "st", "atom", "red") and "param" not in instruction.parts:
                found.append(access(instruction).element)
            elif is_matrix(instruction) and not is_copy(instruction):
                found.append(1 if instruction.parts[-1] in ("s8", "u8", "b8") else 2)
    return min(found)


def does(program: Program, instruction: Instruction, found: Access) -> str:
    """The flags of shadow.h."""
    parts, flags = set(instruction.parts), ["READS" if found.loads else "WRITES"]
    if found.atomic and not (atomic_name(instruction) or "").startswith("exch"):
        flags.append("READS")
    if found.atomic or parts & STRONG:
        flags.append("STRONG | NEAR" if "cta" in parts else "STRONG")
    elif "volatile" in parts and not found.loads and _is_flag(program, instruction.operands[1]):
        flags.append("STRONG")
    elif "volatile" in parts or id(instruction) in program.known.guesses:
        flags.append("VOLATILE")
    if parts & {"release", "acq_rel"}:
        flags.append("RELEASES")
    copied = sum(1 << n for n, r in enumerate(found.registers) if r not in program.known.looked_at)
    if found.loads and len(found.registers) > 1 and copied:
        flags.append(f"COPIED({copied})")
    return " | ".join(flags)


def talks(program: Program) -> bool:
    """Whether threads hand on values through volatile memory that other blocks may read."""
    code = (i for block in program.flow.blocks for i in block.instructions)
    return any({"st", "volatile"} <= set(i.parts) and access(i).space in ("", "global") for i in code)


def _is_flag(program: Program, value) -> bool:
    """Whether all threads would write the same: a flag is raised, and no partial sum handed on."""
    kind = VECTOR if isinstance(value, tuple) else program.lanes.of(value)
    return kind != VECTOR and kind.uniform and kind.base is not None


def judged(program: Program, instruction: Instruction, found: Access, site: int, mask: str, values: str = "") -> str:
    """C that leaves in `good` the lanes of `mask` whose access is allowed, and notes what they do.

    `a` holds their addresses; of a local access biased offsets, which become the host's.
    values: a pointer to 32 lanes that are stored, if there is one element a lane.
    """
    first, count = limits(program, program.root(found), found.size)
    flags, lanes = does(program, instruction, found), "(u64 *)&a"
    text = f"u32 good = inside(c, w, {site}, {lanes}, {mask}, {first}, {count}, {found.size});"
    if found.space == "local":
        text += f" a = plus64(a, plus64(local_frames(c, w, LOCAL), splat64({constant(-LOCAL_BIAS, 64)})));"
    given = f"{values}, {max(4, found.element)}" if values else "NULL, 0"
    text += f" note(c, w, {site}, {lanes}, good, {first}, {found.size}, {found.element}, {flags}, {given});"
    if "STRONG" in flags or "VOLATILE" in flags:
        reads = int(found.loads or instruction.parts[0] == "atom")
        text += f" strong(c, w, {lanes}, good, {flags}, {reads});"
    return text


def ran(program: Program, block: int, mask: str) -> str:
    """C at the head of a block of code: that these lanes ran what is known in it."""
    slot = program.known.slot(block) if program.known else None
    return "" if slot is None else f"RAN_KNOWN({slot}, {mask});"


def fence(instruction: Instruction, mask: str) -> str:
    """C for a `membar` or `fence`: how far it is seen."""
    if instruction.parts[0] not in ("membar", "fence"):
        return ""
    return f"fence_of(c, w, {int('cta' not in instruction.parts)}, {mask});"
