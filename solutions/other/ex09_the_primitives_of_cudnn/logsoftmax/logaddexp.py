"""A right answer: NumPy's logaddexp, row by row."""

import numpy as np


def log_softmax(z):
    return np.array([row - np.logaddexp.reduce(row) for row in z])


def log_softmax_back(dy, y):
    return np.array([d - d.sum() * np.exp(row) for d, row in zip(dy, y, strict=True)])
