"""Additions and subtractions that pass a carry on, for numbers of many words: add.cc, addc, sub.cc, subc, mad.cc, madc.

A difference is x + ~y + 1, so that its carry is set where nothing is borrowed. PTX's manual speaks of a borrow; but
what NVIDIA's compiler makes of a division of 128 bits adds that carry with addc, and counts on its being so.

CARRY: opcode -> (the operation of the value, the operation of the new carry, takes a carry, gives one).
"""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS: dict[str, Operation] = {}
CARRY: dict[str, tuple[str, str, bool, bool]] = {}

for t, wide in (("u32", "u64"), ("s32", "u64"), ("u64", "unsigned __int128"), ("s64", "unsigned __int128")):
    u, bits = "u" + t[1:], t[1:]
    product = f"({'s64' if t == 's32' else '__int128' if t == 's64' else wide})x * y"
    high = f"({u})(({product}) >> {bits})"
    sums = {  # name -> (what is added to, what is added), each of the word's own width
        "add": ("x", "y", 2),
        "mad.lo": (f"({u})(x * y)", "z", 3),
        "mad.hi": (high, "z", 3),
    }
    for name, (a, b, count) in sums.items():
        carry_in = "xyzv"[count]
        first, _, half = name.partition(".")
        half = f".{half}" if half else ""
        for takes in (False, True):
            extra, opcode = (f" + {carry_in}", f"{first}c{half}") if takes else ("", f"{first}{half}")
            operands = (t,) * count + (("pred",) if takes else ())
            value, carry = f"{opcode}.{t}" if takes else f"{name}.{t}", f"carry.{opcode}.{t}"
            if takes:
                OPERATIONS[value] = Operation(t, operands, f"({u}){a} + ({u}){b}{extra}")
            OPERATIONS[carry] = Operation("pred", operands, f"(({wide})({u}){a} + ({u}){b}{extra}) >> {bits} != 0")
            CARRY[f"{opcode}.cc.{t}"] = (value, carry, takes, True)
            if takes:
                CARRY[value] = (value, carry, True, False)
    OPERATIONS |= {
        f"subc.{t}": Operation(t, (t, t, "pred"), f"({u})x + ({u})~y + z"),
        f"carry.sub.{t}": Operation("pred", (t, t), f"({u})x >= ({u})y"),
        f"carry.subc.{t}": Operation("pred", (t, t, "pred"), f"(({wide})({u})x + ({u})~y + z) >> {bits} != 0"),
    }
    CARRY[f"sub.cc.{t}"] = (f"sub.{t}", f"carry.sub.{t}", False, True)
    CARRY[f"subc.cc.{t}"] = (f"subc.{t}", f"carry.subc.{t}", True, True)
    CARRY[f"subc.{t}"] = (f"subc.{t}", f"carry.subc.{t}", True, False)
