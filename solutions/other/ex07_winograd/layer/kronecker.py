import numpy as np

A = np.kron(*[np.array([[1, 1, 1, 0], [0, 1, -1, -1]])] * 2)
G = np.kron(*[np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])] * 2)
B = np.kron(*[np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])] * 2)


def filters(w):
    return np.moveaxis(w.reshape(*w.shape[:2], 9) @ G.T, 2, 0)


def data(x):
    C, H, W = x.shape
    x = np.concatenate([x, np.zeros((C, 1, W))], 1)
    x = np.concatenate([x, np.zeros((C, H + 1, 1))], 2)
    tiles = np.lib.stride_tricks.sliding_window_view(x, (4, 4), (1, 2))[:, ::2, ::2]
    return np.moveaxis(tiles.reshape(C, -1, 16) @ B.T, 2, 0)


def results(M, H, W):
    down, across = (H - 1) // 2, (W - 1) // 2
    Y = np.tensordot(A, M, 1).reshape(2, 2, -1, down, across)
    return Y.transpose(2, 3, 0, 4, 1).reshape(-1, 2 * down, 2 * across)[:, : H - 2, : W - 2]
