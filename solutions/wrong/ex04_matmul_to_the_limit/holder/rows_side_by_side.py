"""The second pair of a lane is put into the row below; it is eight rows below."""


def holder(i, j):
    """(lane, register) that hold element (i, j), 0 <= i < 16, 0 <= j < 8."""
    return i // 2 * 4 + j // 2, i % 2 * 2 + j % 2


def held(lane, register):
    """(i, j): the element that this register of this lane holds."""
    return lane // 4 * 2 + register // 2, lane % 4 * 2 + register % 2
