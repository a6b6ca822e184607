"""The way from the multiple below to x is compared as it is. How far up x lies is that way in gaps: divide by eps."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + (draws < x - below * eps)) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
