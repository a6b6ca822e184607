"""Lanes are counted in their block: where a block is no multiple of 32, the next one begins with a new warp."""


def blocks_for(n, block):
    return -(-n // block)


def place(i, block):
    return i // block, i % block // 32, i % 32
