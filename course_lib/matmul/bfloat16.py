"""bfloat16: the upper half of a float32. It keeps the range (8 bits of exponent) and 8 of 24 significant bits.

NumPy has no such type, so its 16 bits travel as uint16, on the host and on both devices.
Source: NVIDIA, *PTX ISA*, "Alternate floating point data formats"; rounding to nearest, ties to even.
"""

import numpy as np


def to_bits(x: np.ndarray) -> np.ndarray:
    """float32 -> the nearest bfloat16, as uint16 of the same shape. |error| <= 2^-9 |x|; infinities and NaN stay."""
    word = np.ascontiguousarray(x, np.float32).view(np.uint32)
    half_way = 0x7FFF + (word >> 16 & 1)  # a tie goes to the even neighbour
    nearest = (word + half_way >> 16).astype(np.uint16)
    return np.where(np.isnan(x), np.uint16(0x7FFF), nearest).reshape(np.shape(x))


def to_float32(bits: np.ndarray) -> np.ndarray:
    """uint16 -> the float32 of the same value, exactly."""
    return (np.asarray(bits, np.uint16).astype(np.uint32) << 16).view(np.float32)
