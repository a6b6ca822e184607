"""A right answer: a view by strides, copied in the order of its own."""

import numpy as np


def strides(shape, order):
    steps, step = [0, 0, 0, 0], 1
    for k in (3, 2, 1, 0):
        i = "NCHW".find(order[k])
        steps[i], step = step, step * shape[i]
    return steps


def relay(buffer, shape, given, order):
    image = np.lib.stride_tricks.as_strided(buffer, shape, [buffer.itemsize * s for s in strides(shape, given)])
    moved = np.zeros(buffer.size, buffer.dtype)
    n, c, h, w = np.indices(shape)
    a, b, d, e = strides(shape, order)
    moved[n * a + c * b + h * d + w * e] = image
    return moved
