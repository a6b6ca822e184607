"""This is per float; a float has four bytes."""


def words_loaded(m, n, k, tile):
    across, down = -(-n // tile), -(-m // tile)
    return m * k * across + k * n * down


def intensity(m, n, k, tile):
    return 2 * m * n * k / words_loaded(m, n, k, tile)
