"""What stands after the point is cut off, towards 0. The nearest one may lie on the other side."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.trunc(x / eps) * eps
    return np.clip(y, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
