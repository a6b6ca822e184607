"""The ridge decides."""


def intensity(tile_m, tile_n, size):
    return 2 / (size * (1 / tile_m + 1 / tile_n))


def attainable(tile_m, tile_n, size, peak, bandwidth):
    flops_a_byte = intensity(tile_m, tile_n, size)
    return peak if flops_a_byte >= peak / bandwidth else bandwidth * flops_a_byte
