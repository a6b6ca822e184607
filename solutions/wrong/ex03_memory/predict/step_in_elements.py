"""The step is taken for elements; it counts bytes."""

import numpy as np


def sectors(first, step, size):
    """How many sectors are moved if lane l reads `size` bytes, beginning at byte first + l * step."""
    starts = first + step * size * np.arange(32)
    touched = starts[:, None] + np.arange(size)
    return len(np.unique(touched // 32))


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return int(np.bincount(np.unique(words) % 32).max())
