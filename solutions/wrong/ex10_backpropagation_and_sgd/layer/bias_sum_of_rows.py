"""The bias was added to every row, so its gradient is summed over rows, not over outputs."""

import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    da = dy * (x @ w.T + b > 0)
    return da @ w, da.T @ x, da.sum(axis=1)
