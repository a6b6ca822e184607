"""Registers that depend on threadIdx and literals alone: their value in every thread of a block is known beforehand."""

import numpy as np

from course_lib.gpu.glass.ptx import Kernel, Register, Symbol


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


def tables_of(kernel: Kernel, definitions: dict, block: tuple[int, int, int]) -> dict[Register, np.ndarray]:
    """Register -> its value in every thread, (warps, 32); definitions: register -> the instructions that write it.

    Only values that stay within [0, 2^31) are kept, where signed, unsigned, 32 and 64 bits all agree.
    """
    known = dict(thread_coordinates(block))
    known |= {f"%ntid.{axis}": np.full_like(known["%tid.x"], size) for axis, size in zip("xyz", block, strict=True)}
    tables, changed = {}, True

    def value(operand):
        if isinstance(operand, Symbol) and operand in kernel.shared:
            operand = kernel.shared[operand].offset
        if isinstance(operand, int):
            return np.full_like(known["%tid.x"], operand) if 0 <= operand < 2**31 else None
        return tables.get(operand) if isinstance(operand, Register) else known.get(operand)

    while changed:
        changed = False
        for register, instructions in definitions.items():
            parts, operands = instructions[0].parts, instructions[0].operands
            usable = len(instructions) == 1 and register not in tables and type(operands[0]) is not tuple
            if not usable or parts[0] not in EVALUATE or parts[1] == "hi":
                continue
            types = parts[1:] if parts[0] == "cvt" else parts[-1:]
            if kernel.width(register) < 32 or not all(t[0] in "sub" and t[1:] in ("32", "64") for t in types):
                continue
            values = [value(o) for o in operands[1:]]
            if any(v is None for v in values) or (parts[0] in ("div", "rem") and not values[1].all()):
                continue
            result = EVALUATE[parts[0]](*values)
            if result.min() >= 0 and result.max() < 2**31:
                tables[register], changed = result, True
    return tables
