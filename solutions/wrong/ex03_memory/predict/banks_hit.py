"""This is the number of banks that are hit; the passes are the most words that any one bank must give."""

import numpy as np


def sectors(first, step, size):
    """How many sectors are moved if lane l reads `size` bytes, beginning at byte first + l * step."""
    starts = first + step * np.arange(32)
    touched = starts[:, None] + np.arange(size)
    return len(np.unique(touched // 32))


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return len(np.unique(words % 32))
