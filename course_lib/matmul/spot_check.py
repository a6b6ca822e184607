"""Whether a large product is right, from some of its rows and columns: a row crosses every tile of C in one direction,
a column every tile in the other.

The bound is that of Higham and Mary, *A new approach to probabilistic rounding error analysis*, 2019: the roundings of
a sum of k products, in any order with unit roundoff u, go up as often as down, so that they add up to no more than
8 sqrt(k) u |A| |B|. That they all go one way, k u |A| |B|, is possible, but a bound as wide would miss a tile left out.
"""

import numpy as np

from course_lib.matmul import bfloat16

UNITS = {"float32": 2.0**-24, "uint16": 2.0**-22}  # tensor cores cut the digits of partial sums instead of rounding
RESULT = {"float32": 0.0, "uint16": 2.0**-8}  # a bfloat16 result is rounded once more
AT_ONCE = 1024  # rows of float64 that are made at once


class SpotCheck:
    """check(C) -> bool for device arrays C = A B, in float32 or bfloat16 bits; A, B: on the host, float32 or bits."""

    def __init__(self, A: np.ndarray, B: np.ndarray, seed: int = 0, count: int = 8):
        (m, k), n = A.shape, B.shape[1]
        self.gamma = 8 * k**0.5 * UNITS[A.dtype.name]
        rng = np.random.default_rng(seed)
        self.rows, self.columns = _some(rng, m, count), _some(rng, n, count)
        self.of_rows = _products(_numbers(A[self.rows]), B, 0)
        turned = _products(_numbers(B[:, self.columns]).T, A, 1)
        self.of_columns = tuple(x.T for x in turned)

    def __call__(self, C) -> bool:
        across = np.stack([_numbers(C[int(row)].get()) for row in self.rows])
        down = np.stack([_numbers(C[:, int(column)].get()) for column in self.columns], axis=1)
        loose = RESULT[C.dtype.name]
        return all(
            bool((np.abs(got - truth) <= self.gamma * size + loose * np.abs(truth) + 1e-37).all())
            for got, (truth, size) in ((across, self.of_rows), (down, self.of_columns))
        )


def _some(rng, size, count):
    """The first and the last of `size`, and others."""
    return np.unique([0, size - 1, *rng.integers(0, size, count)])


def _numbers(x):
    return (bfloat16.to_float32(x) if x.dtype == np.uint16 else x).astype(np.float64)


def _products(left, B, axis):
    """(left B, |left| |B|) in float64, or with B' where axis is 1, a part of the inner dimension at a time."""
    n = B.shape[1 - axis]
    truth, size = np.zeros((len(left), n)), np.zeros((len(left), n))
    for at in range(0, B.shape[axis], AT_ONCE):
        part = _numbers(B[at : at + AT_ONCE] if axis == 0 else B[:, at : at + AT_ONCE])
        part = part if axis == 0 else part.T
        mine = left[:, at : at + AT_ONCE]
        truth += mine @ part
        size += np.abs(mine) @ np.abs(part)
    return truth, size
