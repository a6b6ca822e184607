import numpy as np


def image_spectrum(x, R, S):
    return np.fft.fft2(x)


def filter_spectrum(w, H, W):
    return np.fft.fft2(w[::-1, ::-1], (H, W))


def from_spectrum(Y, H, W, R, S):
    return np.fft.ifft2(Y).real[R - 1 :, S - 1 :]
