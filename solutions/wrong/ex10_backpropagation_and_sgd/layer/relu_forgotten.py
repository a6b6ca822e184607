"""The gradient passes the ReLU as if it were not there: where it gave 0, nothing comes through."""

import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    return dy @ w, dy.T @ x, dy.sum(axis=0)
