"""F(m, r): m results of a filter with r taps by m + r - 1 multiplications, which nobody can do with fewer (Winograd).

    y = A' ((G g) * (B' d))      d: a = m + r - 1 elements, g: r taps, y: m results

Toom's idea: a polynomial of degree a - 1 is known by its values at a points, and the product of two has the products of
their values. One of the points is infinity; at each of the others, p_j, with M(x) = prod over j of (x - p_j) and
f_j = prod over l != j of (p_j - p_l):

    A'[i, j] = p_j^i          G[j, k] = p_j^k / f_j          B'[j] = the coefficients of M(x) / (x - p_j)

For infinity the rows are those of the highest coefficient: 1 at the last place of A' and G, M itself in B'. All in
fractions, so that nothing is rounded before the last step. Points near 0 and 1 keep the numbers small, with each p also
-p, which saves additions. For F(2, 3) and F(4, 3) these are the matrices of Lavin and Gray, *Fast Algorithms for
Convolutional Neural Networks*, 2016, up to the sign of a row in two matrices at once.
"""

import functools
import itertools
import math
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from course_lib.conv.problem import ConvError

GOOD = tuple(map(Fraction, ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "3/2", "-3/2", "2/3", "-2/3")))


class Transforms(NamedTuple):
    """Rows of fractions. AT: m x a, G: a x r, BT: a x a."""

    AT: tuple
    G: tuple
    BT: tuple


def transforms(m: int, r: int) -> Transforms:
    """The matrices of F(m, r). Raises ConvError unless both are at least 1."""
    check(m, r)
    return _transforms(int(m), int(r))


def check(m, r) -> None:
    if any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1 for n in (m, r)):
        raise ConvError(f"F(m, r) has m results and r taps, integers of at least 1, but m = {m!r} and r = {r!r} came")


@functools.cache
def _transforms(m, r):
    more = (sign * Fraction(n) for n in itertools.count(3) for sign in (1, -1))
    points, one = tuple(itertools.islice(itertools.chain(GOOD, more), m + r - 2)), Fraction(1)
    others = [[q for q in points if q != p] for p in points]
    scale = [math.prod((p - q for q in rest), start=one) for p, rest in zip(points, others, strict=True)]
    AT = [[*(p**i for p in points), one * (i == m - 1)] for i in range(m)]
    G = [[p**k / f for k in range(r)] for p, f in zip(points, scale, strict=True)]
    BT = [[*_polynomial(rest), 0 * one] for rest in others]
    return Transforms(
        *(tuple(map(tuple, M)) for M in (AT, [*G, [one * (k == r - 1) for k in range(r)]], [*BT, _polynomial(points)]))
    )


def _polynomial(roots) -> list[Fraction]:
    """The coefficients of prod (x - root), the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        times_x, times_root = [Fraction(0), *coefficients], [*(-root * c for c in coefficients), Fraction(0)]
        coefficients = [a + b for a, b in zip(times_x, times_root, strict=True)]
    return coefficients


def nested(down, across) -> np.ndarray:
    """X -> down X across', for X as one column, row by row: the Kronecker product, as float64."""
    return np.kron(np.array(down, float), np.array(across, float))


class Instructions(NamedTuple):
    """Of the transforms of one tile in two dimensions."""

    data: int
    filter: int
    inverse: int


def instructions(m: int, r: int) -> Instructions:
    """Floating-point instructions of the transforms of F(m x m, r x r), a fused multiply-add being one.

    A transform goes down every column and then along every row. In one dimension a sum of n terms takes n - 1
    instructions if the factor of one of them is 1 or -1, else n: the first is a product, and the same product is
    computed once for all sums. Two rows that differ in the signs of some terms share the two parts, as u + v and u - v;
    so do two columns. For F(2, 3) and F(4, 3) this gives Lavin and Gray's 32, 28, 24 and 156, 72, 100.
    """
    AT, G, BT = transforms(m, r)
    a = m + r - 1
    return Instructions(2 * a * _apply(BT), (a + r) * _apply(G), (a + m) * _apply(AT))


def _apply(matrix) -> int:
    """Instructions for one product of this matrix with a column."""
    return min(_by_rows(matrix), _by_columns(matrix))


def _by_rows(matrix) -> int:
    rows, sums, total = [{j: v for j, v in enumerate(row) if v} for row in matrix], [], 0
    while rows:
        row = rows.pop(0)
        twin = next((other for other in rows if _twins(row, other)), None)
        if twin is None:
            sums.append(row)
            continue
        rows.remove(twin)
        parts = [{j: v for j, v in row.items() if (v == twin[j]) == same} for same in (True, False)]
        parts.sort(key=len)
        sums += parts if len(parts[0]) > 1 else parts[1:]  # a part of one term is added as a product
        total += 2
    return total + _sums(sums)


def _twins(row, other) -> bool:
    signs = {v == other.get(j) for j, v in row.items()}
    return signs == {True, False} and {j: abs(v) for j, v in row.items()} == {j: abs(v) for j, v in other.items()}


def _sums(sums) -> int:
    """Of sums that share nothing but first products."""
    total = sum(len(terms) - 1 for terms in sums)
    waiting = [
        {(j, abs(v)) for j, v in terms.items()} for terms in sums if not any(abs(v) == 1 for v in terms.values())
    ]
    while waiting:
        product, _ = Counter(p for terms in waiting for p in sorted(terms)).most_common(1)[0]
        waiting = [terms for terms in waiting if product not in terms]
        total += 1
    return total


def _by_columns(matrix) -> int:
    """Columns c and d that are equal in some rows and opposite in others: x_c + x_d and x_c - x_d come first."""
    columns, total, kept = [list(column) for column in zip(*matrix, strict=True)], 0, []
    while columns:
        column = columns.pop(0)
        terms = {i: v for i, v in enumerate(column) if v}
        twin = next((o for o in columns if _twins(terms, {i: v for i, v in enumerate(o) if v})), None)
        if twin is None:
            kept.append(column)
            continue
        columns.remove(twin)
        total += 2
        for same in (True, False):
            kept.append([v * ((v == t) == same) for v, t in zip(column, twin, strict=True)])
    return total + _sums([{j: v for j, v in enumerate(row) if v} for row in zip(*kept, strict=True)])
