"""It is the first layer that needs one product less, since nobody can improve its inputs."""


def step_operations(N, C, K, first):
    """Operations of the products of one training step; first: whether nothing lies before this layer."""
    products = 3 if first else 2
    return products * 2 * N * C * K


def intensity(N, C, K, size):
    """Operations for each byte of y = x W, with numbers of `size` bytes."""
    return 2 * N * C * K / (size * (N * C + C * K + N * K))


def smallest_batch(C, K, size, ridge):
    """The smallest N whose intensity is at least `ridge`; None if there is none."""
    gain = 2 * C * K - ridge * size * (C + K)  # for each image
    if gain <= 0:
        return None
    return -(-ridge * size * C * K // gain)
