def training_bytes(shapes, parameters, batch, itemsize=4, vectors=1):
    total = 0
    for shape in shapes:
        size = 1
        for length in shape:
            size *= length
        total += 2 * batch * size
    return (total + parameters + parameters + vectors * parameters) * itemsize


def largest_batch(shapes, parameters, capacity, itemsize=4, vectors=1):
    low, high = 0, 1
    while training_bytes(shapes, parameters, high, itemsize, vectors) <= capacity:
        high *= 2
    while low < high - 1:
        middle = (low + high) // 2
        if training_bytes(shapes, parameters, middle, itemsize, vectors) <= capacity:
            low = middle
        else:
            high = middle
    return low
