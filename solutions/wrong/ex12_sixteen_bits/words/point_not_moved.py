"""The sum still has 2 FL bits after the point. The result has FL: shift."""

import numpy as np


def multiply(A, B, FL):
    sums = A.astype(np.int64) @ B.astype(np.int64)
    rounded = sums
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
