"""Moves: whole registers, and the 2 or 4 parts of `mov.b64 {%r1, %r2}, %rd1` under names of our own (plain.py)."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {
    f"mov.{t}{b}": Operation(f"u{b}", (f"u{b}",), "x", vector=True)
    for b in (16, 32, 64)
    for t in "usbf"
    if (t, b) != ("f", 16)
}
for whole in (16, 32, 64):
    for count in (2, 4):
        if (width := whole // count) >= 8:
            each = [f"(u{whole}){n} << {i * width}" for i, n in enumerate("xyzv"[:count])]
            part = f"u{width}"
            OPERATIONS[f"join{count}.b{whole}"] = Operation(f"u{whole}", (part,) * count, " | ".join(each))
            for i in range(count):
                OPERATIONS[f"part{i}of{count}.b{whole}"] = Operation(part, (f"u{whole}",), f"x >> {i * width}")
