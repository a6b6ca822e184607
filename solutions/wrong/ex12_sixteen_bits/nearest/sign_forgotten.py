"""The range is twice too wide: one of the IL bits is the sign."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + 0.5) * eps
    return np.clip(y, -(2.0**IL), 2.0**IL - eps)
