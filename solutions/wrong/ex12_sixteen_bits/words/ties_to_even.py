"""Half way between two words, the even one is taken. It is to be the upper one."""

import numpy as np


def multiply(A, B, FL):
    sums = A.astype(np.int64) @ B.astype(np.int64)
    rounded = np.round(sums / 2**FL).astype(np.int64)
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
