"""Rounding down leaves the last columns and rows without a block, and a matrix smaller than a block without any.
Round up.
"""


def grid_for(m, n, block):
    x, y = block
    return n // x, m // y
