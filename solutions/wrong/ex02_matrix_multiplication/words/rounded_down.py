"""The tiles that stick out are not counted: blocks beside each other are n / tile rounded up."""


def words_loaded(m, n, k, tile):
    across, down = n // tile, m // tile
    return m * k * across + k * n * down


def intensity(m, n, k, tile):
    return 2 * m * n * k / (4 * words_loaded(m, n, k, tile))
