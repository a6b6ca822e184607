"""What went into the ReLU had the bias in it: it decides, together with the product, who is silent."""

import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    da = dy * (x @ w.T > 0)
    return da @ w, da.T @ x, da.sum(axis=0)
