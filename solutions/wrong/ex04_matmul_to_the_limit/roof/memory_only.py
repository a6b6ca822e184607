"""The peak is forgotten: right of the ridge, memory could feed more than the machine can compute."""


def intensity(tile_m, tile_n, size):
    """Operations for each byte that a block reads."""
    return 2 * tile_m * tile_n / (size * (tile_m + tile_n))


def attainable(tile_m, tile_n, size, peak, bandwidth):
    """Operations a second under the roofline."""
    return bandwidth * intensity(tile_m, tile_n, size)
