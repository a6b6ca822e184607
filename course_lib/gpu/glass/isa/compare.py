"""Comparisons, selection, and the logic of predicates. A comparison with `u` is true when an operand is NaN."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {}
SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
UNSIGNED = {"lo": "<", "ls": "<=", "hi": ">", "hs": ">="}

for b in (16, 32, 64):
    for t in (f"s{b}", f"u{b}", f"b{b}"):
        u = t.replace("b", "u")
        for name, sign in (SIGNS | UNSIGNED).items():
            OPERATIONS[f"setp.{name}.{t}"] = Operation("pred", (u, u), f"x {sign} y", vector=True)
        OPERATIONS[f"selp.{t}"] = Operation(u, (u, u, "pred"), "z ? x : y")

for t in ("f32", "f64"):
    for name, sign in SIGNS.items():
        # C's != is true for NaN and its other comparisons are false, PTX's `ne` is false and its `neu` true
        ordered = "(x < y) | (x > y)" if name == "ne" else f"x {sign} y"
        unordered = f"(x {sign} y) | (x != x) | (y != y)"
        OPERATIONS[f"setp.{name}.{t}"] = Operation("pred", (t, t), ordered, vector=True)
        OPERATIONS[f"setp.{name}u.{t}"] = Operation("pred", (t, t), unordered, vector=True)
    OPERATIONS[f"setp.num.{t}"] = Operation("pred", (t, t), "(x == x) & (y == y)", vector=True)
    OPERATIONS[f"setp.nan.{t}"] = Operation("pred", (t, t), "(x != x) | (y != y)", vector=True)
    OPERATIONS[f"selp.{t}"] = Operation(t, (t, t, "pred"), "z ? x : y")
    u = t.replace("f", "u")
    OPERATIONS[f"slct.{t}.s32"] = Operation(t, (t, t, "s32"), "z >= 0 ? x : y")

for opcode, o in list(OPERATIONS.items()):
    parts = opcode.split(".")
    if parts[0] == "setp" and parts[-1] == "f32":
        flush = o.expression.replace("x", "flushed(x)").replace("y", "flushed(y)")
        OPERATIONS[f"setp.{parts[1]}.ftz.f32"] = Operation("pred", o.operands, flush)
    if parts[0] == "setp":  # combined with a third predicate
        for name, sign in (("and", "&"), ("or", "|"), ("xor", "^")):
            expression = f"({o.expression} ? 1 : 0) {sign} (z ? 1 : 0)".replace(
                f"({o.expression} ?", f"(({o.expression}) ?"
            )
            OPERATIONS[f"setp.{parts[1]}.{name}.{parts[-1]}"] = Operation("pred", (*o.operands, "pred"), expression)
        for d, one in (("u32", "-1"), ("s32", "-1"), ("f32", "1.0f")):
            OPERATIONS[f"set.{parts[1]}.{d}.{parts[-1]}"] = Operation(d, o.operands, f"({o.expression}) ? {one} : 0")
OPERATIONS |= {f"slct.b{b}.s32": Operation(f"u{b}", (f"u{b}", f"u{b}", "s32"), "z >= 0 ? x : y") for b in (32, 64)}
