"""x is read twice: what comes back by the shortcut is missing."""

import numpy as np


def block_backward(x, w1, w2, dy):
    a = x @ w1.T
    h = np.maximum(a, 0)
    ds = dy * (x + h @ w2.T > 0)
    da = ds @ w2 * (a > 0)
    return da @ w1, da.T @ x, ds.T @ h
