"""A lane's two neighbours are taken as j and j + 4."""


def holder(i, j):
    """(lane, register) that hold element (i, j), 0 <= i < 16, 0 <= j < 8."""
    return i % 8 * 4 + j % 4, i // 8 * 2 + j // 4


def held(lane, register):
    """(i, j): the element that this register of this lane holds."""
    return lane // 4 + register // 2 * 8, lane % 4 + register % 2 * 4
