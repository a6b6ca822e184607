"""Which registers need a vector of 32 lanes, and which are simpler, for one block shape.

While all 32 lanes of a warp take the same path, most registers of a kernel that address memory are *linear*:

    value(lane) = base + sum over patterns K of coefficient_K * K[lane]

with a base and coefficients that are the same in all lanes, and patterns such as threadIdx.x within the warp
(0 1 2 … 31 in a 32-wide block, 0 … 15 0 … 15 in a 16-wide one). A register without patterns is *uniform*. One C
scalar for the base and one for each coefficient replace 32 lanes, a load from a linear address is a few wide loads
instead of 32, and a loop counter is a plain variable. What is neither is a *vector*.

Sums, differences and products by uniform values of linear registers are linear, exactly, in arithmetic modulo 2^32 or
2^64. Widening 32 to 64 bits is linear only if no lane wraps around, so emit.py guards it when the kernel runs.
Registers computed from threadIdx and literals alone are known for every thread of the block (threads.py).
After Collange, *Identifying scalar behavior in CUDA kernels*, 2011 (uniform and affine vectors).
"""

from dataclasses import dataclass
from math import gcd

import numpy as np

from course_lib.gpu.glass.flow import Flow, defines, uses
from course_lib.gpu.glass.ptx import Kernel
from course_lib.gpu.glass.syntax import Address, Register, Special
from course_lib.gpu.glass.threads import tables_of, thread_coordinates

LANES = np.arange(32)
MOST_PATTERNS = 3  # more coefficients than this cost more than a vector


@dataclass(frozen=True)
class Linear:
    """base and coefficients: an int where known before the kernel runs, None where not."""

    base: int | None
    coefficients: tuple[tuple[tuple[int, ...], int | None], ...] = ()  # ((pattern, coefficient), …), sorted

    @property
    def uniform(self):
        return not self.coefficients

    @property
    def literal(self):
        return self.base is not None and all(c is not None for _, c in self.coefficients)


VECTOR = "vector"
UNIFORM = Linear(None)


@dataclass
class Lanes:
    """kind: register -> Linear or VECTOR; tables: register -> its value in every thread, (warps, 32)."""

    kind: dict[Register, Linear | str]
    tables: dict[Register, np.ndarray]

    def kind_of_registers(self) -> dict[Register, "Linear | str"]:
        return {name: kind for name, kind in self.kind.items() if isinstance(name, Register)}

    def of(self, operand) -> Linear | str:
        """The kind of any operand; a symbol is a constant address."""
        if isinstance(operand, Address):
            operand = operand.base
        if isinstance(operand, Register):
            return self.kind[operand]
        if isinstance(operand, Special):
            return self.kind.get(operand, UNIFORM)
        return Linear(operand) if isinstance(operand, int) else UNIFORM


def classify(kernel: Kernel, flow: Flow, block: tuple[int, int, int]) -> Lanes:
    """The kind of every register of the kernel in blocks of this shape."""
    definitions: dict[Register, list] = {}
    for b in flow.blocks:
        for instruction in b.instructions:
            for register in defines(instruction):
                definitions.setdefault(register, []).append(instruction)
            for register in uses(instruction):
                definitions.setdefault(register, [])  # it may never be written
    tables = tables_of(kernel, flow, block)
    specials = {Special(name): _linear_table(table, 32) for name, table in thread_coordinates(block).items()}
    specials |= {Special(f"%ntid.{axis}"): Linear(size) for axis, size in zip("xyz", block, strict=True)}
    forced: set[Register] = set()
    while True:
        lanes = Lanes(_fixed_point(kernel, definitions, tables, specials, forced), tables)
        new = _lost_at_meeting_points(flow, lanes) - forced
        if not new:
            return lanes
        forced |= new


def _fixed_point(kernel, definitions, tables, specials, forced):
    """Optimistic: every register starts unknown (None) and falls to Linear, then to VECTOR.

    What is still unknown at the end hangs on a register that is read before anything is written to it.
    """
    kind = {r: (VECTOR if r in forced else None) for r in definitions} | specials
    for register, table in tables.items():
        kind[register] = VECTOR if register in forced else _linear_table(table, kernel.width(register))
    lanes, changed = Lanes(kind, tables), True
    while changed:
        changed = False
        for register, instructions in definitions.items():
            if register in tables or kind[register] == VECTOR:
                continue
            now = kind[register]
            for instruction in instructions:
                now = _merge(now, _result(instruction, lanes, kernel))
            if now != kind[register]:
                kind[register], changed = now, True
        if not changed and None in kind.values():
            kind |= {register: UNIFORM for register, known in kind.items() if known is None}
            changed = True
    return kind


def _merge(a, b):
    if a is None or b is None or a == b:
        return b if a is None else a
    if VECTOR in (a, b):
        return VECTOR
    mine, other = dict(a.coefficients), dict(b.coefficients)
    agreed = {p: mine[p] if p in mine and mine[p] == other.get(p) else None for p in mine.keys() | other.keys()}
    return _combine(a.base if a.base == b.base else None, agreed, 64)


def _combine(base, coefficients, width):
    """Literals are kept as signed numbers of the register's width."""
    base = as_integer(base, width, "s")
    reduced = {pattern: as_integer(c, width, "s") for pattern, c in coefficients.items()}
    kept = {pattern: c for pattern, c in reduced.items() if c != 0}
    return Linear(base, tuple(sorted(kept.items(), key=lambda item: item[0]))) if len(kept) <= MOST_PATTERNS else VECTOR


def _result(instruction, lanes, kernel):
    """The kind of what an instruction computes; None while an operand's kind is unknown."""
    parts, operands = instruction.parts, instruction.operands
    if parts[0] == "ld" and "param" in parts:
        return UNIFORM
    if parts[0] == "counted":
        return UNIFORM
    if (
        parts[0]
        in (
            "shfl",
            "atom",
            "vote",
            "match",
            "activemask",
            "redux",
            "elect",
            "vprintf",
            "isspacep",
            "mma",
            "wmma",
            "ldmatrix",
            "movmatrix",
            "mbarrier",
        )
        or "local" in parts
    ):
        return VECTOR
    kinds = [lanes.of(part) for o in operands[1:] for part in (o if type(o) is tuple else (o,))]
    if None in kinds:
        return None
    if all(isinstance(k, Linear) and k.uniform for k in kinds):
        literal = parts[0] == "mov" and len(kinds) == 1 and type(operands[1]) is not tuple
        return kinds[0] if literal else UNIFORM
    if VECTOR in kinds or parts[0] == "ld":
        return VECTOR
    return _linear_result(parts, kinds, operands, kernel)


WIDENS = ("cvt.s64.s32", "cvt.u64.u32", "cvt.s64.u32", "cvt.u64.s32")
INTEGERS = ("s32", "u32", "b32", "s64", "u64", "b64")
NARROWS = ("cvt.u32.u64", "cvt.s32.s64", "cvt.u32.s64", "cvt.s32.u64")


def _linear_result(parts, kinds, operands, kernel):
    width = kernel.width(operands[0])
    opcode, name = ".".join(parts), ".".join(parts[:2]) if parts[0] in ("mul", "mad") else parts[0]
    if parts[0] in ("mov", "cvta") and (not isinstance(operands[1], Register) or kernel.width(operands[1]) == width):
        return kinds[0]
    if parts[-1] not in INTEGERS or width < 32:
        return VECTOR
    if name in ("add", "sub") and "cc" not in parts and "sat" not in parts:
        return _sum(kinds[0], kinds[1], 1 if name == "add" else -1, width)
    if name in ("mul.lo", "mul.wide", "mad.lo", "mad.wide"):
        factors = [_widened(k, parts[-1][0]) for k in kinds[:2]] if "wide" in parts else kinds[:2]
        product = _product(*factors, width)
        return product if parts[0] == "mul" or product == VECTOR else _sum(product, kinds[2], 1, width)
    if name == "shl" and kinds[1].uniform and isinstance(kinds[1].base, int) and 0 <= kinds[1].base < width:
        return _product(kinds[0], Linear(1 << kinds[1].base), width)
    if name == "neg":
        return _product(kinds[0], Linear(-1), width)
    if opcode in WIDENS:
        return _widened(kinds[0], parts[-1][0])
    if opcode in NARROWS:
        return _combine(kinds[0].base, dict(kinds[0].coefficients), width)
    return VECTOR


def as_integer(value: int | None, width: int, sign: str) -> int | None:
    """The number that the low `width` bits mean, signed ("s") or not ("u")."""
    if value is None:
        return None
    value %= 1 << width
    return value - (1 << width) if sign == "s" and value >> (width - 1) else value


def _widened(kind, sign):
    """32 to 64 bits. A coefficient is a difference between lanes, and signed in either case."""
    coefficients = {pattern: as_integer(c, 32, "s") for pattern, c in kind.coefficients}
    return _combine(as_integer(kind.base, 32, sign), coefficients, 64)


def _sum(a, b, sign, width):
    base = None if a.base is None or b.base is None else a.base + sign * b.base
    mine, other = dict(a.coefficients), dict(b.coefficients)
    both = {}
    for pattern in mine.keys() | other.keys():
        x, y = mine.get(pattern, 0), other.get(pattern, 0)
        both[pattern] = None if x is None or y is None else x + sign * y
    return _combine(base, both, width)


def _product(a, b, width):
    if not a.uniform and not b.uniform:
        return VECTOR
    a, b = (b, a) if a.uniform else (a, b)  # now b is the uniform factor

    def times(x):
        return 0 if x == 0 else None if x is None or b.base is None else x * b.base

    return _combine(times(a.base), {pattern: times(c) for pattern, c in a.coefficients}, width)


def _lost_at_meeting_points(flow, lanes):
    """Scalars written while the lanes are apart, and alive where they meet, would forget which lane wrote what."""
    lost = set()
    for number, block in enumerate(flow.blocks):
        last = block.instructions[-1]
        if last.parts[0] == "bra" and last.guard and lanes.of(last.guard[0]) == VECTOR and flow.comes_back(number):
            written = flow.defined_in(flow.region(number)) & flow.live_in[flow.meets_at[number]]
            lost |= {r for r in written if lanes.of(r) != VECTOR and not lanes.of(r).literal}
    return lost


def _linear_table(table, width):
    """base[warp] + coefficient * pattern[lane] if every warp has the same pattern, else VECTOR."""
    steps = table - table[:, :1]
    if not (steps == steps[0]).all():
        return VECTOR
    base = int(table[0, 0]) if (table[:, 0] == table[0, 0]).all() else None
    divisor = gcd(*(int(s) for s in steps[0]))
    if divisor == 0:
        return Linear(base)
    first = next(s for s in steps[0] if s)
    divisor = divisor if first > 0 else -divisor
    return Linear(base, ((tuple(int(s) for s in steps[0] // divisor), divisor),))


def row_width(patterns) -> int:
    """The longest aligned run of lanes, 1 to 32, in which one pattern at most moves, by one a lane."""
    for width in (32, 16, 8, 4, 2):
        rows = [np.asarray(pattern).reshape(-1, width) for pattern in patterns]
        moving = [r for r in rows if (np.diff(r, axis=1) != 0).any()]
        if len(moving) <= 1 and all((np.diff(r, axis=1) == 1).all() for r in moving):
            return width
    return 1
