"""A right answer."""


def blocks_for(n, block):
    return (n - 1) // block + 1


def place(i, block):
    number = i // block
    warp, lane = divmod(i - number * block, 32)
    return [number, warp, lane]
