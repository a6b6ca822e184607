"""The bank is taken to be w // 32, which is the row; neighbouring words lie in neighbouring banks, w mod 32."""

import numpy as np


def sectors(first, step, size):
    """How many sectors are moved if lane l reads `size` bytes, beginning at byte first + l * step."""
    starts = first + step * np.arange(32)
    touched = starts[:, None] + np.arange(size)
    return len(np.unique(touched // 32))


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return int(np.bincount(np.unique(words) // 32).max())
