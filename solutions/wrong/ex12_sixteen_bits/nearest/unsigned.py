"""Negative numbers are lost. The format has a sign."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + 0.5) * eps
    return np.clip(y, 0, 2.0 ** (IL - 1) - eps)
