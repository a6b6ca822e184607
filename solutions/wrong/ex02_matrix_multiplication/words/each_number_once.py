"""Each number is counted once, but every block that needs it loads it again."""


def words_loaded(m, n, k, tile):
    return m * k + k * n


def intensity(m, n, k, tile):
    return 2 * m * n * k / (4 * words_loaded(m, n, k, tile))
