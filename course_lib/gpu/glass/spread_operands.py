"""Operands of the spread half as C: pointers to 32 lanes in memory."""

from course_lib.gpu.glass.program import SPECIALS, c_register, constant
from course_lib.gpu.glass.syntax import Register, Special, Symbol


def register_width(program, register):
    """Bits a lane in the C: 1, 32 (16-bit registers too) or 64."""
    width = program.kernel.width(register)
    return 1 if width == 1 else 64 if width == 64 else 32


def pointer(program, operand, bits, position):
    """A pointer to 32 lanes: the register's own, or a scratch register filled for the occasion."""
    if isinstance(operand, Register):
        own, narrows = f"&S->{c_register(operand)}", bits == 32 and register_width(program, operand) == 64
        return f"low32(&t[{position}], {own})" if narrows else own
    if isinstance(operand, Special) and operand.startswith("%tid."):
        return f"&c->tid_{operand[-1]}[w->index]"
    if operand == "%laneid":
        return "(const R *)LANE"
    value = program.literal(operand)
    if isinstance(operand, Symbol) and value is None:
        return f"fill64(&q[{position}], {program.symbol(operand)})"
    if bits == 1:
        return f"&(u32){{{'~0u' if value else '0u'}}}"
    text = SPECIALS[operand] if value is None else constant(value, bits)
    return f"fill{bits}(&{'q' if bits == 64 else 't'}[{position}], {text})"


def numbers(program, operands):
    """Numbers that are the same in all lanes that are here."""
    pointers = (pointer(program, o, 32, i) for i, o in enumerate(operands))
    return ", ".join(f"((const u32 *){p})[__builtin_ctz(am)]" for p in pointers)
