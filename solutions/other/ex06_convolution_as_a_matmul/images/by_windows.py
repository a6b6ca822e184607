"""Window by window; float zeros cut off at the end."""

import numpy as np


def col2im(columns, shape, R, S, stride, padding):
    N, C, H, W = shape
    padded, row = np.zeros((N, C, H + 2 * padding, W + 2 * padding)), 0
    for n in range(N):
        for top in range(0, H + 2 * padding - R + 1, stride):
            for left in range(0, W + 2 * padding - S + 1, stride):
                padded[n, :, top : top + R, left : left + S] += columns[row].reshape(C, R, S)
                row += 1
    return padded[:, :, padding:, padding:][:, :, :H, :W]


def grad_x(dy, w, shape, stride, padding):
    K, C, R, S = w.shape
    columns = np.einsum("nkpq,kz->npqz", dy, w.reshape(K, C * R * S))
    return col2im(columns.reshape(-1, C * R * S), shape, R, S, stride, padding)
