"""Half way between two, negative numbers go down here. Up is towards plus infinity for them too."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.sign(x) * np.floor(np.abs(x) / eps + 0.5) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
