"""Sums by name; the wider matrices are made empty and filled."""

import numpy as np


def layer(x, W, b):
    return np.einsum("nc,ck->nk", x, W) + b[np.newaxis, :]


def bias_as_weights(x, W, b):
    X, V = np.ones((len(x), x.shape[1] + 1)), np.empty((W.shape[0] + 1, W.shape[1]))
    X[:, :-1], V[:-1], V[-1] = x, W, b
    return X, V
