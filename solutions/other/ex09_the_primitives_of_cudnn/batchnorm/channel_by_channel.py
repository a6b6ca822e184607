"""A right answer: a loop over channels."""

import numpy as np


def batch_norm_back(dy, x, gamma, eps):
    dx, dgamma, dbeta = np.empty_like(x), np.empty_like(gamma), np.empty_like(gamma)
    for c in range(len(gamma)):
        part, g = x[:, c], dy[:, c]
        s = np.sqrt(part.var() + eps)
        z = (part - part.mean()) / s
        dbeta[c], dgamma[c] = g.sum(), np.vdot(g, z)
        dx[:, c] = gamma[c] / s * (g - g.mean() - z * (g * z).mean())
    return dx, dgamma, dbeta
