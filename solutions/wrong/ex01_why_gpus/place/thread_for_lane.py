"""This is the thread's place in its block; a lane is its place in its warp, from 0 to 31."""


def blocks_for(n, block):
    return -(-n // block)


def place(i, block):
    return i // block, i % block // 32, i % block
