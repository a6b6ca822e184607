"""The sum is saturated after each addition, and so forgets what comes back from beyond the range. Sum up first."""

import numpy as np


def multiply(A, B, FL):
    total = np.zeros((len(A), B.shape[1]), np.int64)
    for i in range(A.shape[1]):
        total += np.outer(A[:, i].astype(np.int64), B[i].astype(np.int64))
        total = np.clip(total, -(2**15) << FL, (2**15 - 1) << FL)
    return np.clip((total + ((1 << FL) >> 1)) >> FL, -(2**15), 2**15 - 1).astype(np.int16)
