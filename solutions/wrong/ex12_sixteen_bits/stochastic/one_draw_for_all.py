"""All elements share one draw, so all go up or all go down. Each has a draw of its own."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + (draws.flat[0] < x / eps - below)) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
