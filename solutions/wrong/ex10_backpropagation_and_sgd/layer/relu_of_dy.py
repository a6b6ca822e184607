"""The ReLU stops negative gradients here; it stops where its input was negative, whatever sign the gradient has."""

import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    da = np.maximum(dy, 0) * (x @ w.T + b > 0)
    return da @ w, da.T @ x, da.sum(axis=0)
