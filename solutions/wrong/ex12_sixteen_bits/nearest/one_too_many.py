"""The range ends one gap too late: zero takes one of the places, so the largest number is 2^(IL-1) less a gap."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + 0.5) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1))
