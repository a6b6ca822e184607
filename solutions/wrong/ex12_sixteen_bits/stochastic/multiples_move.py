"""With a draw of 0, a multiple of eps goes up. It lies no way up at all, so it must never move."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + (draws <= x / eps - below)) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
