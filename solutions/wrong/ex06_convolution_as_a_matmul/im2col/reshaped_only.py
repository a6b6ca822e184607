"""The axes of the slice are N, C, P, Q. reshape does not exchange axes, it only counts anew: transpose them."""

import numpy as np


def im2col(x, R, S, stride, padding):
    N, C, H, W = x.shape
    P, Q = (H + 2 * padding - R) // stride + 1, (W + 2 * padding - S) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = np.empty((N, P, Q, C, R, S))
    for r in range(R):
        for s in range(S):
            seen = padded[:, :, r : r + stride * P : stride, s : s + stride * Q : stride]
            columns[:, :, :, :, r, s] = seen.reshape(N, P, Q, C)
    return columns.reshape(N * P * Q, C * R * S)
