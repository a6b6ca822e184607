import numpy as np


def image_planes(x, padding):
    sides = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    return np.pad(x, sides)


def filter_planes(w, H, W, padding):
    R, S = w.shape[2:]
    planes = np.zeros((*w.shape[:2], H + 2 * padding, W + 2 * padding))
    planes[:, :, :R, :S] = w[:, :, ::-1, ::-1]
    return planes


def between(X, V):
    return (X[:, None] * V[None]).sum(2)


def cut_results(planes, R, S):
    return planes[:, :, R - 1 :, S - 1 :]
