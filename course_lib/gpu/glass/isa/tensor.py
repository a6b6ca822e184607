"""Instructions on matrices, which a whole warp holds together: mma, wmma, ldmatrix; their C is in tensor.h.

Layouts of fragments: PTX ISA 9.0, "Matrix Fragments for mma.m16n8k16" and its neighbours; of wmma it leaves them open.
"""

import re
from functools import cache
from typing import NamedTuple

from course_lib.gpu.glass.isa.operation import type_bits

SMALL = {"s4": 4, "u4": 4, "b1": 1}  # types of fewer than 8 bits

MMA = {"f16": ("m16n8k8", "m16n8k16"), "bf16": ("m16n8k8", "m16n8k16"), "tf32": ("m16n8k4", "m16n8k8")}
MMA |= dict.fromkeys(("s8", "u8"), ("m8n8k16", "m16n8k16", "m16n8k32"))
MMA |= dict.fromkeys(("s4", "u4"), ("m8n8k32", "m16n8k32", "m16n8k64"))
MMA |= dict.fromkeys(("e4m3", "e5m2"), ("m16n8k16", "m16n8k32"))
MMA |= {"f64": ("m8n8k4", "m16n8k4", "m16n8k8", "m16n8k16"), "b1": ("m8n8k128", "m16n8k128", "m16n8k256")}
WMMA = dict.fromkeys(("f16", "bf16", "s8", "u8"), ("m16n16k16", "m32n8k16", "m8n32k16")) | {"tf32": ("m16n16k8",)}
WMMA |= {"f64": ("m8n8k4",), "s4": ("m8n8k32",), "u4": ("m8n8k32",), "b1": ("m8n8k128",)}
SUMS = {"f16": ("f16", "f32"), "bf16": ("f32",), "tf32": ("f32",), "f64": ("f64",)}
SUMS |= dict.fromkeys(("e4m3", "e5m2"), ("f16", "f32")) | dict.fromkeys(("s8", "u8", "s4", "u4", "b1"), ("s32",))
ALIKE = ({"s8", "u8"}, {"s4", "u4"}, {"e4m3", "e5m2"})  # what a and b may be together


class Product(NamedTuple):
    """d = a b + c of one warp: m x k times k x n; the types of a, b, c and d; limited: integers do not wrap around."""

    shape: tuple[int, int, int]
    a: str
    b: str
    c: str
    d: str
    limited: bool
    multiply: str  # how, a C function of tensor.h


def product(opcode: str) -> Product | None:
    """What an `mma` or `wmma.mma` computes; None if it is neither, or is not known."""
    layout, shape = r"(?:\.(?:row|col)\.(?:row|col))?", r"\.(m\d+n\d+k\d+)"
    bits = r"(?:\.(xor|and)\.popc)?"
    form = rf"(wmma\.mma|mma){bits}\.sync\.aligned{layout}{shape}{layout}(\.satfinite)?((?:\.\w+)+?){bits}"
    match = re.fullmatch(form, opcode.replace(".rn", ""))
    if not match:
        return None
    kind, sign, shape, early, rest, late = match.groups()
    types = [t for t in rest[1:].split(".") if t != "satfinite"]
    d, a, b, c = types if len(types) == 4 else (types[0], "f16", "f16", types[-1])
    known = shape in (WMMA if kind == "wmma.mma" else MMA).get(a, ()) and b in SUMS
    same = a == b or {a, b} in ALIKE
    sign = sign or late
    if not (known and same and c in SUMS[a] and d in SUMS[a] and bool(sign) == (a == "b1")):
        return None
    limited = bool(early) or rest.endswith("satfinite")
    multiply = "multiply_fused" if a == "f64" else "multiply_xor" if sign == "xor" else "multiply"
    return Product(tuple(map(int, re.findall(r"\d+", shape))), a, b, c, d, limited, multiply)


def definition(name: str, opcode: str, registers: tuple[int, int, int]) -> str:
    """The C function of a product; registers: of a, b and c in one lane."""
    p = product(opcode)
    types = ", ".join(t.upper() for t in (p.a, p.b, p.c, p.d))
    place = "WMMA_PLACE" if opcode.startswith("wmma") else "MMA_PLACE"
    each = (32 // min(32, type_bits(t)) for t in (p.a, p.b, p.c))
    counts = ", ".join(str(r * n) for r, n in zip(registers, each, strict=True))
    return (
        f"PRODUCT({name}, {p.multiply}, {', '.join(map(str, p.shape))}, {types}, {int(p.limited)}, {place}, {counts})"
    )


class Fragment(NamedTuple):
    """A `wmma` load or store: the matrix's rows and columns, the type of its elements, and whether columns are stored
    one after another. Of elements of fewer than 8 bits, `packed` to a word, words are moved: there B has its columns
    as rows."""

    loads: bool
    rows: int
    columns: int
    type: str
    by_column: bool
    space: str
    packed: int = 1


@cache
def fragment(opcode: str) -> Fragment | None:
    """What a `wmma.load` or `wmma.store` moves; None if it is neither, or is not known."""
    shape, space = r"m(\d+)n(\d+)k(\d+)", r"(?:\.(shared|global)(?:::cta)?)?"
    form = rf"wmma\.(load|store)\.([abcd])\.sync\.aligned\.(row|col)\.{shape}{space}\.(\w+)"
    match = re.fullmatch(form, opcode)
    if not match or match[8] not in (*WMMA, "f32", "s32"):
        return None
    m, n, k = map(int, match.group(4, 5, 6))
    rows, columns = {"a": (m, k), "b": (k, n)}.get(match[2], (m, n))
    if match[8] in SMALL:
        packed = 32 // SMALL[match[8]]
        return Fragment(True, {"a": m, "b": n}[match[2]], k // packed, "b32", False, match[7] or "", packed)
    return Fragment(match[1] == "load", rows, columns, match[8], match[3] == "col", match[7] or "")


def matrix_count(opcode: str) -> tuple[int, bool] | None:
    """(how many 8 x 8 matrices an `ldmatrix` or `stmatrix` moves, whether transposed).

    The words after its name stand in any order, as ptxas takes them.
    """
    name, *words = opcode.replace("::cta", "").split(".")
    count = next((word for word in words if word in ("x1", "x2", "x4")), "")
    known = {"sync", "aligned", "m8n8", "shared", "b16", count}
    if name not in ("ldmatrix", "stmatrix") or not count or sorted(set(words) - {"trans"}) != sorted(known):
        return None
    return int(count[1]), "trans" in words
