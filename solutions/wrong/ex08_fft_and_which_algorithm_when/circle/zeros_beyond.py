"""Beyond the last element you read zeros; in a circle the first element follows."""

import numpy as np


def around(x, w):
    """n results, of n elements in a circle."""
    behind = np.append(x, np.zeros(len(w)))
    return sum(behind[k : k + len(x)] * w[k] for k in range(len(w)))


def spoiled(n, r):
    """The numbers of the results that read the beginning again."""
    return list(range(n - r + 1, n))


def length_needed(n, r, results):
    """The shortest circle on which the first so many results are right."""
    return max(n, results + r - 1)
