"""What stands after the point is cut off towards 0. The nearest word is asked for."""

import numpy as np


def multiply(A, B, FL):
    sums = A.astype(np.int64) @ B.astype(np.int64)
    rounded = np.trunc(sums / 2**FL).astype(np.int64)
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
