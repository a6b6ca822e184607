"""It rounds to whole numbers: below x is the largest multiple of eps, not the largest whole number."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x)
    y = below + (draws < x - below)
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
