"""Rows and columns are exchanged where the results are cut off."""

import numpy as np


def image_spectrum(x, R, S):
    """Of H x W elements."""
    return np.fft.rfft2(x)


def filter_spectrum(w, H, W):
    """Of R x S taps; in the shape of the image's."""
    return np.fft.rfft2(w, (H, W)).conj()


def from_spectrum(Y, H, W, R, S):
    """The (H - R + 1) x (W - S + 1) results."""
    return np.fft.irfft2(Y, (H, W))[: H - S + 1, : W - R + 1]
