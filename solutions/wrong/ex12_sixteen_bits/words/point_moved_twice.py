"""All 2 FL bits after the point are dropped. The result keeps FL of them."""

import numpy as np


def multiply(A, B, FL):
    sums = A.astype(np.int64) @ B.astype(np.int64)
    rounded = (sums + ((1 << 2 * FL) >> 1)) >> 2 * FL
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
