"""Floating point. Arithmetic that IEEE 754 defines is exact; the `.approx` functions are the C library's, which are
closer to the true value than the GPU's tables, so their last bits differ from a GPU's."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {}
ROUND = {"rz": "FE_TOWARDZERO", "rm": "FE_DOWNWARD", "rp": "FE_UPWARD"}

# PTX: the smaller of a number and NaN is the number, and -0 < +0.
MIN = "x != x ? y : y != y ? x : x < y || (x == y && signbit(x)) ? x : y"
MAX = "x != x ? y : y != y ? x : x > y || (x == y && !signbit(x)) ? x : y"

for t, s in (("f32", "f"), ("f64", "")):
    arithmetic = {"add": "x + y", "sub": "x - y", "mul": "x * y"}
    for name, expression in arithmetic.items():
        plain = Operation(t, (t, t), expression, vector=True)
        OPERATIONS |= {f"{name}.{t}": plain, f"{name}.rn.{t}": plain}
    for name in ("fma.rn", "mad.rn"):
        OPERATIONS[f"{name}.{t}"] = Operation(t, (t, t, t), f"__builtin_fma{s}(x, y, z)", vector=True)
    for mode, constant in ROUND.items():
        three = f"rounded_{t}({constant}, "
        OPERATIONS |= {
            f"add.{mode}.{t}": Operation(t, (t, t), three + "x, 1, y)"),
            f"sub.{mode}.{t}": Operation(t, (t, t), three + "-y, 1, x)"),
            f"mul.{mode}.{t}": Operation(t, (t, t), three + "x, y, -0.0)"),
            f"fma.{mode}.{t}": Operation(t, (t, t, t), three + "x, y, z)"),
            f"div.{mode}.{t}": Operation(t, (t, t), f"divided_{t}({constant}, x, y)"),
            f"rcp.{mode}.{t}": Operation(t, (t,), f"divided_{t}({constant}, 1, x)"),
            f"sqrt.{mode}.{t}": Operation(t, (t,), f"rooted_{t}({constant}, x)"),
        }
    OPERATIONS |= {
        f"div.rn.{t}": Operation(t, (t, t), "x / y", vector=True),
        f"rcp.rn.{t}": Operation(t, (t,), f"({t})1 / x", vector=True),
        f"sqrt.rn.{t}": Operation(t, (t,), f"__builtin_sqrt{s}(x)"),
        f"rsqrt.approx.{t}": Operation(t, (t,), f"1 / __builtin_sqrt{s}(x)"),
        f"neg.{t}": Operation(t, (t,), "-x", vector=True),
        f"abs.{t}": Operation(t, (t,), f"__builtin_fabs{s}(x)"),
        f"min.{t}": Operation(t, (t, t), MIN),
        f"max.{t}": Operation(t, (t, t), MAX),
        f"min.NaN.{t}": Operation(t, (t, t), f"x != x || y != y ? NAN : {MIN}"),
        f"max.NaN.{t}": Operation(t, (t, t), f"x != x || y != y ? NAN : {MAX}"),
        f"copysign.{t}": Operation(t, (t, t), f"__builtin_copysign{s}(y, x)"),
        f"testp.finite.{t}": Operation("pred", (t,), "isfinite(x)"),
        f"testp.infinite.{t}": Operation("pred", (t,), "isinf(x)"),
        f"testp.number.{t}": Operation("pred", (t,), "x == x"),
        f"testp.notanumber.{t}": Operation("pred", (t,), "x != x"),
        f"testp.normal.{t}": Operation("pred", (t,), "isnormal(x)"),
        f"testp.subnormal.{t}": Operation("pred", (t,), "fpclassify(x) == FP_SUBNORMAL"),
    }

OPERATIONS |= {
    "div.approx.f32": Operation("f32", ("f32", "f32"), "x / y", vector=True),
    "div.full.f32": Operation("f32", ("f32", "f32"), "x / y", vector=True),
    "rcp.approx.f32": Operation("f32", ("f32",), "1.0f / x", vector=True),
    "rcp.approx.ftz.f64": Operation("f64", ("f64",), "1.0 / x", vector=True),
    "rsqrt.approx.ftz.f64": Operation("f64", ("f64",), "1 / __builtin_sqrt(x)"),
    "sqrt.approx.f32": Operation("f32", ("f32",), "__builtin_sqrtf(x)"),
    "ex2.approx.f32": Operation("f32", ("f32",), "exp2f(x)"),
    "lg2.approx.f32": Operation("f32", ("f32",), "log2f(x)"),
    "sin.approx.f32": Operation("f32", ("f32",), "sinf(x)"),
    "cos.approx.f32": Operation("f32", ("f32",), "cosf(x)"),
    "tanh.approx.f32": Operation("f32", ("f32",), "tanhf(x)"),
}

# .sat clamps to [0, 1] and turns NaN into 0; .ftz flushes subnormal operands and results to zero of the same sign.
for opcode, o in list(OPERATIONS.items()):
    name, t = opcode.rsplit(".", 1)
    if t != "f32" or "ftz" in name or o.result != "f32":
        continue
    operands = "; ".join(f"f32 {v}_ = flushed({v})" for v in "xyz"[: len(o.operands)])
    back = "; ".join(f"{v} = {v}_" for v in "xyz"[: len(o.operands)])
    flushed = f"({{ {operands}; {back}; flushed({o.expression}); }})"
    OPERATIONS[f"{name}.ftz.f32"] = Operation(t, o.operands, flushed)
    if name.split(".")[0] in ("add", "sub", "mul", "fma", "mad"):
        for ftz, value in (("", o.expression), (".ftz", flushed)):
            saturated = f"({{ f32 s = {value}; s > 0 ? (s < 1 ? s : 1) : 0; }})"
            OPERATIONS[f"{name}{ftz}.sat.f32"] = Operation(t, o.operands, saturated)
