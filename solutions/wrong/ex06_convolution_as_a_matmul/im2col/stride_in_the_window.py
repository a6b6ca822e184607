"""The stride lies between the taps of a window; it belongs between the windows. Between taps it would be a
dilation.
"""

import numpy as np


def im2col(x, R, S, stride, padding):
    N, C, H, W = x.shape
    P, Q = (H + 2 * padding - R) // stride + 1, (W + 2 * padding - S) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = np.empty((N, P, Q, C, R, S))
    for r in range(R):
        for s in range(S):
            seen = np.pad(padded, ((0, 0), (0, 0), (0, 99), (0, 99)))[
                :, :, r * stride : r * stride + P, s * stride : s * stride + Q
            ]
            columns[:, :, :, :, r, s] = seen.transpose(0, 2, 3, 1)
    return columns.reshape(N * P * Q, C * R * S)
