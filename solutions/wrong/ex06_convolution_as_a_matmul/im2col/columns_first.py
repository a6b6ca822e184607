"""The windows go down the columns of the image first: q changes faster than p."""

import numpy as np


def im2col(x, R, S, stride, padding):
    N, C, H, W = x.shape
    P, Q = (H + 2 * padding - R) // stride + 1, (W + 2 * padding - S) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = np.empty((N, Q, P, C, R, S))
    for r in range(R):
        for s in range(S):
            seen = padded[:, :, r : r + stride * P : stride, s : s + stride * Q : stride]
            columns[:, :, :, :, r, s] = seen.transpose(0, 3, 2, 1)
    return columns.reshape(N * P * Q, C * R * S)
