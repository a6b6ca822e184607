"""The pair is the wrong way round: the lane comes first in holder, the row first in held."""


def holder(i, j):
    """(lane, register) that hold element (i, j), 0 <= i < 16, 0 <= j < 8."""
    return i // 8 * 2 + j % 2, i % 8 * 4 + j // 2


def held(lane, register):
    """(i, j): the element that this register of this lane holds."""
    return lane % 4 * 2 + register % 2, lane // 4 + register // 2 * 8
