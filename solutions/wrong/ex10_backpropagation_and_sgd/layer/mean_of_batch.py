"""The gradients of weights and bias are sums over the rows; if L is a mean, then dy is divided by N already."""

import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    da = dy * (x @ w.T + b > 0)
    return da @ w, da.T @ x / len(x), da.mean(axis=0)
