"""Operations are divided by numbers instead of bytes: each number has `size` bytes."""


def intensity(tile_m, tile_n, size):
    """Operations for each byte that a block reads."""
    return 2 * tile_m * tile_n / (tile_m + tile_n)


def attainable(tile_m, tile_n, size, peak, bandwidth):
    """Operations a second under the roofline."""
    return min(peak, bandwidth * intensity(tile_m, tile_n, size))
