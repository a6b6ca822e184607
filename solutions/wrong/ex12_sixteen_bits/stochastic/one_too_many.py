"""The range ends one gap too late: the largest number is 2^(IL-1) less a gap."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + (draws < x / eps - below)) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1))
