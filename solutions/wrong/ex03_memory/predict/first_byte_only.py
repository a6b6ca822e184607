"""Only the first byte of each lane is looked at; a lane's bytes may reach into a second sector."""

import numpy as np


def sectors(first, step, size):
    """How many sectors are moved if lane l reads `size` bytes, beginning at byte first + l * step."""
    starts = first + step * np.arange(32)
    return len(np.unique(starts // 32))


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return int(np.bincount(np.unique(words) % 32).max())
