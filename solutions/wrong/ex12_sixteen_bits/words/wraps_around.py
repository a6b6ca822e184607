"""What is too large for 16 bits wraps around. It is to become the largest word, or the least."""

import numpy as np


def multiply(A, B, FL):
    sums = A.astype(np.int64) @ B.astype(np.int64)
    rounded = (sums + ((1 << FL) >> 1)) >> FL
    return rounded.astype(np.int16)
