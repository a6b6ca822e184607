"""Strides grow from the first axis on here. The *last* letter of an order is the closest in memory, with stride 1."""

import numpy as np


def strides(shape, order):
    found, step = {}, 1
    for axis in order:
        found[axis] = step
        step *= shape["NCHW".index(axis)]
    return tuple(found[axis] for axis in "NCHW")


def relay(buffer, shape, given, order):
    here, there = strides(shape, given), strides(shape, order)
    moved = np.empty_like(buffer)
    for place in np.ndindex(*shape):
        moved[np.dot(place, there)] = buffer[np.dot(place, here)]
    return moved
