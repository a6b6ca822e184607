"""Arithmetic and comparisons of f16 and bf16, alone and in pairs: f16x2 and bf16x2 are two in one 32-bit register.

An expression computes in f64 and is rounded once, when the result is stored (half.h).
"""

from course_lib.gpu.glass.isa.compare import SIGNS
from course_lib.gpu.glass.isa.floating import MAX, MIN
from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {}
SAT = "({{ f64 s = {}; s > 0 ? (s < 1 ? s : 1) : 0; }})"
RELU = "({{ f64 s = {}; s != s ? s : s > 0 ? s : 0; }})"
FUSED = "sum_odd(x * y, z)"


def flushing(t: str, expression: str, count: int) -> str:
    """`.ftz`: subnormal operands and results become zero."""
    operands = " ".join(f"f64 {n}f = flushed_{t}({n});" for n in "xyz"[:count])
    back = " ".join(f"f64 {n} = {n}f;" for n in "xyz"[:count])
    return f"({{ {operands} ({{ {back} flushed_{t}({expression}); }}); }})"


def pair(t: str, expression: str, count: int, write: str | None = None) -> Operation:
    """The same on both halves of 32-bit registers. write: the 16 bits of a result r that is no number."""
    operands = " ".join(f"f64 {n} = as_{t}({n}_ >> k);" for n in "xyz"[:count])
    write = write or f"bits_{t}({expression})"
    halves = f"for (int k = 0; k < 32; k += 16) {{ {operands} pair |= (u32)(u16)({write}) << k; }}"
    return Operation("u32", ("u32",) * count, f"({{ u32 pair = 0; {halves} pair; }})")


def _arithmetic(t: str) -> dict[str, tuple[int, str]]:
    """opcode without its type -> (number of operands, expression)."""
    found = {}
    for name, expression in (("add", "x + y"), ("sub", "x - y"), ("mul", "x * y")):
        found |= {f"{name}{rn}{sat}": (2, e) for rn in ("", ".rn") for sat, e in _saturated(t, expression)}
    found |= {f"fma.rn{sat}": (3, e) for sat, e in _saturated(t, FUSED)} | {"fma.rn.relu": (3, RELU.format(FUSED))}
    for name, smaller in (("min", MIN), ("max", MAX)):
        found |= {name: (2, smaller), f"{name}.NaN": (2, f"x != x || y != y ? NAN : {smaller}")}
        sign = "f64 sign = signbit(x) != signbit(y) ? -1 : 1; x = fabs(x); y = fabs(y);"
        signed = f"({{ {sign} f64 r = {smaller}; r != r ? r : copysign(r, sign); }})"
        found[f"{name}.xorsign.abs"] = (2, signed)
        found[f"{name}.NaN.xorsign.abs"] = (2, f"x != x || y != y ? NAN : {signed}")
    found |= {"neg": (1, "-x"), "abs": (1, "fabs(x)"), "tanh.approx": (1, "tanh(x)")}
    found["ex2.approx" if t == "f16" else "ex2.approx.ftz"] = (1, "exp2(x)")
    if t == "f16":
        flushed = {n: (c, flushing(t, e, c)) for n, (c, e) in found.items() if n.split(".")[0] != "tanh"}
        found |= {_with_ftz(name): value for name, value in flushed.items()}
    return found


def _saturated(t, expression):
    return [("", expression)] + ([(".sat", SAT.format(expression))] if t == "f16" else [])


def _with_ftz(name):
    """Where `.ftz` stands: after the rounding mode, before all else."""
    first, *rest = name.split(".")
    at = 1 if rest[:1] in (["rn"], ["approx"]) else 0
    return ".".join([first, *rest[:at], "ftz", *rest[at:]])


def _comparisons(t: str) -> dict[str, str]:
    """The name of a comparison -> expression; those with `u` are true of NaN."""
    found = {"num": "x == x && y == y", "nan": "x != x || y != y"}
    for name, sign in SIGNS.items():
        found |= {name: "x < y || x > y" if name == "ne" else f"x {sign} y"}
        found |= {f"{name}u": f"x {sign} y || x != x || y != y"}
    if t == "f16":
        found |= {f"{n}.ftz": f"({{ x = flushed_f16(x); y = flushed_f16(y); {e}; }})" for n, e in found.items()}
    return found


for t, one in (("f16", "0x3c00"), ("bf16", "0x3f80")):
    for name, (count, expression) in _arithmetic(t).items():
        OPERATIONS[f"{name}.{t}"] = Operation(t, (t,) * count, expression)
        OPERATIONS[f"{name}.{t}x2"] = pair(t, expression, count)
    for name, test in _comparisons(t).items():
        OPERATIONS[f"setp.{name}.{t}"] = Operation("pred", (t, t), test)
        for logic, sign in (("and", "&&"), ("or", "||"), ("xor", "!=")):
            first, *ftz = name.split(".")
            combined = ".".join(["setp", first, logic, *ftz, t])
            OPERATIONS[combined] = Operation("pred", (t, t, "pred"), f"(({test}) ? 1 : 0) {sign} (z ? 1 : 0)")
        for half, shift in (("low", 0), ("high", 16)):  # ours: setp with two results is two of them, plain.py
            each = f"({{ f64 x = as_{t}(x_ >> {shift}), y = as_{t}(y_ >> {shift}); {test}; }})"
            OPERATIONS[f"{half}.setp.{name}.{t}x2"] = Operation("pred", ("u32", "u32"), each)
        for d in ("u16", "s16", "u32", "s32"):
            OPERATIONS[f"set.{name}.{d}.{t}"] = Operation(d, (t, t), f"({test}) ? -1 : 0")
        OPERATIONS[f"set.{name}.{t}.{t}"] = Operation(t, (t, t), f"({test}) ? 1 : 0")
        OPERATIONS[f"set.{name}.{t}x2.{t}x2"] = pair(t, "", 2, f"({test}) ? {one} : 0")
        for d in ("u32", "s32"):
            OPERATIONS[f"set.{name}.{d}.{t}x2"] = pair(t, "", 2, f"({test}) ? 0xffff : 0")
