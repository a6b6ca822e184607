import numpy as np


def image_spectrum(x, R, S):
    H, W = x.shape
    return np.fft.rfft2(x, (2 * H, 2 * W))


def filter_spectrum(w, H, W):
    return np.conj(np.fft.rfft2(w, (2 * H, 2 * W)))


def from_spectrum(Y, H, W, R, S):
    return np.fft.irfft2(Y, (2 * H, 2 * W))[: H - R + 1, : W - S + 1]
