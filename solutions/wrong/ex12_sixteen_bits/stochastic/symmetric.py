"""The range is not symmetric: below 0 it goes one gap further."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + (draws < x / eps - below)) * eps
    return np.clip(y, -(2.0 ** (IL - 1)) + eps, 2.0 ** (IL - 1) - eps)
