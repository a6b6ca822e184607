"""Every operation on registers, by opcode."""

from course_lib.gpu.glass.isa import bits, carry, compare, convert, convert_half, floating, half, integer, move, packed

OPERATIONS = integer.OPERATIONS | bits.OPERATIONS | floating.OPERATIONS | convert.OPERATIONS | compare.OPERATIONS
OPERATIONS |= move.OPERATIONS | carry.OPERATIONS | half.OPERATIONS | convert_half.OPERATIONS | packed.OPERATIONS
