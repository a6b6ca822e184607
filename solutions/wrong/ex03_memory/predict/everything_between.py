"""All sectors from the first address to the last are counted; those in which no lane wants a byte are not moved."""

import numpy as np


def sectors(first, step, size):
    """How many sectors are moved if lane l reads `size` bytes, beginning at byte first + l * step."""
    starts = first + step * np.arange(32)
    return int((starts[-1] + size - 1) // 32 - starts[0] // 32 + 1)


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return int(np.bincount(np.unique(words) % 32).max())
