"""Warp and lane are the wrong way round: the quotient by 32 is the warp, the remainder the lane."""


def blocks_for(n, block):
    return -(-n // block)


def place(i, block):
    thread = i % block
    return i // block, thread % 32, thread // 32
