"""One block too many where the block divides n: round up, do not add one."""


def blocks_for(n, block):
    return n // block + 1


def place(i, block):
    thread = i % block
    return i // block, thread // 32, thread % 32
