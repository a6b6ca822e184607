"""Each window goes back beside the one before; they came from places that are `stride` apart."""

import numpy as np


def col2im(columns, shape, R, S, stride, padding):
    """x (N, C, H, W) from rows (N P Q, C R S): each number added to where it came from."""
    N, C, H, W = shape
    P, Q = (H + 2 * padding - R) // stride + 1, (W + 2 * padding - S) // stride + 1
    columns = columns.reshape(N, P, Q, C, R, S)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    for r in range(R):
        for s in range(S):
            padded[:, :, r : r + P, s : s + Q] += columns[:, :, :, :, r, s].transpose(0, 3, 1, 2)
    return padded[:, :, padding : padding + H, padding : padding + W]


def grad_x(dy, w, shape, stride, padding):
    """dx, of that shape, of dy (N, K, P, Q) and w (K, C, R, S)."""
    K, _, R, S = w.shape
    rows = dy.transpose(0, 2, 3, 1).reshape(-1, K)
    return col2im(rows @ w.reshape(K, -1), shape, R, S, stride, padding)
