"""Negative numbers are cut off towards 0 and then pushed up: they never go down."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.trunc(x / eps)
    y = (below + (draws < np.abs(x / eps - below))) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
