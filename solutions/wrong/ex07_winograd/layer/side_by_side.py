"""Tiles of 4 x 4 are laid side by side; their results are 2 x 2, so tiles begin at every other row and column."""

import numpy as np


def corners(H, W):
    """Where tiles begin: [(row, column), …]. For data and results; use it or not."""
    return [(i, j) for i in range(0, H - 2, 4) for j in range(0, W - 2, 4)]


def filters(w):
    """K C 3 3 -> 16 K C"""
    matrix = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
    return np.einsum("ir,kcrs,js->ijkc", matrix, w, matrix).reshape(16, *w.shape[:2])


def data(x):
    """C H W -> 16 C T"""
    matrix = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]
    C, H, W = x.shape
    x = np.pad(x, ((0, 0), (0, 1), (0, 1)))
    tiles = np.stack([x[:, i : i + 4, j : j + 4] for i, j in corners(H, W)], axis=-1)
    return np.einsum("ia,cabt,jb->ijct", matrix, tiles, matrix).reshape(16, C, -1)


def results(M, H, W):
    """16 K T -> K H-2 W-2"""
    matrix = [[1, 1, 1, 0], [0, 1, -1, -1]]
    K = M.shape[1]
    Y = np.einsum("ai,ijkt,bj->kabt", matrix, M.reshape(4, 4, K, -1), matrix)
    y = np.empty((K, H, W))
    for t, (i, j) in enumerate(corners(H, W)):
        y[:, i : i + 2, j : j + 2] = Y[..., t]
    return y[:, : H - 2, : W - 2]
