"""One table, looked up both ways."""


def held(lane, register):
    down, across = divmod(lane, 4)
    return down + (8 if register > 1 else 0), 2 * across + (register & 1)


def holder(i, j):
    table = {held(lane, register): (lane, register) for lane in range(32) for register in range(4)}
    return table[i, j]
