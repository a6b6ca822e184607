"""Only the loads from A are counted."""


def words_loaded(m, n, k, tile):
    across = -(-n // tile)
    return m * k * across


def intensity(m, n, k, tile):
    return 2 * m * n * k / (4 * words_loaded(m, n, k, tile))
