"""Integer arithmetic. Overflow wraps around; division by zero gives all ones, as NVIDIA's GPUs do."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {}
WIDE = {"s16": "s32", "u16": "u32", "s32": "s64", "u32": "u64"}
HIGH = {"s16": "x * y >> 16", "u16": "(u32)x * y >> 16", "s32": "(s64)x * y >> 32", "u32": "(u64)x * y >> 32"}
HIGH |= {"s64": "(s64)((__int128)x * y >> 64)", "u64": "(u64)((unsigned __int128)x * y >> 64)"}

for t in ("s16", "u16", "s32", "u32", "s64", "u64"):
    signed = t[0] == "s"
    OPERATIONS |= {
        f"add.{t}": Operation(t, (t, t), "x + y", vector=True),
        f"sub.{t}": Operation(t, (t, t), "x - y", vector=True),
        f"mul.lo.{t}": Operation(t, (t, t), "x * y", vector=True),
        f"mul.hi.{t}": Operation(t, (t, t), HIGH[t]),
        f"mad.lo.{t}": Operation(t, (t, t, t), "x * y + z", vector=True),
        f"mad.hi.{t}": Operation(t, (t, t, t), f"({HIGH[t]}) + z"),
        f"div.{t}": Operation(t, (t, t), "y == 0 ? -1 : y == -1 ? -x : x / y" if signed else "y == 0 ? -1 : x / y"),
        f"rem.{t}": Operation(t, (t, t), "y == 0 ? -1 : y == -1 ? 0 : x % y" if signed else "y == 0 ? -1 : x % y"),
        f"min.{t}": Operation(t, (t, t), "x < y ? x : y"),
        f"max.{t}": Operation(t, (t, t), "x > y ? x : y"),
    }
    if signed:
        OPERATIONS[f"abs.{t}"] = Operation(t, (t,), "x < 0 ? -x : x")
        OPERATIONS[f"neg.{t}"] = Operation(t, (t,), "-x", vector=True)
    if t in WIDE:
        w = WIDE[t]
        OPERATIONS[f"mul.wide.{t}"] = Operation(w, (t, t), f"({w})x * y")
        OPERATIONS[f"mad.wide.{t}"] = Operation(w, (t, t, w), f"({w})x * y + z")

for t, lowest, highest in (("s32", "INT32_MIN", "INT32_MAX"),):
    clamp = f"s64 r = {{}}; r < {lowest} ? {lowest} : r > {highest} ? {highest} : r"
    OPERATIONS[f"add.sat.{t}"] = Operation(t, (t, t), f"({{ {clamp.format('(s64)x + y')}; }})")
    OPERATIONS[f"sub.sat.{t}"] = Operation(t, (t, t), f"({{ {clamp.format('(s64)x - y')}; }})")

for t in ("s32", "u32"):  # |x - y| + z
    OPERATIONS[f"sad.{t}"] = Operation(t, (t, t, "u32"), "(u32)(x < y ? (u32)y - (u32)x : (u32)x - (u32)y) + z")

for t in ("mul24.lo", "mad24.lo"):  # 24-bit factors
    for s in ("s32", "u32"):
        low = "((x << 8 >> 8) * (y << 8 >> 8))"
        three = t.startswith("mad")
        OPERATIONS[f"{t}.{s}"] = Operation(s, (s,) * (3 if three else 2), low + (" + z" if three else ""))
