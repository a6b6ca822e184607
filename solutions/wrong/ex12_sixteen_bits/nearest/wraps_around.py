"""Numbers beyond the range come back at its other end. They are to stay at the end that they passed."""

import numpy as np


def nearest(x, IL, FL):
    eps = 2.0**-FL
    y = np.floor(x / eps + 0.5) * eps
    return (y + 2.0 ** (IL - 1)) % 2.0**IL - 2.0 ** (IL - 1)
