"""The first results are cut off, as a convolution needs it; here the last ones are spoiled."""

import numpy as np


def image_spectrum(x, R, S):
    """Of H x W elements."""
    return np.fft.rfft2(x)


def filter_spectrum(w, H, W):
    """Of R x S taps; in the shape of the image's."""
    return np.fft.rfft2(w, (H, W)).conj()


def from_spectrum(Y, H, W, R, S):
    """The (H - R + 1) x (W - S + 1) results."""
    return np.fft.irfft2(Y, (H, W))[R - 1 :, S - 1 :]
