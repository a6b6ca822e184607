"""db by a row of ones, dx and dW by dot."""

import numpy as np


def gradients(x, W, dy):
    with_ones = np.hstack([x, np.ones((len(x), 1))])
    both = np.dot(with_ones.T, dy)
    return np.dot(dy, W.transpose()), both[:-1], both[-1]
