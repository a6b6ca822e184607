import numpy as np


def cut_tiles(x, r, t):
    behind = np.concatenate([x, np.zeros(t - 1)])
    return np.lib.stride_tricks.sliding_window_view(behind, t)[: len(x) - r + 1 : t - r + 1]


def join(y, n, r):
    t = y.shape[1]
    return np.delete(y, range(t - r + 1, t), axis=1).reshape(-1)[: n - r + 1]
