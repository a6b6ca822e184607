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
        OPERATIONS[f"mul.wide.{t}"] = Operation(w, (t, t), f"({w})x * y", vector=w[1:] == "64")
        OPERATIONS[f"mad.wide.{t}"] = Operation(w, (t, t, w), f"({w})x * y + z", vector=w[1:] == "64")

clamp = "s64 r = {}; r < INT32_MIN ? INT32_MIN : r > INT32_MAX ? INT32_MAX : r"
OPERATIONS["add.sat.s32"] = Operation("s32", ("s32", "s32"), f"({{ {clamp.format('(s64)x + y')}; }})")
OPERATIONS["sub.sat.s32"] = Operation("s32", ("s32", "s32"), f"({{ {clamp.format('(s64)x - y')}; }})")
OPERATIONS["mad.hi.sat.s32"] = Operation("s32", ("s32",) * 3, f"({{ {clamp.format('((s64)x * y >> 32) + z')}; }})")

for t in ("s16", "u16", "s32", "u32", "s64", "u64"):  # |x - y| + z
    u = "u" + t[1:]
    OPERATIONS[f"sad.{t}"] = Operation(t, (t,) * 3, f"({u})(x < y ? ({u})y - ({u})x : ({u})x - ({u})y) + z")

for t in ("s32", "u32"):  # 24-bit factors: the low 32 of 48 bits, or the high
    low, high = "((x << 8 >> 8) * (y << 8 >> 8))", f"(({t[0]}64)(x << 8 >> 8) * (y << 8 >> 8) >> 16)"
    for half, product in (("lo", low), ("hi", high)):
        OPERATIONS[f"mul24.{half}.{t}"] = Operation(t, (t, t), product)
        OPERATIONS[f"mad24.{half}.{t}"] = Operation(t, (t,) * 3, f"{product} + z")
signed = "((s64)(x << 8 >> 8) * (y << 8 >> 8) >> 16) + z"
OPERATIONS["mad24.hi.sat.s32"] = Operation("s32", ("s32",) * 3, f"({{ {clamp.format(signed)}; }})")
