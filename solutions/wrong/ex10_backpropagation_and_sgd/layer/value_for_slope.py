"""The gradient is multiplied by what the ReLU gave; its slope is 1 there, however large that was."""

import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    y = np.maximum(x @ w.T + b, 0)
    da = dy * y
    return da @ w, da.T @ x, da.sum(axis=0)
