"""The multiple below is counted in gaps, and taken from x itself. Divide x by eps first, for the way up as well."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + (draws < x - below)) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
