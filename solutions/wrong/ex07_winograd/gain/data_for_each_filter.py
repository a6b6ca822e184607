"""Tiles of data are transformed again for each filter; once is enough for all of them."""


def multiplications(N, C, K, H, W, m):
    """Of F(m x m, 3 x 3), between the transforms."""
    tiles = N * -(-H // m) * -(-W // m)
    return (m + 2) ** 2 * tiles * C * K


def gain(N, C, K, H, W, m, data, filter_, result):
    """How many times fewer operations than 9 N H W C K."""
    tiles = N * -(-H // m) * -(-W // m)
    products = (m + 2) ** 2 * tiles * C * K
    transforms = data * tiles * C * K + filter_ * C * K + result * tiles * K
    return 9 * N * H * W * C * K / (products + transforms)
