"""Mean and variance over the batch alone, for every pixel: a channel of images has one mean and one variance, over
all its pixels.
"""

import numpy as np


def batch_norm_back(dy, x, gamma, eps):
    axes = (0, 2, 3)
    sigma = np.sqrt(x.var(0, keepdims=True) + eps)
    z = (x - x.mean(0, keepdims=True)) / sigma
    dbeta = dy.sum(axes)
    dgamma = (dy * z).sum(axes)
    dx = dy - dy.mean(0, keepdims=True) - z * (dy * z).mean(0, keepdims=True)
    return gamma[:, None, None] / sigma * dx, dgamma, dbeta
