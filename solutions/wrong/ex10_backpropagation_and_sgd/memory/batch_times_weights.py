"""The weights are there once, however many examples a batch has."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    one = sum(math.prod(shape) for shape in shapes)
    return itemsize * batch * (2 * one + (2 + vectors) * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    fixed = itemsize * (2 + vectors) * parameters
    each = 2 * itemsize * sum(math.prod(shape) for shape in shapes)
    return max(0, (capacity - fixed) // each)
