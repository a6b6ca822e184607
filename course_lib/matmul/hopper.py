"""C = A B by Hopper's own instructions: rung(A, B, …) -> C, as in tensor.py, on an H100 or H200 only.

| here       | meaning                                                       |
|------------|---------------------------------------------------------------|
| stages     | tiles of A and B that are on their way or in use              |
| group_rows | rows of tiles that are taken together, for the L2 cache       |

Raises Unsupported on the glass GPU and SetupError on another GPU.
"""

from pathlib import Path

import numpy as np

from course_lib import gpu
from course_lib.gpu.arguments import MOST_SHARED
from course_lib.gpu.errors import LaunchError
from course_lib.gpu.tensor_map import tensor_map
from course_lib.matmul.launching import Launch, blocks, numbers, padded, rung, sizes

WGMMA_TMA = Path(__file__).with_name("11_wgmma_tma.cu")
TILE_M, TILE_N, TILE_K, COLUMNS = 128, 256, 64, 64  # of the kernel; COLUMNS of B are brought by one copy
THREADS = 384
STAGE_BYTES = (TILE_M + TILE_N) * TILE_K * 2
MULTIPROCESSORS = 132  # of an H200; a block lives on each


@rung
def wgmma(A, B, stages=4, group_rows=16):
    """Whole tiles multiplied by one instruction, brought by another."""
    m, n, _ = sizes(A, B, np.uint16)
    (stages,), (group_rows,) = numbers("stages", (stages,), 1), numbers("group_rows", (group_rows,), 1)
    shared = stages * STAGE_BYTES + 1024  # the kernel rounds its address up
    if shared + 16 * stages > MOST_SHARED:
        raise LaunchError(f"{stages} stages need {shared} bytes of shared memory, and a block has {MOST_SHARED}")
    defines = {"STAGES": stages, "GROUP_M": group_rows}
    kernel = gpu.load(WGMMA_TMA, **defines).get_function("matmul")
    kernel.max_dynamic_shared_size_bytes = shared
    A, B = padded(A, 1, 8), padded(B, 8, 8)
    C = gpu.empty((m, B.shape[1]), np.float32)
    how = ()
    if C.size:
        maps = tensor_map(A, (TILE_M, TILE_K)), tensor_map(B, (TILE_K, COLUMNS))
        grid = (min(blocks(m, TILE_M) * blocks(C.shape[1], TILE_N), MULTIPROCESSORS),)
        how = (grid, (THREADS,), (*maps, C, m, C.shape[1], A.shape[1]), shared)
    return Launch(kernel, WGMMA_TMA, defines, how, C, (m, n), keeps=(A, B))
