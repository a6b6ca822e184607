"""The products are summed in 16 bits, where they wrap around. A product of two words takes 32 bits, and a sum more."""

import numpy as np


def multiply(A, B, FL):
    sums = (A @ B).astype(np.int64)
    rounded = (sums + ((1 << FL) >> 1)) >> FL
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
