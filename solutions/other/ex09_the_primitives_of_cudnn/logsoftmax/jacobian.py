"""A right answer: each row's whole matrix of slopes."""

import numpy as np


def log_softmax(z):
    rest = z.T - np.amax(z, axis=1)
    return (rest - np.log(np.sum(np.exp(rest), axis=0))).T


def log_softmax_back(dy, y):
    slopes = np.eye(y.shape[1]) - np.exp(y)[:, None, :]
    return np.einsum("ni,nij->nj", dy, slopes)
