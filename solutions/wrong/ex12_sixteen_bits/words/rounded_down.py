""">> FL cuts the last bits off, which rounds down. To nearest, add half a gap first."""

import numpy as np


def multiply(A, B, FL):
    sums = A.astype(np.int64) @ B.astype(np.int64)
    rounded = sums >> FL
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
