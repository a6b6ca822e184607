"""Data have gradients too, as large as themselves: they are what flows backward."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    data = batch * sum(math.prod(shape) for shape in shapes)
    return itemsize * (data + (2 + vectors) * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    fixed = itemsize * (2 + vectors) * parameters
    each = 2 * itemsize * sum(math.prod(shape) for shape in shapes)
    return max(0, (capacity - fixed) // each)
