"""The range is not symmetric: below 0 it goes one gap further."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + 0.5) * eps
    return np.clip(y, -(2.0 ** (IL - 1)) + eps, 2.0 ** (IL - 1) - eps)
