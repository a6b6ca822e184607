"""C = A B on CUDA cores, one function a rung, all with one signature: rung(A, B, …) -> C.

| here        | meaning                                             | shape, dtype   |
|-------------|-----------------------------------------------------|----------------|
| A           | device array                                        | m x k, float32 |
| B           | device array                                        | k x n, float32 |
| C           | new device array, the product                       | m x n, float32 |
| block       | threads of a block as (x, y)                        |                |
| tile        | of C and along k, which a block has: (m, n, k)      |                |
| thread      | of C, which a thread has: (rows, columns)           |                |

Flops: 2 m n k. Each raises LaunchError for arrays that are not float32 matrices of fitting shapes, and for tiles that
cannot be. Those that load 16 bytes at a time copy a matrix whose rows do not begin at multiples of 16 bytes.
The defaults suit an H200; a multiprocessor of it then has two blocks, or one with all its registers.
"""

from pathlib import Path

from course_lib.matmul.launching import block_shape, blocks, check_tiles, launch, numbers, padded, rung, sizes

UNCOALESCED = Path(__file__).with_name("01_uncoalesced.cu")
NAIVE = Path(__file__).with_name("02_naive.cu")
TILED = Path(__file__).with_name("03_tiled.cu")
THREAD_TILED_1D = Path(__file__).with_name("04_thread_tiled_1d.cu")
THREAD_TILED_2D = Path(__file__).with_name("05_thread_tiled_2d.cu")
VECTORISED = Path(__file__).with_name("06_vectorised.cu")
DOUBLE_BUFFERED = Path(__file__).with_name("07_double_buffered.cu")
WARP_TILED = Path(__file__).with_name("08_warp_tiled.cu")


@rung
def uncoalesced(A, B, block=(16, 16)):
    """Neighbouring threads in neighbouring rows: x runs down C."""
    m, n, _ = sizes(A, B)
    x, y = block_shape(block)
    return launch(UNCOALESCED, (blocks(m, x), blocks(n, y)), block, A, B)


@rung
def naive(A, B, block=(16, 16)):
    """Neighbouring threads in neighbouring columns: x runs along C."""
    m, n, _ = sizes(A, B)
    x, y = block_shape(block)
    return launch(NAIVE, (blocks(n, x), blocks(m, y)), block, A, B)


@rung
def tiled(A, B, tile=16):
    """Tiles of A and B in shared memory; the block is tile x tile."""
    m, n, _ = sizes(A, B)
    x, y = block_shape((tile, tile))
    return launch(TILED, (blocks(n, x), blocks(m, y)), (x, y), A, B, TILE=tile)


@rung
def thread_tiled_1d(A, B, tile=(64, 64, 8), thread=8):
    """A thread computes `thread` elements below each other."""
    sizes(A, B)
    return _tiled(THREAD_TILED_1D, A, B, tile, (thread, 1))


@rung
def thread_tiled_2d(A, B, tile=(128, 128, 8), thread=(8, 8)):
    """A thread computes a rectangle, its rows and columns apart."""
    sizes(A, B)
    return _tiled(THREAD_TILED_2D, A, B, tile, thread)


@rung
def vectorised(A, B, tile=(128, 128, 8), thread=(8, 8)):
    """Every access moves 16 bytes."""
    return _wide(VECTORISED, A, B, tile, thread, 4)


@rung
def double_buffered(A, B, tile=(128, 128, 8), thread=(8, 8)):
    """The next tiles arrive while these are multiplied."""
    return _wide(DOUBLE_BUFFERED, A, B, tile, thread, 8)


@rung
def warp_tiled(A, B, tile=(128, 128, 8), thread=(8, 8)):
    """A warp stands in 8 x 4 threads."""
    return _wide(WARP_TILED, A, B, tile, thread, 8, 8, 4)


def _wide(file, A, B, tile, thread, by_step, down=1, across=1):
    """by_step: what divides TILE_K; a warp stands in `down` x `across` threads, where that is fixed."""
    shape = sizes(A, B)[:2]
    A, B = padded(A, 1, 4), padded(B, 4, 4)
    return _tiled(file, A, B, tile, thread, (4, 4, by_step), down, across, shape)


def _tiled(file, A, B, tile, thread, by=(1, 1, 1), down=1, across=1, shape=None):
    """by: what divides the rows of a thread, its columns, and TILE_K."""
    tile_m, tile_n, tile_k = numbers("tile", tile, 3)
    rows, columns = numbers("thread", thread, 2)
    threads = blocks(tile_m, rows) * blocks(tile_n, columns)
    multiples = [("TILE_M", tile_m, rows * down), ("TILE_N", tile_n, columns * across), ("TILE_K", tile_k, by[2])]
    multiples += [("THREAD_M", rows, by[0]), ("THREAD_N", columns, by[1])]
    wide = 4 if file == VECTORISED else 1  # elements of A that a thread brings at once; of B, by[1]
    multiples += [("TILE_M x TILE_K", tile_m * tile_k, threads * wide)]
    multiples += [("TILE_K x TILE_N", tile_k * tile_n, threads * by[1])]
    check_tiles(file, threads, multiples)
    defines = {"TILE_M": tile_m, "TILE_N": tile_n, "TILE_K": tile_k, "THREAD_M": rows}
    defines |= {} if file == THREAD_TILED_1D else {"THREAD_N": columns}
    grid = (blocks(B.shape[1], tile_n), blocks(A.shape[0], tile_m))
    return launch(file, grid, (threads,), A, B, shape=shape, **defines)
