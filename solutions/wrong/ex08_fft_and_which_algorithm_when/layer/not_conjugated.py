"""No spectrum is conjugated, so the filters are turned round."""

import numpy as np


def image_planes(x, padding):
    """N C H W -> planes to transform"""
    around_it = (padding, padding)
    return np.pad(x, ((0, 0), (0, 0), around_it, around_it))


def filter_planes(w, H, W, padding):
    """K C R S -> planes to transform, as large as those of the images"""
    K, C, R, S = w.shape
    planes = np.zeros((K, C, H + 2 * padding, W + 2 * padding))
    planes[:, :, :R, :S] = w
    return planes


def between(X, V):
    """Spectra of images and of filters -> spectra to transform back"""
    return np.einsum("ncuv,kcuv->nkuv", X, V)


def cut_results(planes, R, S):
    """Planes that came back -> results"""
    H, W = planes.shape[2:]
    return planes[:, :, : H - R + 1, : W - S + 1]
