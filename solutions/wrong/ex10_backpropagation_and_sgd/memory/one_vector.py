"""One vector is counted for the optimiser, whatever it keeps: there are `vectors` of them."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    data = batch * sum(math.prod(shape) for shape in shapes)
    return itemsize * (2 * data + 3 * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    fixed = itemsize * (2 + vectors) * parameters
    each = 2 * itemsize * sum(math.prod(shape) for shape in shapes)
    return max(0, (capacity - fixed) // each)
