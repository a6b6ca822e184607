"""The least word is -32768, one further from 0 than the largest."""

import numpy as np


def multiply(A, B, FL):
    sums = A.astype(np.int64) @ B.astype(np.int64)
    rounded = (sums + ((1 << FL) >> 1)) >> FL
    return np.clip(rounded, -(2**15) + 1, 2**15 - 1).astype(np.int16)
