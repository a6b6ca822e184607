"""Conversions. To an integer: rounded as asked, too large or small to the nearest limit, NaN to zero or (from f64 and
to 64 bits) to the highest bit alone."""

from course_lib.gpu.glass.isa.operation import BITS, Operation

OPERATIONS = {}
INTEGERS = ("s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64")
TO_INTEGER = {"rzi": "trunc", "rni": "rint", "rmi": "floor", "rpi": "ceil"}


def limits(t: str) -> tuple[str, str]:
    """The smallest and largest value of an integer type, as C."""
    b = BITS[t]
    return (f"INT{b}_MIN", f"INT{b}_MAX") if t[0] == "s" else ("0", f"UINT{b}_MAX")


for d in INTEGERS:
    low, high = limits(d)
    for s in INTEGERS:
        OPERATIONS[f"cvt.{d}.{s}"] = Operation(d, (s,), f"({d})x", vector=(BITS[d], BITS[s]) == (64, 32))
        compare = f"(__int128)x < (__int128){low} ? {low} : (__int128)x > (__int128){high} ? {high} : ({d})x"
        OPERATIONS[f"cvt.sat.{d}.{s}"] = Operation(d, (s,), compare)
    for f, suffix in (("f32", "f"), ("f64", "")):
        for mode, function in TO_INTEGER.items():
            nan = "0" if f == "f32" and BITS[d] < 64 else f"({d})((u64)1 << {BITS[d] - 1})"
            inside = f"r != r ? {nan} : r <= ({f}){low} ? {low} : r >= ({f}){high} ? {high} : ({d})r"
            o = Operation(d, (f,), f"({{ {f} r = __builtin_{function}{suffix}(x); {inside}; }})")
            OPERATIONS |= {f"cvt.{mode}.{d}.{f}": o, f"cvt.{mode}.sat.{d}.{f}": o, f"cvt.{mode}.ftz.{d}.{f}": o}
        OPERATIONS[f"cvt.rn.{f}.{d}"] = Operation(f, (d,), f"({f})x")
        for mode, constant in (("rz", "FE_TOWARDZERO"), ("rm", "FE_DOWNWARD"), ("rp", "FE_UPWARD")):
            OPERATIONS[f"cvt.{mode}.{f}.{d}"] = Operation(f, (d,), f"from_{d[0]}64_{f}({constant}, x)")

for f, suffix in (("f32", "f"), ("f64", "")):
    OPERATIONS[f"cvt.{f}.{f}"] = Operation(f, (f,), "x", vector=True)
    OPERATIONS[f"cvt.sat.{f}.{f}"] = Operation(f, (f,), "x > 0 ? (x < 1 ? x : 1) : 0")
    for mode, function in TO_INTEGER.items():
        OPERATIONS[f"cvt.{mode}.{f}.{f}"] = Operation(f, (f,), f"__builtin_{function}{suffix}(x)")

for mode in TO_INTEGER:
    whole = OPERATIONS[f"cvt.{mode}.f32.f32"].expression
    OPERATIONS[f"cvt.{mode}.ftz.f32.f32"] = Operation("f32", ("f32",), f"({{ x = flushed(x); {whole}; }})")
OPERATIONS["cvt.ftz.f32.f32"] = Operation("f32", ("f32",), "flushed(x)")
OPERATIONS["cvt.ftz.sat.f32.f32"] = OPERATIONS["cvt.sat.f32.f32"] = Operation(
    "f32", ("f32",), "x > 0 ? (x < 1 ? x : 1) : 0"
)
OPERATIONS["cvt.f64.f32"] = Operation("f64", ("f32",), "(f64)x")
OPERATIONS["cvt.rn.f32.f64"] = Operation("f32", ("f64",), "(f32)x")
OPERATIONS["cvt.ftz.f64.f32"] = Operation("f64", ("f32",), "(f64)flushed(x)")
OPERATIONS["cvt.rn.ftz.f32.f64"] = Operation("f32", ("f64",), "flushed((f32)x)")
OPERATIONS["cvt.sat.f32.f64"] = Operation("f32", ("f64",), "(f32)(x > 0 ? (x < 1 ? x : 1) : 0)")
for mode, constant in (("rz", "FE_TOWARDZERO"), ("rm", "FE_DOWNWARD"), ("rp", "FE_UPWARD")):
    OPERATIONS[f"cvt.{mode}.f32.f64"] = Operation("f32", ("f64",), f"narrowed({constant}, x)")
