"""A draw from 0 to 1 is added and the sum rounded to nearest: that is half a gap too high, on average."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + draws + 0.5) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
