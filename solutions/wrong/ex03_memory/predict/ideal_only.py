"""These are the fewest sectors that could hold the bytes; the lanes' addresses decide how many are touched."""

import numpy as np


def sectors(first, step, size):
    """How many sectors of 32 bytes a warp moves when lane l reads `size` bytes from byte first + l * step on."""
    return -(-32 * size // 32)


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return int(np.bincount(np.unique(words) % 32).max())
