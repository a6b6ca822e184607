# ruff: noqa: F821  expand is the setup cell's

import numpy as np


def cook_toom(points, m, r):
    a = m + r - 1
    AT, G, BT, f = (np.zeros(shape, int) for shape in ((m, a), (a, r), (a, a), (a,)))
    for j, p in enumerate(points):
        AT[:, j], G[j] = [p**i for i in range(m)], [p**k for k in range(r)]
        rest = points[:j] + points[j + 1 :]
        BT[j, :-1] = expand(rest)
        f[j] = sum(c * p**n for n, c in enumerate(expand(rest)))
    AT[-1, -1] = G[-1, -1] = f[-1] = 1
    BT[-1] = expand(points)
    return AT, G, BT, f
