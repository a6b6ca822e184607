"""A term is two operations, a multiplication and an addition."""


def words_loaded(m, n, k, tile):
    across, down = -(-n // tile), -(-m // tile)
    return m * k * across + k * n * down


def intensity(m, n, k, tile):
    return m * n * k / (4 * words_loaded(m, n, k, tile))
