"""A right answer: NumPy's sliding windows, and a scatter."""

import numpy as np


def cut(x, size, stride):
    seen = np.lib.stride_tricks.sliding_window_view(x, (size, size), (2, 3))[:, :, ::stride, ::stride]
    return seen.reshape(*seen.shape[:4], -1)


def max_pool(x, size, stride):
    return cut(x, size, stride).max(-1)


def max_pool_back(dy, x, size, stride):
    pixels = np.arange(x.size).reshape(x.shape)
    first = cut(x, size, stride).argmax(-1)[..., None]
    where = np.take_along_axis(cut(pixels, size, stride), first, -1)[..., 0]
    return np.bincount(where.ravel(), dy.ravel(), x.size).reshape(x.shape)
