"""This is the number of banks that are hit; the passes are the most words that any one bank must give."""

import numpy as np


def sectors(first, step, size):
    """How many sectors of 32 bytes a warp moves when lane l reads `size` bytes from byte first + l * step on."""
    starts = first + step * np.arange(32)
    touched = starts[:, None] + np.arange(size)
    return len(np.unique(touched // 32))


def passes(words):
    """How many passes over the 32 banks a warp takes when lane l reads word words[l]."""
    return len(np.unique(words % 32))
