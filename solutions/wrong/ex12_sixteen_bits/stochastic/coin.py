"""It goes up every other time, wherever x lies. The chance is how far up it lies."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + ((draws < 0.5) & (x / eps > below))) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
