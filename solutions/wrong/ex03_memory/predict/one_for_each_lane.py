"""Each lane is given its own sectors; a sector that several lanes touch is moved once for all of them."""

import numpy as np


def sectors(first, step, size):
    """How many sectors are moved if lane l reads `size` bytes, beginning at byte first + l * step."""
    starts = first + step * np.arange(32)
    touched = starts[:, None] + np.arange(size)
    return sum(len(np.unique(lane // 32)) for lane in touched)


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return int(np.bincount(np.unique(words) % 32).max())
