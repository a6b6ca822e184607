import numpy as np


def block_backward(x, w1, w2, dy):
    a = x @ w1.T
    h = np.where(a > 0, a, 0.0)
    s = x + np.einsum("nm,cm->nc", h, w2)
    ds = np.where(s > 0, dy, 0.0)
    dw2 = np.einsum("nc,nm->cm", ds, h)
    da = np.einsum("nc,cm->nm", ds, w2)
    da[a <= 0] = 0
    dw1 = np.einsum("nm,nc->mc", da, x)
    dx = ds.copy()
    dx += np.einsum("nm,mc->nc", da, w1)
    return dx, dw1, dw2
