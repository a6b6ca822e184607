"""Numbers beyond the range stay where they are. The format has no such numbers: they become its ends."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + 0.5) * eps
    return y
