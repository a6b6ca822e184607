"""What the last ReLU was given is x plus the layers' result; here x is left out where it decides."""

import numpy as np


def block_backward(x, w1, w2, dy):
    a = x @ w1.T
    h = np.maximum(a, 0)
    ds = dy * (h @ w2.T > 0)
    da = ds @ w2 * (a > 0)
    return ds + da @ w1, da.T @ x, ds.T @ h
