import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    low, high = -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps
    inside = np.minimum(np.maximum(x, low), high)
    below = inside - inside % eps
    return np.where(inside - below < eps / 2, below, below + eps)
