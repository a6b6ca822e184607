"""The four elements of a lane are taken as neighbours of one row; they are two pairs, eight rows apart."""


def holder(i, j):
    """(lane, register) that hold element (i, j), 0 <= i < 16, 0 <= j < 8."""
    return (8 * i + j) // 4, j % 4


def held(lane, register):
    """(i, j): the element that this register of this lane holds."""
    return (4 * lane + register) // 8, (4 * lane + register) % 8
