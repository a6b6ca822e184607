"""Windows begin at neighbouring places, so many as are asked for; they begin `stride` places apart."""

import numpy as np


def im2col(x, R, S, stride, padding):
    """The windows of x (N, C, H, W) as rows: (N P Q, C R S)."""
    N, C, H, W = x.shape
    P, Q = (H + 2 * padding - R) // stride + 1, (W + 2 * padding - S) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = np.empty((N, P, Q, C, R, S), x.dtype)
    for r in range(R):
        for s in range(S):
            columns[:, :, :, :, r, s] = padded[:, :, r : r + P, s : s + Q].transpose(0, 2, 3, 1)
    return columns.reshape(N * P * Q, C * R * S)
