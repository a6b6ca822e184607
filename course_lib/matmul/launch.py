"""C = A B on the device, one function a rung, all with one signature: rung(A, B, block) -> C.

| here        | meaning                        | shape, dtype   |
|-------------|--------------------------------|----------------|
| A           | device array                   | m x k, float32 |
| B           | device array                   | k x n, float32 |
| C           | new device array, the product  | m x n, float32 |
| block, tile | threads of a block as (x, y)   |                |

Flops: 2 m n k. Each raises LaunchError for arrays that are not float32 matrices of fitting shapes.
"""

from pathlib import Path

import numpy as np

from course_lib import gpu
from course_lib.gpu.arguments import check_shape
from course_lib.gpu.errors import LaunchError

UNCOALESCED = Path(__file__).with_name("01_uncoalesced.cu")
NAIVE = Path(__file__).with_name("02_naive.cu")
TILED = Path(__file__).with_name("03_tiled.cu")


def uncoalesced(A, B, block=(16, 16)):
    """Neighbouring threads in neighbouring rows: x runs down C."""
    m, n = _shape(A, B)
    x, y = _block(block)
    return _launch(UNCOALESCED, (blocks(m, x), blocks(n, y)), block, A, B)


def naive(A, B, block=(16, 16)):
    """Neighbouring threads in neighbouring columns: x runs along C."""
    m, n = _shape(A, B)
    x, y = _block(block)
    return _launch(NAIVE, (blocks(n, x), blocks(m, y)), block, A, B)


def tiled(A, B, tile=16):
    """Tiles of A and B in shared memory; the block is tile x tile."""
    m, n = _shape(A, B)
    x, y = _block((tile, tile))
    return _launch(TILED, (blocks(n, x), blocks(m, y)), (x, y), A, B, TILE=tile)


def blocks(size: int, of: int) -> int:
    """How many blocks of `of` cover `size`, the last one perhaps in part: size / of, rounded up."""
    return -(-size // of)


def _launch(file, grid, block, A, B, **defines):
    (m, k), (_, n) = A.shape, B.shape
    C = gpu.empty((m, n), np.float32)
    if C.size:  # a grid of no blocks is no launch
        gpu.load(file, **defines).get_function("matmul")(grid, block, (A, B, C, m, n, k))
    return C


def _block(block):
    if not isinstance(block, (tuple, list)) or len(block) != 2:
        raise LaunchError(f"a block of these kernels is (x, y), such as (16, 16), but {block!r} came")
    return check_shape("matmul", (1, 1), block)[1][:2]


def _shape(A, B):
    for name, matrix in (("A", A), ("B", B)):
        if getattr(matrix, "ndim", None) != 2 or matrix.dtype != np.float32:
            came = f"{matrix.dtype} of shape {matrix.shape}" if hasattr(matrix, "shape") else type(matrix).__name__
            raise LaunchError(
                f"{name} is a float32 matrix on the device, but {came} came; "
                f"make one with gpu.asarray(x.astype(np.float32))"
            )
    if A.shape[1] != B.shape[0]:
        raise LaunchError(
            f"A B needs as many columns in A as rows in B, but A is {A.shape[0]} x {A.shape[1]} "
            f"and B is {B.shape[0]} x {B.shape[1]}"
        )
    return A.shape[0], B.shape[1]
