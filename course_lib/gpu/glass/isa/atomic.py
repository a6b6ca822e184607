"""Atomic operations: new = expression(x, y, z), where x is the old value in memory, y and z the operands.

Their memory order and scope make no difference here: a lane's accesses are seen by others in the order it makes them.
"""

from course_lib.gpu.glass.isa.floating import MAX, MIN
from course_lib.gpu.glass.isa.half import pair
from course_lib.gpu.glass.isa.operation import BITS, FLOATS

ATOMICS: dict[str, tuple[str, str]] = {}  # "add.f32" -> (C type, expression)

for t in ("u32", "s32", "u64", "s64"):
    ATOMICS |= {f"min.{t}": (t, "x < y ? x : y"), f"max.{t}": (t, "x > y ? x : y"), f"add.{t}": (t, "x + y")}
for t in ("f32", "f64"):
    ATOMICS |= {f"add.{t}": (t, "x + y"), f"min.{t}": (t, MIN), f"max.{t}": (t, MAX)}
for b in (32, 64):
    u = f"u{b}"
    ATOMICS |= {f"and.b{b}": (u, "x & y"), f"or.b{b}": (u, "x | y"), f"xor.b{b}": (u, "x ^ y")}
    ATOMICS |= {f"exch.b{b}": (u, "y"), f"cas.b{b}": (u, "x == y ? z : x")}
for t in ("f16", "bf16"):
    ATOMICS[f"add.{t}"] = (t, "x + y")
    ATOMICS[f"add.{t}x2"] = ("u32", pair(t, "x + y", 2).expression)
    for name, expression in (("min", MIN), ("max", MAX)):  # of vectors only
        ATOMICS |= {f"{name}.{t}": (t, expression), f"{name}.{t}x2": ("u32", pair(t, expression, 2).expression)}
for name, expression in (("exch", "y"), ("cas", "x == y ? z : x")):
    ATOMICS[f"{name}.b16"] = ("u16", expression)
ATOMICS["inc.u32"] = ("u32", "x >= y ? 0 : x + 1")
ATOMICS["dec.u32"] = ("u32", "x == 0 || x > y ? y : x - 1")


def function(name: str) -> str:
    """C for one atomic operation on the lanes of a mask, in the order of the lanes (FLIP: in another one)."""
    t, expression = ATOMICS[name]
    bits = BITS[t]
    lanes, register = ("L", "u64") if bits == 64 else ("R", "u32")
    value, back = (f"as_{t}", f"bits_{t}") if t in FLOATS else (f"({t})", f"(u{bits})")
    operands = f"{register} y_ = ((const {register} *)ys)[i], z_ = ((const {register} *)zs)[i];"
    parameters = f"struct core *c, {lanes} *d, const L *address, const {lanes} *ys, const {lanes} *zs, u32 m"
    return f"""static void atomic_{name.replace(".", "_")}({parameters}) {{
  for (int j = 0; j < 32; j++) {{ int i = j ^ FLIP; if (!(m >> i & 1)) continue;
    u{bits} *p = (u{bits} *)((const u64 *)address)[i], x_ = __atomic_load_n(p, __ATOMIC_RELAXED), new_;
    {operands} {t} y = {value}(y_), z = {value}(z_); (void)z;
    do {{ {t} x = {value}(x_); {t} r = {expression}; new_ = {back}(r); }}
    while (!__atomic_compare_exchange_n(p, &x_, new_, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    (({register} *)d)[i] = x_;
  }} }}"""
