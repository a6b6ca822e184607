"""C = A B by tiles in NumPy, counting the words that move between a large and a small memory.

The small memory holds one tile of C, and while that is added up, one of A and one of B at a time: 3 t^2 words. For
square matrices of n rows that t divides, 2 n^3 / t + n^2 words move: t times less than without tiles for A and B.
Nobody can do better than a constant factor (Hong and Kung, *I/O complexity: the red-blue pebble game*, 1981).
"""

from typing import NamedTuple

import numpy as np

from course_lib.errors import UserError


class Blocked(NamedTuple):
    """C: m x n, of A's dtype; read, written: words that moved to and from the small memory."""

    C: np.ndarray
    read: int
    written: int

    @property
    def words(self) -> int:
        return self.read + self.written


def multiply(A, B, tile: int) -> Blocked:
    """A: m x k, B: k x n. Tiles at the edges are smaller, and count as what they are. Raises UserError."""
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise UserError(f"A B needs matrices m x k and k x n, but {A.shape} and {B.shape} came")
    if isinstance(tile, bool) or not isinstance(tile, int) or tile < 1:
        raise UserError(f"a tile has at least 1 row, as an integer, but {tile!r} came")
    (m, k), n = A.shape, B.shape[1]
    C, read, written = np.zeros((m, n), A.dtype), 0, 0
    for i in range(0, m, tile):
        for j in range(0, n, tile):
            sum_ = np.zeros_like(C[i : i + tile, j : j + tile])
            for e in range(0, k, tile):
                a, b = A[i : i + tile, e : e + tile], B[e : e + tile, j : j + tile]
                read += a.size + b.size
                sum_ += a @ b
            C[i : i + tile, j : j + tile] = sum_
            written += sum_.size
    return Blocked(C, read, written)


def words(m: int, n: int, k: int, tile: int) -> int:
    """What multiply() moves: A once for each column of tiles, B once for each row of them, C once."""
    columns, rows = -(-n // tile), -(-m // tile)
    return m * k * columns + k * n * rows + m * n
