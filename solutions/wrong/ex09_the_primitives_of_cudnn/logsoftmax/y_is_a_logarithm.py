"""y is the logarithm of the softmax; the softmax itself is exp(y)."""

import numpy as np


def log_softmax(z):
    z = z - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def log_softmax_back(dy, y):
    return dy - y * dy.sum(1, keepdims=True)
