"""A multiply-add is counted as one operation; it is two, a multiplication and an addition."""


def intensity(tile_m, tile_n, size):
    """Operations for each byte that a block reads."""
    return tile_m * tile_n / (size * (tile_m + tile_n))


def attainable(tile_m, tile_n, size, peak, bandwidth):
    """Operations a second under the roofline."""
    return min(peak, bandwidth * intensity(tile_m, tile_n, size))
