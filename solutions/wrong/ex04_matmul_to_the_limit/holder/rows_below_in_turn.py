"""Lanes are taken to go on below row 7; there they begin again, with registers 2 and 3."""


def holder(i, j):
    """(lane, register) that hold element (i, j), 0 <= i < 16, 0 <= j < 8."""
    return (i * 4 + j // 2) % 32, i // 8 + j % 2 * 2


def held(lane, register):
    """(i, j): the element that this register of this lane holds."""
    return lane // 4 + register % 2 * 8, lane % 4 * 2 + register // 2
