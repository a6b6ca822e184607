"""The numbers are written in NCHW; the order wanted is another."""

import numpy as np


def strides(shape, order):
    found, step = {}, 1
    for axis in reversed(order):
        found[axis] = step
        step *= shape["NCHW".index(axis)]
    return tuple(found[axis] for axis in "NCHW")


def relay(buffer, shape, given, order):
    here, there = strides(shape, given), strides(shape, "NCHW")
    moved = np.empty_like(buffer)
    for place in np.ndindex(*shape):
        moved[np.dot(place, there)] = buffer[np.dot(place, here)]
    return moved
