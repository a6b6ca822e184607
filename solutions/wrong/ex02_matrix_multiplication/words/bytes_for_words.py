"""This counts bytes; a float is four of them."""


def words_loaded(m, n, k, tile):
    across, down = -(-n // tile), -(-m // tile)
    return 4 * (m * k * across + k * n * down)


def intensity(m, n, k, tile):
    return 2 * m * n * k / words_loaded(m, n, k, tile)
