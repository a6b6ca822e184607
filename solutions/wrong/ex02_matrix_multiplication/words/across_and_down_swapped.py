"""Blocks across and blocks down are the wrong way round: a number of A is loaded by each of the blocks beside each
other.
"""


def words_loaded(m, n, k, tile):
    across, down = -(-n // tile), -(-m // tile)
    return m * k * down + k * n * across


def intensity(m, n, k, tile):
    return 2 * m * n * k / (4 * words_loaded(m, n, k, tile))
