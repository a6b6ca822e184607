"""First the softmax, then its logarithm: a score far below the largest has the probability 0 in a computer, and
log 0 is -inf. Never leave the logarithm.
"""

import numpy as np


def log_softmax(z):
    z = z - z.max(1, keepdims=True)
    with np.errstate(divide="ignore"):
        e = np.exp(z)
        return np.log(e / e.sum(1, keepdims=True))


def log_softmax_back(dy, y):
    return dy - np.exp(y) * dy.sum(1, keepdims=True)
