"""There is a tile for results that do not exist: n - r + 1 are wanted, not n."""

import numpy as np


def cut_tiles(x, r, t):
    """tiles x t"""
    step = t - r + 1
    starts = range(0, len(x), step)
    tiles = np.zeros((len(starts), t))
    for i, start in enumerate(starts):
        piece = x[start : start + t]
        tiles[i, : len(piece)] = piece
    return tiles


def join(y, n, r):
    """The n - r + 1 results, of what came for each tile."""
    good = y[:, : y.shape[1] - r + 1]
    return good.ravel()[: n - r + 1]
