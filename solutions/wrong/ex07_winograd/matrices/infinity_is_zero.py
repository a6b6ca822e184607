"""Infinity's row of G picks the first tap, as the point 0 does; it is the highest power that counts there, so the last
one."""

# ruff: noqa: F821  expand is the setup cell's


def cook_toom(points, m, r):
    """AT, G, BT, f of F(m, r), for m + r - 2 points and infinity."""
    AT = [[p**i for p in points] + [int(i == m - 1)] for i in range(m)]
    G = [[p**k for k in range(r)] for p in points] + [[int(k == 0) for k in range(r)]]
    BT = []
    f = []
    for p in points:
        others = [q for q in points if q != p]
        BT.append([*expand(others), 0])
        f.append(sum(c * p**n for n, c in enumerate(expand(others))))
    return AT, G, [*BT, expand(points)], [*f, 1]
