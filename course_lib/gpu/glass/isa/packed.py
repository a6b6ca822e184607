"""Several small integers in one register: s16x2 and u16x2, dot products (dp4a, dp2a), and SIMD such as vadd4."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {}


def pieces(width: int, a: str, b: str, value: str, total: bool = False) -> Operation:
    """`value` of p and q, the pieces of x and y as types a and b: side by side, or their total added to z."""
    take = f"s64 p = ({a}{width})(x >> k), q = ({b}{width})(y >> k);"
    keep = f"r += (u32)({value});" if total else f"r |= (u32)(u{width})({value}) << k;"
    each = f"for (int k = 0; k < 32; k += {width}) {{ {take} {keep} }}"
    return Operation("u32", ("u32",) * 3, f"({{ u32 r = {'z' if total else 0}; {each} r; }})")


def pair(a: str, value: str) -> Operation:
    return Operation("u32", ("u32", "u32"), pieces(16, a, a, value).expression)


for s in "su":
    for name, value in (("add", "p + q"), ("min", "p < q ? p : q"), ("max", "p > q ? p : q")):
        OPERATIONS[f"{name}.{s}16x2"] = pair(s, value)
for name, sign in (("min", "<"), ("max", ">")):
    both = f"({{ s64 m = p {sign} q ? p : q; m > 0 ? m : 0; }})"
    one = f"({{ s32 m = x {sign} y ? x : y; m > 0 ? m : 0; }})"
    for opcode in (f"{name}.s16x2.relu", f"{name}.relu.s16x2"):
        OPERATIONS[opcode] = pair("s", both)
    for opcode in (f"{name}.s32.relu", f"{name}.relu.s32"):
        OPERATIONS[opcode] = Operation("s32", ("s32", "s32"), one)

# z + the sum of products of the pieces of x and y
for a in "su":
    for b in "su":
        products = " + ".join(f"({a}8)(x >> {k}) * ({b}8)(y >> {k})" for k in (0, 8, 16, 24))
        OPERATIONS[f"dp4a.{a}32.{b}32"] = Operation("u32", ("u32",) * 3, f"z + (u32)({products})")
        for half, at in (("lo", 0), ("hi", 16)):
            products = " + ".join(f"(u32)(({a}16)(x >> {2 * k}) * ({b}8)(y >> {at + k}))" for k in (0, 8))
            OPERATIONS[f"dp2a.{half}.{a}32.{b}32"] = Operation("u32", ("u32",) * 3, f"z + {products}")

VIDEO = {"add": "p + q", "sub": "p - q", "absdiff": "p > q ? p - q : q - p"}
VIDEO |= {"min": "p < q ? p : q", "max": "p > q ? p : q"}
COMPARED = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

for count, width in ((2, 16), (4, 8)):
    for d, a, b in (d + a + b for d in "su" for a in "su" for b in "su"):
        least, most = (-(1 << width - 1), (1 << width - 1) - 1) if d == "s" else (0, (1 << width) - 1)
        for name, value in VIDEO.items():
            limited = f"({{ s64 v = {value}; v < {least} ? {least} : v > {most} ? {most} : v; }})"
            for sat, each in (("", value), (".sat", limited)):
                opcode = f"v{name}{count}.{d}32.{a}32.{b}32{sat}"
                OPERATIONS |= {opcode: pieces(width, a, b, each), f"{opcode}.add": pieces(width, a, b, each, True)}
    for a, b in (a + b for a in "su" for b in "su"):
        for name, sign in COMPARED.items():
            opcode, each = f"vset{count}.{a}32.{b}32.{name}", f"p {sign} q"
            OPERATIONS |= {opcode: pieces(width, a, b, each), f"{opcode}.add": pieces(width, a, b, each, True)}

# two integers, limited and packed: the first above the second, and above both the low half of a third
for t, least, most in (("s8", -128, 127), ("u8", 0, 255), ("s16", -32768, 32767), ("u16", 0, 65535)):
    low, high = (f"({n} < {least} ? {least} : {n} > {most} ? {most} : {n})" for n in "yx")
    both = f"(u32)(u{t[1:]}){low} | (u32)(u{t[1:]}){high} << {t[1:]}"
    OPERATIONS[f"cvt.pack.sat.{t}.s32"] = Operation("u32", ("s32", "s32"), both)
    if t[1:] == "8":
        OPERATIONS[f"cvt.pack.sat.{t}.s32.b32"] = Operation("u32", ("s32", "s32", "u32"), f"{both} | z << 16")
