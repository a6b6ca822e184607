"""The filter is transformed in its own size; it needs zeros behind it, to be as large as the image."""

import numpy as np


def image_spectrum(x, R, S):
    """Of H x W elements."""
    return np.fft.rfft2(x)


def filter_spectrum(w, H, W):
    """Of R x S taps; in the shape of the image's."""
    return np.fft.rfft2(w).conj()


def from_spectrum(Y, H, W, R, S):
    """The (H - R + 1) x (W - S + 1) results."""
    return np.fft.irfft2(Y, (H, W))[: H - R + 1, : W - S + 1]
