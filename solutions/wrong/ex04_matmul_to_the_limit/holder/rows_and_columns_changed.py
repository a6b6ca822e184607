"""Rows and columns are exchanged: a lane's neighbours lie in one row, not in one column."""


def holder(i, j):
    """(lane, register) that hold element (i, j), 0 <= i < 16, 0 <= j < 8."""
    return j * 4 + i % 8 // 2, i // 8 * 2 + i % 2


def held(lane, register):
    """(i, j): the element that this register of this lane holds."""
    return lane % 4 * 2 + register % 2 + register // 2 * 8, lane // 4
