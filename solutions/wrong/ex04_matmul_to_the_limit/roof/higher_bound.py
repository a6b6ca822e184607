"""The higher of the two bounds is taken; both hold, so the lower one counts."""


def intensity(tile_m, tile_n, size):
    """Operations for each byte that a block reads."""
    return 2 * tile_m * tile_n / (size * (tile_m + tile_n))


def attainable(tile_m, tile_n, size, peak, bandwidth):
    """Operations a second under the roofline."""
    return max(peak, bandwidth * intensity(tile_m, tile_n, size))
