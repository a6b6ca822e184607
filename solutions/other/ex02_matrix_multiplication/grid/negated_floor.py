"""Rounding up is rounding down the negative."""


def grid_for(m, n, block):
    x, y = block
    return [-(-n // x), -(-m // y)]
