"""Numbers beyond the range stay outside. They become the ends of the range, as in the first question."""

import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    below = np.floor(x / eps)
    y = (below + (draws < x / eps - below)) * eps
    return y
