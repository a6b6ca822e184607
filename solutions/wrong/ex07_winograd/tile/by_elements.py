"""This multiplies element by element; a transform is a matrix product, @."""

import numpy as np


def filter_tile(g):
    """A 4 x 4 array, of the 3 x 3 taps."""
    matrix = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
    return matrix @ g @ matrix.T


def data_tile(d):
    """A 4 x 4 array, of the 4 x 4 elements."""
    matrix = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
    return matrix * d * matrix.T


def result_tile(m):
    """The 2 x 2 results, of the 4 x 4 products."""
    matrix = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])
    return matrix @ m @ matrix.T
