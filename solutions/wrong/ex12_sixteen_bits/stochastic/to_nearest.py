"""That is rounding to nearest: the draws are not used."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + 0.5) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
