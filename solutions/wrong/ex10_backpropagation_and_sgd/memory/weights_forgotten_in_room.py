"""The weights take their room first; only the rest is for examples."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    data = batch * sum(math.prod(shape) for shape in shapes)
    return itemsize * (2 * data + (2 + vectors) * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    fixed = training_bytes(shapes, parameters, 0, itemsize, vectors)
    each = training_bytes(shapes, parameters, 1, itemsize, vectors) - fixed
    return capacity // each
