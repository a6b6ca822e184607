"""The bias is missing: it is added to what each neuron has summed."""

import numpy as np


def layer(x, W, b):
    """y = x W + b: x (N, C), W (C, K), b (K,) -> (N, K)."""
    return x @ W


def bias_as_weights(x, W, b):
    """(X, V), of shapes (N, C + 1) and (C + 1, K), whose product is the layer."""
    ones = np.ones((x.shape[0], 1))
    X = np.hstack([x, ones])
    V = np.vstack([W, b])
    return X, V
