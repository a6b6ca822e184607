"""Comparisons, selection, and the logic of predicates. A comparison with `u` is true when an operand is NaN."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {}
SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
UNSIGNED = {"lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
LOGIC = {"and": "&", "or": "|", "xor": "^"}  # with a third predicate


def _comparison(name: str, t: str, expression: str, vector: bool) -> None:
    """setp and set: alone, with a third predicate, and with subnormal numbers taken for zero."""
    first, *ftz = name.split(".")
    OPERATIONS[f"setp.{name}.{t}"] = Operation("pred", (t, t), expression, vector)
    with_logic = {"": expression} | {
        f".{n}": f"(({expression}) ? 1 : 0) {sign} (z ? 1 : 0)" for n, sign in LOGIC.items()
    }
    for logic, value in with_logic.items():
        operands = (t, t, "pred") if logic else (t, t)
        full = ".".join([first + logic, *ftz])
        if logic:
            OPERATIONS[f"setp.{full}.{t}"] = Operation("pred", operands, value)
        for d, one in (("u32", "-1"), ("s32", "-1"), ("f32", "1.0f")):
            OPERATIONS[f"set.{full}.{d}.{t}"] = Operation(d, operands, f"({value}) ? {one} : 0")


for b in (16, 32, 64):
    for t in (f"s{b}", f"u{b}", f"b{b}"):
        u = t.replace("b", "u")
        for name, sign in (SIGNS | UNSIGNED).items():
            _comparison(name, u, f"x {sign} y", True)
        OPERATIONS |= {f"selp.{t}": Operation(u, (u, u, "pred"), "z ? x : y")}
        OPERATIONS |= {f"slct.{t}.s32": Operation(u, (u, u, "s32"), "z >= 0 ? x : y")}
    for opcode in [o for o in OPERATIONS if o.endswith(f".u{b}") and o.startswith("set")]:
        OPERATIONS[opcode.removesuffix(f"u{b}") + f"b{b}"] = OPERATIONS[opcode]

for t in ("f32", "f64"):
    for name, sign in SIGNS.items():
        # C's != is true for NaN and its other comparisons are false, PTX's `ne` is false and its `neu` true
        ordered = "(x < y) | (x > y)" if name == "ne" else f"x {sign} y"
        _comparison(name, t, ordered, True)
        _comparison(f"{name}u", t, f"(x {sign} y) | (x != x) | (y != y)", True)
    _comparison("num", t, "(x == x) & (y == y)", True)
    _comparison("nan", t, "(x != x) | (y != y)", True)
    OPERATIONS[f"selp.{t}"] = Operation(t, (t, t, "pred"), "z ? x : y")
    OPERATIONS[f"slct.{t}.s32"] = Operation(t, (t, t, "s32"), "z >= 0 ? x : y")

for opcode, o in list(OPERATIONS.items()):
    parts = opcode.split(".")
    if parts[0] == "setp" and len(parts) == 3 and parts[2] == "f32":
        flushed = "({{ f32 xf = flushed(x), yf = flushed(y); {}; }})"
        expression = o.expression.replace("x", "xf").replace("y", "yf")
        _comparison(f"{parts[1]}.ftz", "f32", flushed.format(expression), False)
    if parts[0] == "slct":
        t = o.result
        OPERATIONS[f"slct.{parts[1]}.f32"] = Operation(t, (t, t, "f32"), "z >= 0 ? x : y")
        OPERATIONS[f"slct.ftz.{parts[1]}.f32"] = Operation(t, (t, t, "f32"), "flushed(z) >= 0 ? x : y")
