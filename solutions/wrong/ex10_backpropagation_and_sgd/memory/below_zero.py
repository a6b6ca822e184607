"""A batch has 0 examples at least; this becomes negative where not even the weights fit."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    data = batch * sum(math.prod(shape) for shape in shapes)
    return itemsize * (2 * data + (2 + vectors) * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    fixed = training_bytes(shapes, parameters, 0, itemsize, vectors)
    each = training_bytes(shapes, parameters, 1, itemsize, vectors) - fixed
    return (capacity - fixed) // each
