"""What an instruction is: which unit of a GPU runs it, and how many floating-point operations it stands for."""

from functools import cache
from typing import NamedTuple

from course_lib.gpu.glass.collective import atomic_name, is_collective
from course_lib.gpu.glass.isa.tensor import fragment, matrix_count, product
from course_lib.gpu.glass.ptx import Instruction

KINDS = ("fp32", "fp64", "half", "tensor", "special", "integer", "convert", "memory", "warp", "control", "move")
TENSOR = {"f16": "fp16", "bf16": "bf16", "tf32": "tf32", "f64": "fp64", "e4m3": "fp8", "e5m2": "fp8"}
TENSOR |= {"s8": "int8", "u8": "int8", "s4": "int4", "u4": "int4", "b1": "int1"}
SPECIAL = ("rcp", "sqrt", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh", "div")
ADDS = ("add.f", "add.bf")  # atomics
COUNTED = ("add", "sub", "mul", "min", "max", *SPECIAL)
MOVES = ("mov", "cvta", "selp", "join2", "join4", "prmt", "isspacep")
MEMORY = (
    "ld",
    "st",
    "atom",
    "red",
    "cp",
    "ldmatrix",
    "stmatrix",
    "prefetch",
    "prefetchu",
    "membar",
    "fence",
    "discard",
)
CONTROL = ("bra", "ret", "exit", "trap", "bar", "barrier", "arrive", "nanosleep", "vprintf", "counted", "brkpt")


class Work(NamedTuple):
    """kind: of KINDS; flops: floating-point operations of one lane, and their type, a key of hardware.py's peaks."""

    kind: str
    type: str
    flops: int


@cache
def of(opcode: str) -> Work:
    """What instructions of this opcode do."""
    instruction = Instruction(opcode, [], 0)
    return Work(_kind(instruction), *_flops(instruction))


def _kind(instruction: Instruction) -> str:
    """By the instruction's name and type as PTX has them; what reads a parameter is a move."""
    parts = instruction.parts
    name, type_ = parts[0], parts[-1]
    if product(instruction.opcode):
        return "tensor"
    if fragment(instruction.opcode) or matrix_count(instruction.opcode):
        return "memory"
    if is_collective(instruction):
        return "warp"
    if name in MEMORY:
        return "move" if "param" in parts else "memory"
    if name in CONTROL:
        return "control"
    if name == "cvt":
        return "convert"
    if name.startswith(("mov", "part")) or name in MOVES:
        return "move"
    if name in SPECIAL and type_.startswith("f"):
        return "fp64" if type_ == "f64" else "special"
    types = [p for p in parts[1:] if p[:1] in "fbsu" and p.lstrip("bfsu")[:2].isdigit()]
    kinds = [_of_type(p) for p in types]
    return next((k for k in kinds if k != "integer"), "integer")


def _of_type(type_):
    half = type_.startswith(("f16", "bf16"))
    return "half" if half else {"f32": "fp32", "f64": "fp64"}.get(type_, "integer")


def _flops(instruction: Instruction) -> tuple[str, int]:
    """A fused multiply-add counts two, a conversion or comparison none; of a matrix product's 2 m n k a lane has its
    32nd part."""
    name, type_ = instruction.parts[0], instruction.parts[-1]
    if found := product(instruction.opcode):
        m, n, k = found.shape
        return TENSOR[found.a], 2 * m * n * k // 32
    each = 2 if type_.endswith("x2") else 1
    kinds = {"f16": "fp16", "bf16": "bf16", "f32": "fp32", "f64": "fp64"}
    type_ = kinds.get(type_.removesuffix("x2"))
    if type_ is None:
        return "", 0
    if name in ("fma", "mad"):
        return type_, 2 * each
    return type_, each if name in COUNTED or (atomic_name(instruction) or "").startswith(ADDS) else 0
