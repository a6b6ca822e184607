"""A right answer: NumPy counts and moves."""

import numpy as np


def strides(shape, order):
    sizes = dict(zip("NCHW", shape, strict=True))
    return tuple(int(np.prod([sizes[a] for a in order[order.index(axis) + 1 :]], dtype=int)) for axis in "NCHW")


def relay(buffer, shape, given, order):
    sizes = dict(zip("NCHW", shape, strict=True))
    laid = buffer.reshape([sizes[axis] for axis in given])
    return laid.transpose([given.index(axis) for axis in order]).ravel()
