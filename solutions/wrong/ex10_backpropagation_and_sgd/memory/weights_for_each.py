"""Here every example brings its own weights: take the bytes of no example away from those of one."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    data = batch * sum(math.prod(shape) for shape in shapes)
    return itemsize * (2 * data + (2 + vectors) * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    each = training_bytes(shapes, parameters, 1, itemsize, vectors)
    return capacity // each
