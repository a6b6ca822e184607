"""The product is right, but the new column was asked for on the right, and the new row below."""

import numpy as np


def layer(x, W, b):
    """y = x W + b: x (N, C), W (C, K), b (K,) -> (N, K)."""
    return x @ W + b


def bias_as_weights(x, W, b):
    """(X, V), of shapes (N, C + 1) and (C + 1, K), whose product is the layer."""
    ones = np.ones((x.shape[0], 1))
    X = np.hstack([ones, x])
    V = np.vstack([b, W])
    return X, V
