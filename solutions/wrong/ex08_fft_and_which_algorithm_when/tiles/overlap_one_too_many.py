"""The tiles overlap by r; r - 1 is enough, since a tile gives t - r + 1 good results."""

import numpy as np


def cut_tiles(x, r, t):
    """tiles x t"""
    step = max(1, t - r)
    starts = range(0, len(x) - r + 1, step)
    tiles = np.zeros((len(starts), t))
    for i, start in enumerate(starts):
        piece = x[start : start + t]
        tiles[i, : len(piece)] = piece
    return tiles


def join(y, n, r):
    """The n - r + 1 results, of what came for each tile."""
    good = y[:, : max(1, y.shape[1] - r)]
    return good.ravel()[: n - r + 1]
