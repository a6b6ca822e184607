import numpy as np


def cut_tiles(x, r, t):
    step = t - r + 1
    count = (len(x) - r) // step + 1
    long = np.append(x, np.zeros(t))
    return [long[i * step : i * step + t] for i in range(count)]


def join(y, n, r):
    good = []
    for tile in y:
        good += list(tile[: len(tile) - (r - 1)])
    return np.array(good[: n - r + 1])
