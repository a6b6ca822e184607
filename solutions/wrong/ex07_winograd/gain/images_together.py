"""The images are laid together before they are cut; each image is cut into tiles of its own."""


def multiplications(N, C, K, H, W, m):
    """Of F(m x m, 3 x 3), between the transforms."""
    tiles = -(-N * H * W // m**2)
    return (m + 2) ** 2 * tiles * C * K


def gain(N, C, K, H, W, m, data, filter_, result):
    """How many times fewer operations than 9 N H W C K."""
    tiles = -(-N * H * W // m**2)
    products = (m + 2) ** 2 * tiles * C * K
    transforms = data * tiles * C + filter_ * C * K + result * tiles * K
    return 9 * N * H * W * C * K / (products + transforms)
