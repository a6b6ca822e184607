"""Moves: whole registers, and the halves of `mov.b64 {%r1, %r2}, %rd1`."""

from course_lib.gpu.glass.isa.operation import Operation

OPERATIONS = {
    f"mov.{t}{b}": Operation(f"u{b}", (f"u{b}",), "x", vector=True)
    for b in (16, 32, 64)
    for t in "usbf"
    if (t, b) != ("f", 16)
}
OPERATIONS |= {
    "join.b64": Operation("u64", ("u32", "u32"), "(u64)y << 32 | x"),  # ours: mov.b64 %rd, {x, y}
    "join.b32": Operation("u32", ("u16", "u16"), "(u32)y << 16 | x"),
    "low.b64": Operation("u32", ("u64",), "(u32)x"),  # ours: the first of mov.b64 {x, y}, %rd
    "low.b32": Operation("u16", ("u32",), "(u16)x"),
    "high.b64": Operation("u32", ("u64",), "x >> 32"),
    "high.b32": Operation("u16", ("u32",), "x >> 16"),
}
