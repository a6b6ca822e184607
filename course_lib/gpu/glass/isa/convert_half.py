"""Conversions to and from f16 and bf16, and to tf32 (an f32 with 10 fraction digits, for tensor cores)."""

from course_lib.gpu.glass.isa.convert import INTEGERS, TO_INTEGER, limits
from course_lib.gpu.glass.isa.half import RELU, SAT
from course_lib.gpu.glass.isa.operation import BITS, Operation

OPERATIONS = {}
MODES = {"rn": "NEAREST", "rz": "TO_ZERO", "rm": "DOWN", "rp": "UP"}
FORMAT = {"f16": "10, -14, 15", "bf16": "7, -126, 127"}

for t, form in FORMAT.items():
    bits = f"narrow({{}}, {form}, {{}})"
    for wide in ("f32", "f64"):
        OPERATIONS[f"cvt.{wide}.{t}"] = Operation(wide, (t,), "x")
        for mode, constant in MODES.items():
            OPERATIONS[f"cvt.{mode}.{t}.{wide}"] = Operation("u16", (wide,), bits.format("x", constant))
            saturated, positive = bits.format(SAT.format("x"), constant), bits.format(RELU.format("x"), constant)
            OPERATIONS[f"cvt.{mode}.sat.{t}.{wide}"] = Operation("u16", (wide,), saturated)
            OPERATIONS[f"cvt.{mode}.relu.{t}.{wide}"] = Operation("u16", (wide,), positive)
    OPERATIONS[f"cvt.ftz.f32.{t}"] = OPERATIONS[f"cvt.f32.{t}"]  # a subnormal f16 is a normal f32
    OPERATIONS[f"cvt.sat.f32.{t}"] = Operation("f32", (t,), "x > 0 ? (x < 1 ? x : 1) : 0")
    OPERATIONS[f"cvt.{t}.{t}"] = Operation("u16", ("u16",), "x")
    OPERATIONS[f"cvt.sat.{t}.{t}"] = Operation(t, (t,), SAT.format("x"))
    other = "bf16" if t == "f16" else "f16"
    for mode, constant in MODES.items():
        OPERATIONS[f"cvt.{mode}.{t}.{other}"] = Operation("u16", (other,), bits.format("x", constant))
    for mode, constant in (("rn", "NEAREST"), ("rz", "TO_ZERO")):  # two f32, the first into the upper half
        for relu in ("", ".relu"):
            high, low = (bits.format(RELU.format(v) if relu else v, constant) for v in "xy")
            OPERATIONS[f"cvt.{mode}{relu}.{t}x2.f32"] = Operation("u32", ("f32", "f32"), f"{high} << 16 | {low}")
    for mode, function in TO_INTEGER.items():
        OPERATIONS[f"cvt.{mode}.{t}.{t}"] = Operation(t, (t,), f"__builtin_{function}(x)")
        for d in INTEGERS:
            low, high = limits(d)
            nan = "0" if BITS[d] < 64 else f"({d})((u64)1 << 63)"
            inside = f"r != r ? {nan} : r <= (f64){low} ? {low} : r >= (f64){high} ? {high} : ({d})r"
            o = Operation(d, (t,), f"({{ f64 r = __builtin_{function}(x); {inside}; }})")
            OPERATIONS |= {f"cvt.{mode}.{d}.{t}": o, f"cvt.{mode}.sat.{d}.{t}": o}
    for s in INTEGERS:
        for mode, constant in MODES.items():
            value = bits.format(f"odd_{s[0]}64(x)", constant)
            OPERATIONS[f"cvt.{mode}.{t}.{s}"] = Operation("u16", (s,), value)

for t, form in FORMAT.items():  # too large becomes the largest number; two f32 as above
    most = "({{ f64 s = {}; s > {1} ? {1} : s < -{1} ? -{1} : s; }})".replace(
        "{1}", {"f16": "65504", "bf16": "0x1.fep127"}[t]
    )
    for mode, constant in (("rn", "NEAREST"), ("rz", "TO_ZERO")):
        for relu in ("", ".relu"):
            high, low = (f"narrow({most.format(RELU.format(v) if relu else v)}, {form}, {constant})" for v in "xy")
            OPERATIONS[f"cvt.{mode}{relu}.satfinite.{t}x2.f32"] = Operation(
                "u32", ("f32", "f32"), f"{high} << 16 | {low}"
            )
            x = most.format(RELU.format("x") if relu else "x")
            OPERATIONS[f"cvt.{mode}{relu}.satfinite.{t}.f32"] = Operation(
                "u16", ("f32",), f"narrow({x}, {form}, {constant})"
            )

for t in ("e4m3", "e5m2"):  # two of 8 bits in one register of 16, the first operand into the upper half
    for relu in ("", ".relu"):
        x, y, low, high = (RELU.format(v) if relu else v for v in ("x", "y", "as_f16(x)", "as_f16(x >> 16)"))
        OPERATIONS[f"cvt.rn.satfinite{relu}.{t}x2.f32"] = Operation(
            "u16", ("f32", "f32"), f"bits_{t}({x}) << 8 | bits_{t}({y})"
        )
        OPERATIONS[f"cvt.rn.satfinite{relu}.{t}x2.f16x2"] = Operation(
            "u16", ("u32",), f"bits_{t}({high}) << 8 | bits_{t}({low})"
        )
        low, high = (
            RELU.format(f"as_{t}(x{shift} & 255)") if relu else f"as_{t}(x{shift} & 255)" for shift in ("", " >> 8")
        )
        OPERATIONS[f"cvt.rn{relu}.f16x2.{t}x2"] = Operation(
            "u32", ("u16",), f"bits_f16({high}) << 16 | bits_f16({low})"
        )

for mode, constant in (("rna", "AWAY"), ("rn", "NEAREST"), ("rz", "TO_ZERO")):
    for relu in ("", ".relu"):
        value = f"narrow({RELU.format('x') if relu else 'x'}, 10, -126, 127, {constant}) << 13"
        OPERATIONS[f"cvt.{mode}{relu}.tf32.f32"] = Operation("u32", ("f32",), value)
