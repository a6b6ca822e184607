"""C = A B on tensor cores, one function a rung, all with one signature: rung(A, B, …) -> C.

| here   | meaning                                           | shape, dtype                               |
|--------|---------------------------------------------------|--------------------------------------------|
| A      | device array                                      | m x k, bfloat16 as uint16 (bfloat16.py)    |
| B      | device array                                      | k x n, bfloat16 as uint16                  |
| C      | new device array, the product, summed in float32  | m x n, float32                             |
| tile   | of C and along k, which a block has: (m, n, k)    |                                            |
| warp   | of C, which a warp has: (rows, columns)           |                                            |
| stages | tiles of A and B that are on their way or in use  |                                            |

Flops: 2 m n k. Products of two bfloat16 are exact in float32; only the sums round. Each raises LaunchError for arrays
that are not such matrices of fitting shapes, and for tiles that cannot be. A matrix whose sides do not fit the
instruction is copied with zeros round it.
"""

from pathlib import Path

import numpy as np

from course_lib.matmul.launching import blocks, check_tiles, launch, numbers, padded, rung, sizes

WMMA = Path(__file__).with_name("09_wmma.cu")
MMA_SYNC = Path(__file__).with_name("10_mma_sync.cu")
ONE_MMA = Path(__file__).with_name("parts") / "mma.cu"


@rung
def wmma(A, B, tile=(128, 256, 32), warp=(64, 64), stages=3):
    """Tensor cores through nvcuda::wmma."""
    shape = sizes(A, B, np.uint16)[:2]
    return _tiled(WMMA, padded(A, 16, 16), padded(B, 16, 16), shape, tile, warp, stages, pad=8, along_k=16)


@rung
def mma_sync(A, B, tile=(128, 256, 32), warp=(64, 64), stages=4):
    """Tensor cores through mma.sync, fed by ldmatrix from swizzled tiles."""
    shape = sizes(A, B, np.uint16)[:2]
    return _tiled(MMA_SYNC, padded(A, 1, 8), padded(B, 8, 8), shape, tile, warp, stages, pad=0, along_k=32)


def _tiled(file, A, B, shape, tile, warp, stages, pad, along_k):
    """pad: elements after each row of a tile; along_k: what divides TILE_K."""
    tile_m, tile_n, tile_k = numbers("tile", tile, 3)
    warp_m, warp_n = numbers("warp", warp, 2)
    (stages,) = numbers("stages", (stages,), 1)
    threads = blocks(tile_m, warp_m) * blocks(tile_n, warp_n) * 32
    multiples = [("TILE_M", tile_m, warp_m), ("TILE_N", tile_n, warp_n), ("TILE_K", tile_k, along_k)]
    multiples += [("WARP_M", warp_m, 16), ("WARP_N", warp_n, 16)]
    multiples += [("TILE_N", tile_n, 16 if pad else 64), ("STAGES", stages, 1)]
    multiples += [("TILE_M x TILE_K", tile_m * tile_k, 8 * threads), ("TILE_K x TILE_N", tile_k * tile_n, 8 * threads)]
    check_tiles(file, threads, multiples)
    defines = {"TILE_M": tile_m, "TILE_N": tile_n, "TILE_K": tile_k, "WARP_M": warp_m, "WARP_N": warp_n}
    shared = stages * 2 * (tile_m * (tile_k + pad) + tile_k * (tile_n + pad))
    grid = (blocks(B.shape[1], tile_n), blocks(A.shape[0], tile_m))
    return launch(file, grid, (threads,), A, B, shared, shape, **defines, STAGES=stages)
