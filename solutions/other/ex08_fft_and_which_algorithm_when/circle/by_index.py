import numpy as np


def around(x, w):
    n, r = len(x), len(w)
    return [float(sum(x[(i + k) % n] * w[k] for k in range(r))) for i in range(n)]


def spoiled(n, r):
    return np.arange(n - r + 1, n)


def length_needed(n, r, results):
    zeros = max(0, results + r - 1 - n)
    return n + zeros
