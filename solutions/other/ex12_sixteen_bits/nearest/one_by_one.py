import math

import numpy as np


def nearest(x, IL, FL):
    y = np.empty(x.shape)
    for i, value in np.ndenumerate(x):
        word = math.floor(float(value) * 2**FL + 0.5)
        y[i] = max(-(2 ** (IL + FL - 1)), min(2 ** (IL + FL - 1) - 1, word)) / 2**FL
    return y
