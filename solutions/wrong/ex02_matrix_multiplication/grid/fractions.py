"""A grid has whole blocks: / gives fractions, // whole numbers."""


def grid_for(m, n, block):
    x, y = block
    return n / x, m / y
