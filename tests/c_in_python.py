"""What C computes, in Python, whose integers have no size and whose floats have 64 bits."""

import math
from ctypes import c_float

import numpy as np
from exact import fma32

M = 0xFFFFFFFF


def signed(v, bits):
    """The last `bits` bits as a signed number."""
    return v % 2**bits - (2**bits if v >> (bits - 1) & 1 else 0)


def s32(v):
    """An unsigned int as an int."""
    return v - (v >> 31 << 32)


def quotient(a, b):
    """Division that rounds towards zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def rest(a, b):
    """The remainder that belongs to it: its sign is that of a."""
    return a - b * quotient(a, b)


def perm(a, b):
    """__byte_perm(a, b, 0x2143)."""
    return int.from_bytes(bytes((a | b << 32).to_bytes(8, "little")[k] for k in (3, 4, 1, 2)), "little")


def r32(v):
    """Rounded to float32."""
    return c_float(v).value


def f2i(v):
    """(int) of a float: cut, kept within the limits, NaN is 0."""
    return 0 if math.isnan(v) else int(max(-(2.0**31), min(2.0**31 - 1, v)))


def fma(x, y, z):
    """fmaf."""
    return float(fma32(*(np.array([v], np.float32) for v in (x, y, z)))[0])


def smaller(a, b):
    """fminf: of a number and NaN the number; -0 is below 0."""
    if math.isnan(a) or math.isnan(b):
        return b if math.isnan(a) else a
    return a if a < b or (a == b and math.copysign(1, a) < 0) else b


def down(v):
    """floorf."""
    return math.copysign(float(math.floor(v)), v) if math.isfinite(v) else v


def bits(v):
    """__float_as_uint, any NaN being 0."""
    return 0 if math.isnan(v) else int(np.float32(v).view(np.uint32))
