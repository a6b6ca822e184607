# ruff: noqa: F821  expand is the setup cell's

import math


def cook_toom(points, m, r):
    """Twice the data, divided by twice as much, and rows of G and BT with their signs changed."""
    AT = [[p**i for p in points] + [int(i == m - 1)] for i in range(m)]
    G = [[-(p**k) for k in range(r)] for p in points] + [[0] * (r - 1) + [1]]
    BT = [[-2 * c for c in expand([q for q in points if q != p])] + [0] for p in points]
    f = [2 * math.prod(p - q for q in points if q != p) for p in points]
    return tuple(AT), tuple(G), (*BT, expand(points)), (*f, 1)
