"""All zeros lie below and on the right; they belong on each side."""

import numpy as np


def im2col(x, R, S, stride, padding):
    N, C, H, W = x.shape
    P, Q = (H + 2 * padding - R) // stride + 1, (W + 2 * padding - S) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)))
    columns = np.empty((N, P, Q, C, R, S))
    for r in range(R):
        for s in range(S):
            seen = padded[:, :, r : r + stride * P : stride, s : s + stride * Q : stride]
            columns[:, :, :, :, r, s] = seen.transpose(0, 2, 3, 1)
    return columns.reshape(N * P * Q, C * R * S)
