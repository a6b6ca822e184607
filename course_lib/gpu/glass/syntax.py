"""The operands of a PTX instruction, from their text."""

import re
import struct
from typing import NamedTuple

RESERVED = "$reserved"  # shared memory that CUDA keeps for cooperative groups of several warps
SPECIAL = r"%(tid|ntid|ctaid|nctaid|laneid|warpid|nwarpid|lanemask|clock|smid|gridid|dynamic|globaltimer|total|aggr|is_"
SPECIAL += r"|cluster|nsmid|pm|env)"


class Register(str):
    """`%r5`; its width is in Kernel.widths."""


class Special(str):
    """`%tid.x`: a register that the hardware fills."""


class Symbol(str):
    """The name of a parameter, a shared or local array, a label."""


class Address(NamedTuple):
    """`[base + offset]`: base is a Register, a Symbol, or None for an absolute address."""

    base: Register | Symbol | None
    offset: int


def split(text: str) -> list[str]:
    """Split at the commas outside brackets and braces."""
    return [part.strip() for part in re.split(r",(?![^\[{(]*[\]})])", text) if part.strip()]


def operand(text: str, type_: str = ""):
    """A Register, Special, Symbol or Address, a tuple of them, or an int, which holds the bits of a float.

    type_: of the instruction, which says how many bits 0.5 has. What is not understood is a Symbol.
    """
    text = text.strip()
    if text == "WARP_SZ":
        return 32
    if text == "%reserved_smem_offset_1":
        return Symbol(RESERVED)
    if text.startswith("{"):
        return tuple(operand(part, type_) for part in text.strip("{}").split(","))
    if match := re.fullmatch(r"\[\s*(.+?)\s*(?:([+-])\s*(-?\w+)\s*)?\]", text):
        base, offset = operand(match[1]), whole(match[3] or "0")
        if offset is None:
            return Symbol(text)
        offset = -offset if match[2] == "-" else offset
        return Address(None, base + offset) if isinstance(base, int) else Address(base, offset)
    if text.startswith(("%", "_|%")):
        return Special(text) if re.match(SPECIAL, text) else Register(text)
    number = floating(text, type_)
    return Symbol(text) if number is None and (number := whole(text)) is None else number


def whole(text: str) -> int | None:
    """-7, 0x1F, 017, 0b101, each perhaps unsigned, 7U; None if it is no such number."""
    match = re.fullmatch(r"(-?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|(0[0-7]*)|([1-9]\d*))U?", text)
    if match is None:
        return None
    sign, *digits = match.groups()
    value = next(int(d, base) for d, base in zip(digits, (16, 2, 8, 10), strict=True) if d)
    return -value if sign else value


def floating(text: str, type_: str) -> int | None:
    """The bits of 0f3F800000, 0d3FF0000000000000, and of 0.5 in an instruction of this type; None of anything else."""
    if match := re.fullmatch(r"0[fF]([0-9a-fA-F]{8})|0[dD]([0-9a-fA-F]{16})", text):
        return int(match[1] or match[2], 16)
    if re.fullmatch(r"-?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?|-?\d+[eE][-+]?\d+", text):
        as_float, as_bits = ("<d", "<Q") if type_ == "f64" else ("<f", "<I")
        return struct.unpack(as_bits, struct.pack(as_float, float(text)))[0]
    return None
