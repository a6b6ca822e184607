"""The logarithm is that of all numbers of a plane, H W, not of one side."""

import numpy as np


def by_definition(x, w):
    """Operations of the definition."""
    N, C, H, W = x
    K, C, R, S = w
    return 2 * N * K * (H - R + 1) * (W - S + 1) * C * R * S


def by_fft(x, w):
    """Operations by spectra."""
    N, C, H, W = x
    K = w[0]
    transforms = N * C + K * C + N * K
    frequencies = H * (W // 2 + 1)
    return transforms * 2.5 * H * W * np.log2(H) + 8 * frequencies * N * K * C


def crossover(x, K, most):
    """The smallest odd size at which the FFT has fewer, or 0."""
    for R in range(3, most + 1, 2):
        w = (K, x[1], R, R)
        if by_fft(x, w) < by_definition(x, w):
            return R
    return 0
