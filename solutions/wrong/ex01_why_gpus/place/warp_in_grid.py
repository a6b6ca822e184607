"""Warps are counted from the beginning of their block, and this counts from the beginning of the grid."""


def blocks_for(n, block):
    return -(-n // block)


def place(i, block):
    return i // block, i // 32, i % block % 32
