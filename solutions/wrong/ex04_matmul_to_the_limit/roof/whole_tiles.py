"""The bytes are those of tile_m × tile_n numbers; a step reads a column of A and a row of B, tile_m + tile_n
numbers.
"""


def intensity(tile_m, tile_n, size):
    """Operations for each byte that a block reads."""
    return 2 * tile_m * tile_n / (size * 2 * tile_m * tile_n)


def attainable(tile_m, tile_n, size, peak, bandwidth):
    """Operations a second under the roofline."""
    return min(peak, bandwidth * intensity(tile_m, tile_n, size))
