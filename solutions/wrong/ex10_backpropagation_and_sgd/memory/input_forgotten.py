"""The input is kept as well, and has a gradient: shapes[0] counts."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    data = batch * sum(math.prod(shape) for shape in shapes[1:])
    return itemsize * (2 * data + (2 + vectors) * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    fixed = itemsize * (2 + vectors) * parameters
    each = 2 * itemsize * sum(math.prod(shape) for shape in shapes)
    return max(0, (capacity - fixed) // each)
