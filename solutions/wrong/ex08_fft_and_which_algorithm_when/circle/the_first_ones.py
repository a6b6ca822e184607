"""The first results read forwards, and are right; the last ones run over the end."""

import numpy as np


def around(x, w):
    """n results, of n elements in a circle."""
    return sum(np.roll(x, -k) * w[k] for k in range(len(w)))


def spoiled(n, r):
    """The numbers of the results that read the beginning again."""
    return list(range(r - 1))


def length_needed(n, r, results):
    """The shortest circle on which the first so many results are right."""
    return max(n, results + r - 1)
