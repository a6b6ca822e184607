"""The filters are reshaped to C R S by K. They lie as K rows of C R S numbers: transpose those."""

import numpy as np


def convolve(x, w, stride, padding):
    K, _, R, S = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, (R, S), axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, P, Q = seen.shape[:4]
    columns = seen.transpose(0, 2, 3, 1, 4, 5).reshape(N * P * Q, C * R * S)
    rows = columns @ w.reshape(-1, K)
    return rows.reshape(N, P, Q, K).transpose(0, 3, 1, 2)
