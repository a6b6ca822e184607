"""A tile that sticks out is counted as a whole one; the threads outside load nothing."""


def words_loaded(m, n, k, tile):
    across, down = -(-n // tile), -(-m // tile)
    return across * down * -(-k // tile) * 2 * tile * tile


def intensity(m, n, k, tile):
    return 2 * m * n * k / (4 * words_loaded(m, n, k, tile))
