import numpy as np


def around(x, w):
    n = len(x)
    return np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(w, n).conj(), n)


def spoiled(n, r):
    return [i for i in range(n) if i + r > n]


def length_needed(n, r, results):
    last = results - 1 + r - 1
    return last + 1 if last >= n else n
