"""Atomic operations: new = expression(x, y, z), where x is the old value in memory, y and z the operands.

Their memory order and scope make no difference here: a lane's accesses are seen by others in the order it makes them.
"""

from course_lib.gpu.glass.isa.floating import MAX, MIN

ATOMICS: dict[str, tuple[str, str]] = {}  # "add.f32" -> (C type, expression)

for t in ("u32", "s32", "u64", "s64"):
    ATOMICS |= {f"min.{t}": (t, "x < y ? x : y"), f"max.{t}": (t, "x > y ? x : y"), f"add.{t}": (t, "x + y")}
for t in ("f32", "f64"):
    ATOMICS |= {f"add.{t}": (t, "x + y"), f"min.{t}": (t, MIN), f"max.{t}": (t, MAX)}
for b in (32, 64):
    u = f"u{b}"
    ATOMICS |= {f"and.b{b}": (u, "x & y"), f"or.b{b}": (u, "x | y"), f"xor.b{b}": (u, "x ^ y")}
    ATOMICS |= {f"exch.b{b}": (u, "y"), f"cas.b{b}": (u, "x == y ? z : x")}
ATOMICS["inc.u32"] = ("u32", "x >= y ? 0 : x + 1")
ATOMICS["dec.u32"] = ("u32", "x == 0 || x > y ? y : x - 1")


def function(name: str) -> str:
    """C for one atomic operation on the lanes of a mask, in the order of the lanes."""
    t, expression = ATOMICS[name]
    bits = int(t[1:])
    lanes, u = ("L", "u64") if bits == 64 else ("R", "u32")
    value = f"as_{t}" if t[0] == "f" else f"({t})"
    back = f"as_{u}" if t[0] == "f" else f"({u})"
    head = f"static void atomic_{name.replace('.', '_')}"
    return f"""{head}({lanes} *d, const L *address, const {lanes} *y_, const {lanes} *z_, u32 m) {{
  for (int i = 0; i < 32; i++) if (m >> i & 1) {{
    {u} *p = ({u} *)((const u64 *)address)[i], old = __atomic_load_n(p, __ATOMIC_RELAXED), new_;
    {t} y = {value}(((const {u} *)y_)[i]), z = {value}(((const {u} *)z_)[i]); (void)z;
    do {{ {t} x = {value}(old); {t} r = {expression}; new_ = {back}(r); }}
    while (!__atomic_compare_exchange_n(p, &old, new_, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    (({u} *)d)[i] = old;
  }} }}"""
