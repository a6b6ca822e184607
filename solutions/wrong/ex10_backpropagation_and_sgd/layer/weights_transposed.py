"""This is the gradient of the weights with its axes exchanged; it must have the shape of w, K x C."""

import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    da = dy * (x @ w.T + b > 0)
    return da @ w, x.T @ da, da.sum(axis=0)
