"""What all rungs share: operands that fit, rows that can be read 16 bytes at a time, and a launch that can be repeated.

A rung is a function that makes a `Launch`; `@rung` turns it into one that multiplies, and keeps the other as `.ready`:

    C = naive(A, B)                  multiply
    launch = naive.ready(A, B)       all but the run: launch() as often as you like, launch.kernel.profile(*launch.how)
"""

import functools
from typing import NamedTuple

import numpy as np

from course_lib import gpu
from course_lib.gpu.arguments import MOST_THREADS, STATIC_SHARED, check_shape
from course_lib.gpu.errors import LaunchError

MADE = {
    np.dtype(np.float32): ("a float32 matrix", "gpu.asarray(x.astype(np.float32))"),
    np.dtype(np.uint16): ("a matrix of bfloat16 bits (uint16)", "gpu.asarray(bfloat16.to_bits(x))"),
}


class Launch(NamedTuple):
    """A product that is ready to run. file, defines: its source; how: (grid, block, args, shared_mem);
    C: what it writes, perhaps with padding; shape: (m, n) of the product; keeps: arrays that `how` only points to."""

    kernel: object
    file: object
    defines: dict
    how: tuple
    C: object
    shape: tuple[int, int]
    keeps: tuple = ()

    def __call__(self):
        """Run it. Returns C, m x n, which the next run overwrites unless it was padded."""
        if self.C.size:  # a grid of no blocks is no launch
            self.kernel(*self.how)
        m, n = self.shape
        return self.C if self.C.shape == self.shape else self.C[:m, :n].copy()


def rung(ready):
    """A function that makes a Launch -> one that also runs it."""

    @functools.wraps(ready)
    def multiply(A, B, *shape, **named):
        return ready(A, B, *shape, **named)()

    multiply.ready = ready
    return multiply


def launch(file, grid, block, A, B, shared_mem=0, shape=None, **defines) -> Launch:
    """The launch of a kernel `matmul(A, B, C, m, n, k)`; shape: of the product, where A and B are padded."""
    (m, k), (_, n) = A.shape, B.shape
    C = gpu.empty((m, n), np.float32)
    kernel = gpu.load(file, **defines).get_function("matmul")
    if shared_mem > STATIC_SHARED:
        kernel.max_dynamic_shared_size_bytes = shared_mem
    return Launch(kernel, file, defines, (grid, block, (A, B, C, m, n, k), shared_mem), C, shape or (m, n))


def blocks(size: int, of: int) -> int:
    """How many blocks of `of` cover `size`, the last one perhaps in part: size / of, rounded up."""
    return -(-size // of)


def block_shape(block) -> tuple[int, int]:
    """A block as (x, y). Raises LaunchError."""
    if not isinstance(block, (tuple, list)) or len(block) != 2:
        raise LaunchError(f"a block of these kernels is (x, y), such as (16, 16), but {block!r} came")
    return check_shape("matmul", (1, 1), block)[1][:2]


def sizes(A, B, dtype=np.float32) -> tuple[int, int, int]:
    """(m, n, k) of A B. Raises LaunchError for what is no pair of device matrices of this dtype that fit."""
    what, made = MADE[np.dtype(dtype)]
    for name, matrix in (("A", A), ("B", B)):
        if getattr(matrix, "ndim", None) != 2 or matrix.dtype != dtype:
            came = f"{matrix.dtype} of shape {matrix.shape}" if hasattr(matrix, "shape") else type(matrix).__name__
            made = f"{name}.reshape(rows, columns)" if getattr(matrix, "dtype", None) == dtype else made
            raise LaunchError(f"{name} is {what} on the device, but {came} came; make one with {made}")
        if isinstance(matrix, np.ndarray):
            raise LaunchError(f"{name} is in host memory, which a kernel cannot see; move it with gpu.asarray(x)")
        if not matrix.flags.c_contiguous:
            raise LaunchError(f"{name} is not contiguous in memory (strides {matrix.strides}); pass x.copy(), which is")
    if A.shape[1] != B.shape[0]:
        raise LaunchError(
            f"A B needs as many columns in A as rows in B, but A is {A.shape[0]} x {A.shape[1]} "
            f"and B is {B.shape[0]} x {B.shape[1]}"
        )
    return A.shape[0], B.shape[1], A.shape[1]


def padded(matrix, rows: int, columns: int):
    """The matrix with zeros below and beside it, until its sides are multiples of these, and not 0 where that is wider
    than 1; itself, if they are already and it begins at a multiple of 16 bytes, as wide loads need."""
    sides = zip(matrix.shape, (rows, columns), strict=True)
    wanted = tuple(blocks(size or int(of > 1), of) * of for size, of in sides)
    if wanted == matrix.shape and address(matrix) % 16 == 0:
        return matrix
    larger = gpu.zeros(wanted, matrix.dtype)
    larger[: matrix.shape[0], : matrix.shape[1]] = matrix
    return larger


def address(array) -> int:
    """Of its first element, on either device."""
    return array.pointer if hasattr(array, "pointer") else array.data.ptr


def numbers(what: str, given, count: int) -> tuple[int, ...]:
    """A tuple of that many integers of at least 1. Raises LaunchError."""
    whole = isinstance(given, (tuple, list)) and len(given) == count
    if not whole or any(isinstance(v, bool) or not isinstance(v, (int, np.integer)) or v < 1 for v in given):
        raise LaunchError(
            f"{what} is {count} integers of at least 1, such as {(64, 64, 8)[:count]}, but {given!r} came"
        )
    return tuple(int(v) for v in given)


def check_tiles(file, threads: int, multiples: list[tuple[str, int, int]]) -> None:
    """Whether a kernel can be made for these tiles; multiples: (what, its value, what divides it).

    Raises LaunchError, naming what does not fit.
    """
    for what, value, divisor in multiples:
        if value % divisor or value < divisor:
            raise LaunchError(f"{what} must be a multiple of {divisor} in {file.name}, but it is {value}")
    if threads > MOST_THREADS:
        raise LaunchError(
            f"these tiles of {file.name} need {threads} threads a block, and a GPU allows {MOST_THREADS}; "
            f"make them smaller, or give each thread more"
        )
