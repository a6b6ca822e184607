"""Every product is rounded before it is added. The sum is to be exact, and rounded once."""

import numpy as np


def multiply(A, B, FL):
    terms = A.astype(np.int64)[:, :, None] * B.astype(np.int64)[None]
    rounded = ((terms + ((1 << FL) >> 1)) >> FL).sum(1)
    return np.clip(rounded, -(2**15), 2**15 - 1).astype(np.int16)
