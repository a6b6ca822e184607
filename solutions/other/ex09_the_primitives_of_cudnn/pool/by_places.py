"""A right answer: place by place of all windows at once."""

import numpy as np


def places(x, size, stride):
    P, Q = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    for r in range(size):
        for s in range(size):
            yield x[:, :, r : r + stride * (P - 1) + 1 : stride, s : s + stride * (Q - 1) + 1 : stride]


def max_pool(x, size, stride):
    y = None
    for place in places(x, size, stride):
        y = place if y is None else np.maximum(y, place)
    return y


def max_pool_back(dy, x, size, stride):
    y, dx = max_pool(x, size, stride), np.zeros_like(x)
    for place, into in zip(places(x, size, stride), places(dx, size, stride), strict=True):
        taken = np.where(place == y, dy, 0)
        into += taken
        dy = dy - taken
    return dx
