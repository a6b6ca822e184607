"""The window is centred on its result; here it begins there."""

import numpy as np


def around(x, w):
    """n results, of n elements in a circle."""
    return sum(np.roll(x, len(w) // 2 - k) * w[k] for k in range(len(w)))


def spoiled(n, r):
    """The numbers of the results that read the beginning again."""
    return list(range(n - r + 1, n))


def length_needed(n, r, results):
    """The shortest circle on which the first so many results are right."""
    return max(n, results + r - 1)
