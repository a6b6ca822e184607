"""dw has a part for each image. All images share the filters, so it sums over them too."""

import numpy as np


def grad_w(x, dy, R, S, stride, padding):
    N, K, P, Q = dy.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, (R, S), axis=(2, 3))[:, :, ::stride, ::stride]
    columns = seen.transpose(0, 2, 3, 1, 4, 5).reshape(N * P * Q, -1)
    rows = dy.transpose(0, 2, 3, 1).reshape(N, P * Q, K)
    parts = rows.transpose(0, 2, 1) @ columns.reshape(N, P * Q, -1)
    return parts.reshape(N, K, -1, R, S)
