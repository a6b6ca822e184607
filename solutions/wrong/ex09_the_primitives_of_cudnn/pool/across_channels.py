"""A maximum over channels as well: every channel of every image has windows of its own."""

import numpy as np


def max_pool(x, size, stride):
    P, Q = ((length - size) // stride + 1 for length in x.shape[2:])
    y = np.empty((*x.shape[:2], P, Q))
    for p, q in np.ndindex(P, Q):
        top, left = p * stride, q * stride
        y[:, :, p, q] = x[:, :, top : top + size, left : left + size].max((1, 2, 3))[:, None]
    return y


def max_pool_back(dy, x, size, stride):
    dx = np.zeros(x.shape)
    for n, c, p, q in np.ndindex(*dy.shape):
        top, left = p * stride, q * stride
        window = x[n, c, top : top + size, left : left + size]
        down, across = divmod(window.argmax(), size)
        dx[n, c, top + down, left + across] += dy[n, c, p, q]
    return dx
