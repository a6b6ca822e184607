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
        f"brev.b{b}": Operation(u, (u,), f"reversed(x, {b})"),
        f"bfind.u{b}": Operation("u32", (u,), f"x ? {b - 1} - __builtin_clz{suffix}(x) : -1"),
        f"bfind.s{b}": Operation(
            "u32", (s,), f"({{ {u} v = x < 0 ? ~x : x; v ? {b - 1} - __builtin_clz{suffix}(v) : -1; }})"
        ),
        f"bfind.shiftamt.u{b}": Operation("u32", (u,), f"x ? __builtin_clz{suffix}(x) : -1"),
        f"bfe.u{b}": Operation(u, (u, "u32", "u32"), f"field(x, y & 255, z & 255, {b})"),
        f"bfe.s{b}": Operation(s, (s, "u32", "u32"), f"signed_field(x, y & 255, z & 255, {b})"),
        f"bfi.b{b}": Operation(u, (u, u, "u32", "u32"), f"inserted(x, y, z & 255, v & 255, {b})"),
        f"bfind.shiftamt.s{b}": Operation(
            "u32", (s,), f"({{ {u} v = x < 0 ? ~x : x; v ? __builtin_clz{suffix}(v) : -1; }})"
        ),
    }

LANE_MASKS = {"eq": "1u << x", "lt": "(1u << x) - 1", "le": "(2u << x) - 1", "gt": "-(2u << x)", "ge": "-(1u << x)"}
OPERATIONS |= {f"lanemask.{n}.u32": Operation("u32", ("u32",), e) for n, e in LANE_MASKS.items()}  # ours, of %laneid
OPERATIONS["prmt.b32"] = Operation("u32", ("u32", "u32", "u32"), "permuted(x, y, z)")
SELECTORS = {  # the digits that prmt's named modes stand for
    "f4e": (0x3210, 0x4321, 0x5432, 0x6543),
    "b4e": (0x5670, 0x6701, 0x7012, 0x0123),
    "rc8": (0x0000, 0x1111, 0x2222, 0x3333),
    "ecl": (0x3210, 0x3211, 0x3222, 0x3333),
    "ecr": (0x0000, 0x1110, 0x2210, 0x3210),
    "rc16": (0x1010, 0x3232, 0x1010, 0x3232),
}
for mode, digits in SELECTORS.items():
    chosen = f"((const u16[]){{{', '.join(map(str, digits))}}})[z & 3]"
    OPERATIONS[f"prmt.b32.{mode}"] = Operation("u32", ("u32",) * 3, f"permuted(x, y, {chosen})")

# fields of y bits: cut to 32 bits (clamp), or counted modulo 32 (wrap)
for mode, limited in (("clamp", "({0} < 32 ? {0} : 32)"), ("wrap", "({0} & 31)")):
    first, count = limited.format("x"), limited.format("y")
    mask = f"(u32)(low_bits({count}) << {first})"
    OPERATIONS[f"bmsk.{mode}.b32"] = Operation("u32", ("u32", "u32"), mask)
    OPERATIONS[f"szext.{mode}.u32"] = Operation("u32", ("u32", "u32"), f"x & (u32)low_bits({count})")
    OPERATIONS[f"szext.{mode}.s32"] = Operation("s32", ("s32", "u32"), f"signed_field(x, 0, {count}, 32)")
OPERATIONS["fns.b32"] = Operation("u32", ("u32", "u32", "s32"), "nth_set(x, y, z)")
OPERATIONS["lop3.b32"] = Operation("u32", ("u32", "u32", "u32", "u32"), "looked_up(x, y, z, v)")

for side, shifted in (("l", "(u32)((y2 << n) >> 32)"), ("r", "(u32)(y2 >> n)")):  # funnel shifts of y:x by z
    for mode, amount in (("wrap", "z & 31"), ("clamp", "z < 32 ? z : 32")):
        expression = f"({{ u32 n = {amount}; u64 y2 = (u64)y << 32 | x; {shifted}; }})"
        OPERATIONS[f"shf.{side}.{mode}.b32"] = Operation("u32", ("u32", "u32", "u32"), expression)
