import numpy as np


def image_planes(x, padding):
    N, C, H, W = x.shape
    planes = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    planes[:, :, padding : padding + H, padding : padding + W] = x
    return planes


def filter_planes(w, H, W, padding):
    size = ((0, 0), (0, 0), (0, H + 2 * padding - w.shape[2]), (0, W + 2 * padding - w.shape[3]))
    return np.pad(w, size)


def between(X, V):
    by_frequency = X.transpose(2, 3, 0, 1) @ V.conj().transpose(2, 3, 1, 0)
    return by_frequency.transpose(2, 3, 0, 1)


def cut_results(planes, R, S):
    H, W = planes.shape[2:]
    return planes[:, :, range(H - R + 1)][..., range(W - S + 1)]
