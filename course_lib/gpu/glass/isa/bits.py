"""Bits and bytes."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {}

for b in (16, 32, 64):
    u = f"u{b}"
    OPERATIONS |= {
        f"and.b{b}": Operation(u, (u, u), "x & y", vector=True),
        f"or.b{b}": Operation(u, (u, u), "x | y", vector=True),
        f"xor.b{b}": Operation(u, (u, u), "x ^ y", vector=True),
        f"not.b{b}": Operation(u, (u,), "~x", vector=True),
        f"cnot.b{b}": Operation(u, (u,), "x == 0"),
        f"shl.b{b}": Operation(u, (u, "u32"), f"y < {b} ? x << y : 0"),  # PTX clamps the shift, C does not define it
        f"shr.u{b}": Operation(u, (u, "u32"), f"y < {b} ? x >> y : 0"),
        f"shr.b{b}": Operation(u, (u, "u32"), f"y < {b} ? x >> y : 0"),
        f"shr.s{b}": Operation(f"s{b}", (f"s{b}", "u32"), f"x >> (y < {b} ? y : {b - 1})"),
    }

for b, suffix in ((32, ""), (64, "ll")):
    u, s = f"u{b}", f"s{b}"
    OPERATIONS |= {
        f"popc.b{b}": Operation("u32", (u,), f"__builtin_popcount{suffix}(x)"),
        f"clz.b{b}": Operation("u32", (u,), f"x ? __builtin_clz{suffix}(x) : {b}"),
        f"brev.b{b}": Operation(
            u, (u,), f"({{ {u} r = 0; for (int i = 0; i < {b}; i++) r |= (x >> i & 1) << ({b - 1} - i); r; }})"
        ),
        f"bfind.u{b}": Operation("u32", (u,), f"x ? {b - 1} - __builtin_clz{suffix}(x) : -1"),
        f"bfind.s{b}": Operation(
            "u32", (s,), f"({{ {u} v = x < 0 ? ~x : x; v ? {b - 1} - __builtin_clz{suffix}(v) : -1; }})"
        ),
        f"bfe.u{b}": Operation(
            u,
            (u, "u32", "u32"),
            f"({{ u32 at = y & 255, n = z & 255; {u} v = at < {b} ? x >> at : 0; n < {b} ? v & ((({u})1 << n) - 1) : v; }})",
        ),
        f"bfe.s{b}": Operation(
            s,
            (s, "u32", "u32"),
            f"({{ u32 at = y & 255, n = z & 255, top = at + n - 1 < {b} ? at + n - 1 : {b - 1}; {s} v = x >> (at < {b} ? at : {b - 1}); "
            f"{u} m = n < {b} ? (({u})1 << n) - 1 : ~({u})0; n == 0 ? 0 : x >> top & 1 ? ({s})(v | ~m) : ({s})(v & m); }})",
        ),
    }

for b in (32, 64):  # insert x into y, at the position z and with the length v
    u = f"u{b}"
    OPERATIONS[f"bfi.b{b}"] = Operation(
        u,
        (u, u, "u32", "u32"),
        f"({{ u32 at = z & 255, n = v & 255; {u} m = (n < {b} ? (({u})1 << n) - 1 : ~({u})0); "
        f"m = at < {b} ? m << at : 0; (y & ~m) | ((at < {b} ? x << at : 0) & m); }})",
    )

PERMUTE = "({ u64 s = (u64)y << 32 | x; u32 r = 0; for (int i = 0; i < 4; i++) { u32 k = z >> (4 * i); u32 b = s >> (8 * (k & 7)) & 255; "
PERMUTE += "r |= (k & 8 ? (b & 128 ? 255 : 0) : b) << (8 * i); } r; })"
OPERATIONS["prmt.b32"] = Operation("u32", ("u32", "u32", "u32"), PERMUTE)

for side, shifted in (("l", "(u32)((y2 << n) >> 32)"), ("r", "(u32)(y2 >> n)")):  # funnel shifts of y:x by z
    for mode, amount in (("wrap", "z & 31"), ("clamp", "z < 32 ? z : 32")):
        expression = f"({{ u32 n = {amount}; u64 y2 = (u64)y << 32 | x; {shifted}; }})"
        OPERATIONS[f"shf.{side}.{mode}.b32"] = Operation("u32", ("u32", "u32", "u32"), expression)

LOP3 = "({ u32 r = 0; for (int i = 0; i < 8; i++) if (v >> i & 1) r |= (i & 4 ? x : ~x) & (i & 2 ? y : ~y) & (i & 1 ? z : ~z); r; })"
OPERATIONS["lop3.b32"] = Operation("u32", ("u32", "u32", "u32", "u32"), LOP3)
