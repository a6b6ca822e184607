"""Registers that depend on threadIdx and literals alone: their value in every thread of a block is known beforehand."""

import numpy as np

from course_lib.gpu.glass.flow import Flow, defines, uses
from course_lib.gpu.glass.ptx import Kernel
from course_lib.gpu.glass.syntax import Register, Symbol


def thread_coordinates(block: tuple[int, int, int]) -> dict[str, np.ndarray]:
    """threadIdx.x, .y, .z and the lane of every thread, each (warps, 32); the last warp is filled up."""
    bx, by, bz = block
    warps = -(-bx * by * bz // 32)
    linear = np.arange(warps * 32).reshape(warps, 32)
    return {"%tid.x": linear % bx, "%tid.y": linear // bx % by, "%tid.z": linear // (bx * by), "%laneid": linear % 32}


EVALUATE = {
    "mov": lambda x: x,
    "cvt": lambda x: x,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "mad": lambda x, y, z: x * y + z,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "shl": lambda x, y: x << np.minimum(y, 32),
    "shr": lambda x, y: x >> np.minimum(y, 32),
    "div": np.floor_divide,
    "rem": np.remainder,
}


def tables_of(kernel: Kernel, flow: Flow, block: tuple[int, int, int]) -> dict[Register, np.ndarray]:
    """Register -> its value in every thread, (warps, 32), of registers that are written once.

    Only values that stay within [0, 2^31) are kept, where signed, unsigned, 32 and 64 bits all agree.
    """
    known = dict(thread_coordinates(block))
    known |= {f"%ntid.{axis}": np.full_like(known["%tid.x"], size) for axis, size in zip("xyz", block, strict=True)}
    definitions: dict[Register, list] = {}
    for instruction in (i for b in flow.blocks for i in b.instructions):
        for register in defines(instruction):
            definitions.setdefault(register, []).append(instruction)
    sources = _sources(flow, {r for r, found in definitions.items() if len(found) > 1})
    values: dict[int, np.ndarray] = {}  # instruction -> its result
    changed = True

    def value(instruction, operand):
        if isinstance(operand, Symbol) and operand in kernel.shared:
            operand = kernel.shared[operand].offset
        if isinstance(operand, int):
            return np.full_like(known["%tid.x"], operand) if 0 <= operand < 2**31 else None
        if not isinstance(operand, Register):
            return known.get(operand)
        written = definitions.get(operand, ())
        return values.get(id(written[0]) if len(written) == 1 else sources.get((id(instruction), operand)))

    while changed:
        changed = False
        for instruction in (i for b in flow.blocks for i in b.instructions):
            result = _evaluate(kernel, instruction, value) if id(instruction) not in values else None
            if result is not None:
                values[id(instruction)], changed = result, True
    once = ((register, found[0]) for register, found in definitions.items() if len(found) == 1)
    return {register: values[id(instruction)] for register, instruction in once if id(instruction) in values}


def _sources(flow: Flow, registers: set[Register]) -> dict[tuple[int, Register], int]:
    """(an instruction, a register that it reads) -> the only instruction that can have written it, of these registers.

    A counter has its first value until the loop begins: reaching definitions tell.
    """
    reaching = [{} for _ in range(flow.exit + 1)]  # at the head of each block: register -> who may have written it
    sources, stack, seen = {}, [0], {0}
    while stack:
        number = stack.pop()
        at = dict(reaching[number])
        for instruction in flow.blocks[number].instructions:
            for register in registers.intersection(uses(instruction)):
                found = at.get(register, frozenset())
                sources[id(instruction), register] = next(iter(found)) if len(found) == 1 else None
            for register in registers.intersection(defines(instruction)):
                kept = at.get(register, frozenset()) if instruction.guard else frozenset()
                at[register] = kept | {id(instruction)}
        for successor in flow.blocks[number].successors:
            then = reaching[successor]
            more = {r: then.get(r, frozenset()) | found for r, found in at.items()}
            if successor != flow.exit and (more != {r: then.get(r) for r in more} or successor not in seen):
                seen.add(successor)
                reaching[successor] = then | more
                stack.append(successor)
    return sources


def _evaluate(kernel, instruction, value) -> np.ndarray | None:
    parts, operands = instruction.parts, instruction.operands
    if parts[0] not in EVALUATE or parts[1] == "hi" or instruction.guard or type(operands[0]) is tuple:
        return None
    types = parts[1:] if parts[0] == "cvt" else parts[-1:]
    if kernel.width(operands[0]) < 32 or not all(t[0] in "sub" and t[1:] in ("32", "64") for t in types):
        return None
    found = [value(instruction, o) for o in operands[1:]]
    if any(v is None for v in found) or (parts[0] in ("div", "rem") and not found[1].all()):
        return None
    result = EVALUATE[parts[0]](*found)
    return result if result.min() >= 0 and result.max() < 2**31 else None
