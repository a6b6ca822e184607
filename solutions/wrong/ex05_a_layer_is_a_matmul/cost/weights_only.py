"""The bytes are those of W alone; x has to be read and y to be written, too."""


def step_operations(N, C, K, first):
    """Operations of the products of one training step; first: whether nothing lies before this layer."""
    products = 2 if first else 3
    return products * 2 * N * C * K


def intensity(N, C, K, size):
    """Operations for each byte of y = x W, with numbers of `size` bytes."""
    return 2 * N * C * K / (size * (C * K))


def smallest_batch(C, K, size, ridge):
    """The smallest N whose intensity is at least `ridge`; None if there is none."""
    gain = 2 * C * K - ridge * size * (C + K)  # for each image
    if gain <= 0:
        return None
    return -(-ridge * size * C * K // gain)
