"""A product for each tap."""

import numpy as np


def grad_w(x, dy, R, S, stride, padding):
    C, (_, K, P, Q) = x.shape[1], dy.shape
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    rows, dw = dy.swapaxes(0, 1).reshape(K, -1), np.zeros((K, C, R, S))
    for r in range(R):
        for s in range(S):
            seen = padded[:, :, r : r + (P - 1) * stride + 1 : stride, s : s + (Q - 1) * stride + 1 : stride]
            dw[:, :, r, s] = rows @ seen.swapaxes(0, 1).reshape(C, -1).T
    return dw
