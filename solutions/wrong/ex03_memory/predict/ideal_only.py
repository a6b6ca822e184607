"""These are the fewest sectors that could hold the bytes; the lanes' addresses decide how many are touched."""

import numpy as np


def sectors(first, step, size):
    """How many sectors are moved if lane l reads `size` bytes, beginning at byte first + l * step."""
    return -(-32 * size // 32)


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return int(np.bincount(np.unique(words) % 32).max())
