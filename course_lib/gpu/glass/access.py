"""Loads and stores: what they touch, and which array they were meant for.

An address computed from one pointer parameter, or from one shared array, is held to that array alone, so that a step
out of A into its neighbour B is found too. Where the code leaves the array open, any live array will do.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from course_lib.gpu.glass.flow import Flow, defines
from course_lib.gpu.glass.isa.operation import type_bits
from course_lib.gpu.glass.ptx import Instruction, Kernel
from course_lib.gpu.glass.syntax import Address, Register, Symbol

SPACES = ("global", "shared", "local", "param", "const")
MODIFIERS = {
    "relaxed",
    "weak",
    "volatile",
    "nc",
    "ca",
    "cg",
    "cs",
    "lu",
    "cv",
    "wb",
    "wt",
    "gpu",
    "sys",
    "cta",
    "cluster",
    "acquire",
    "release",
}
MODIFIERS |= {
    "L1::evict_last",
    "L1::evict_first",
    "L1::no_allocate",
    "L2::128B",
    "L2::64B",
    "L2::256B",
    "unified",
    "v2",
    "v4",
}


class Root(NamedTuple):
    """space "global": the pointer at byte `offset` of the parameters; "shared" and "module": the array `name`;
    "local": a thread's frame."""

    space: str
    name: str = ""
    offset: int = 0


@dataclass(frozen=True)
class Access:
    """One load or store: `registers` of `type`, consecutive in memory from `address`. An atomic touches one place."""

    loads: bool
    space: str  # "" is generic: the address itself tells
    type: str  # as C: u8 … s32, u64
    address: Address
    registers: tuple
    atomic: bool = False
    unknown: str | None = None  # a modifier that the glass GPU does not know

    @property
    def element(self) -> int:
        return type_bits(self.type) // 8

    @property
    def size(self) -> int:
        """Bytes that one lane touches."""
        return self.element * (1 if self.atomic else len(self.registers))


def access(instruction: Instruction) -> Access:
    parts = instruction.parts
    space = next((s for s in SPACES if s in parts or f"{s}::cta" in parts or f"{s}::entry" in parts), "")
    if parts[0] in ("atom", "red"):
        address, *values = instruction.operands[1 if parts[0] == "atom" else 0 :]
        return Access(False, space, f"u{type_bits(parts[-1])}", address, tuple(values), atomic=True)
    loads = parts[0] == "ld"
    data, address = instruction.operands if loads else reversed(instruction.operands)
    *modifiers, type_ = parts[1:]
    strange = [p for p in modifiers if p.split("::")[0] not in SPACES and p not in MODIFIERS]
    registers = data if type(data) is tuple else (data,)
    if not re.fullmatch(r"[bsuf]\d+", type_):  # typed by hand: ptxas takes the type at any place
        strange, type_ = [type_], "u32"
    type_ = type_ if type_[0] == "s" else f"u{type_bits(type_)}"
    return Access(loads, space, type_, address, registers, unknown=strange[0] if strange else None)


def roots(kernel: Kernel, flow: Flow) -> dict[Register, Root | None]:
    """Register -> the one array that its address can belong to; None where there are several or none."""
    instructions = [i for block in flow.blocks for i in block.instructions]
    loaded = {}  # register -> the parameter it came from
    for i in instructions:
        if i.parts[:2] == ["ld", "param"] and isinstance(i.operands[0], Register):
            address = i.operands[1]
            loaded[i.operands[0]] = Root(
                "global", address.base, kernel.parameters[address.base].offset + address.offset
            )
    sure = _sources_of_registers(instructions, kernel, loaded, {})
    # An instruction that takes generic addresses, such as cp.async, may use a parameter as it came.
    raw = _sources_of_registers(instructions, kernel, loaded, {r: {root} for r, root in loaded.items()})
    either = {register: sure.get(register) or sources for register, sources in raw.items()}
    return {register: next(iter(s)) if len(s) == 1 else None for register, s in either.items()}


def _sources_of_registers(instructions, kernel, loaded, found) -> dict[Register, set]:
    """`found`, with the arrays that each register's value may come from added until nothing changes."""
    changed = True
    while changed:
        changed = False
        for i in instructions:
            for register in defines(i):
                now = found.get(register, set()) | _sources(i, kernel, loaded, found)
                if now != found.get(register, set()):
                    found[register], changed = now, True
    return found


CARRIES = ("add", "sub", "mov", "cvta", "mad", "selp", "or", "and", "cvt", "min", "max")


def _sources(instruction, kernel, loaded, found):
    """A parameter is a pointer where `cvta.to` makes it one: a plain 64-bit integer never goes through that."""
    parts = instruction.parts
    if parts[0] == "cvta" and instruction.operands[1] in loaded:
        return {loaded[instruction.operands[1]]}
    if parts[0] == "cvta" and "to" not in parts and parts[1] != "global":
        return {None}  # a generic address of shared or local memory
    if parts[0] == "ld" and "param" not in parts:
        return {None} if parts[-1] in ("u64", "b64", "s64") else set()
    if parts[0] not in CARRIES:
        return set()
    sources = set()
    for operand in instruction.operands[1:]:
        if isinstance(operand, Register):
            sources |= found.get(operand, set())
        elif isinstance(operand, Symbol):
            sources.add(root_of_symbol(kernel, operand))
    return sources


def root_of_symbol(kernel: Kernel, symbol: Symbol) -> Root | None:
    if symbol in kernel.shared:
        return Root("shared", symbol)
    if symbol in kernel.module:
        return Root("module", symbol)
    return Root("local") if symbol in kernel.local else None
