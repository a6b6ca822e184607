"""Half way between two, the lower one is taken here, not the upper one."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.ceil(x / eps - 0.5) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
