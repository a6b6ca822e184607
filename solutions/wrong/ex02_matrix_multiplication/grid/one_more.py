"""Adding a block whether or not there is a remainder: when the block divides the size, the last block has nothing to
do.
"""


def grid_for(m, n, block):
    x, y = block
    return n // x + 1, m // y + 1
