"""The numbers lie as before. Another order of the axes means that they must be moved."""

import numpy as np


def strides(shape, order):
    found, step = {}, 1
    for axis in reversed(order):
        found[axis] = step
        step *= shape["NCHW".index(axis)]
    return tuple(found[axis] for axis in "NCHW")


def relay(buffer, shape, given, order):
    here = strides(shape, given)
    moved = np.empty_like(buffer)
    for place in np.ndindex(*shape):
        moved[np.dot(place, here)] = buffer[np.dot(place, here)]
    return moved
