"""Counted block by block, as the kernel does it."""


def words_loaded(m, n, k, tile):
    words = 0
    for top in range(0, m, tile):
        for left in range(0, n, tile):
            rows, columns = min(tile, m - top), min(tile, n - left)
            words += rows * k + k * columns
    return words


def intensity(m, n, k, tile):
    floating_point_operations = m * n * k * 2.0
    bytes_loaded = 4.0 * words_loaded(m, n, k, tile)
    return floating_point_operations / bytes_loaded
