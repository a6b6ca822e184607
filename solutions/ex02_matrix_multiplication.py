"""Tests of exercise 02. Each tries what is simplest first, and adds one difficulty at a time."""

import numpy as np

from course_lib.grading.spec import (
    PRODUCTS,
    AnswerError,
    Failed,
    describe,
    dot_bound,
    expect_close,
    expect_value,
    forbid,
    test,
)

RULES = [forbid("host", *PRODUCTS, instead="The product is not the kernel's: launch the one that the source holds.")]
NAIVE_BLOCK = (8, 4)  # not square, so that a mix-up of x and y shows; one warp


def blocks(elements, size):
    return -(-elements // size)


def operands(rng, m, n, k):
    """A (m, k) and B (k, n), all elements different, and a C (m, n) of numbers that no product has by chance."""
    return (
        rng.normal(size=(m, k)).astype("f4"),
        rng.normal(size=(k, n)).astype("f4"),
        rng.uniform(1000, 2000, size=(m, n)).astype("f4"),
    )


def launch(answer, rng, name, sizes, block, spare=0, counted=False, **defines):
    """Run the learner's kernel on fresh matrices of sizes (m, n, k); compare C, and that A and B are untouched."""
    m, n, k = sizes
    A, B, C = operands(rng, m, n, k)
    grid = (blocks(n, block[0]) + spare, blocks(m, block[1]) + spare)
    scalars = [np.int32(size) for size in sizes]
    run = answer.count if counted else answer.launch
    ran = run(name, "matmul", grid, block, [A, B, C, *scalars], **defines)
    asked = f"{name} with A {m} x {k}, B {k} x {n}, grid {grid}, block {block}"
    asked += "".join(f", {define} = {value}" for define, value in defines.items())
    after = dict(zip("ABC", ran.arrays, strict=True))
    expect_close(f"C from {asked}", after["C"], A.astype("f8") @ B, dot_bound(A, B), before=C)
    for letter, before in ("A", A), ("B", B):
        if not np.array_equal(after[letter], before):
            raise Failed(asked, f"{letter} as it was", f"another {letter}: the kernel wrote into its input")
    return asked, ran


@test("grid", points=2)
def blocks_cover_c(answer, rng):
    """The blocks cover all of C, with none to spare."""
    cases = [(1, 1, (1, 1)), (4, 4, (4, 4)), (8, 4, (4, 4)), (1, 1, (4, 4)), (3, 5, (4, 2)), (17, 16, (16, 16))]
    cases += [(100, 100, (16, 16)), (784, 10, (16, 16)), (*map(int, rng.integers(1, 5000, 2)), (32, 8))]
    for m, n, block in cases:
        expected = (blocks(n, block[0]), blocks(m, block[1]))
        expect_value(f"grid_for({m}, {n}, {block})", answer.grid_for(m, n, block), expected)


@test("bounds", points=3)
def any_size(answer, rng):
    """The product is right at every size, and nothing outside the matrices is touched."""
    cases = [(4, 8, 1), (4, 8, 3), (8, 16, 5), (1, 30, 2), (3, 8, 2), (4, 5, 2), (1, 1, 1), (13, 17, 11)]
    for sizes in [*cases, tuple(map(int, rng.integers(18, 40, 3)))]:
        launch(answer, rng, "naive_kernel", sizes, NAIVE_BLOCK)


@test("bounds", points=1)
def blocks_to_spare(answer, rng):
    """A grid with blocks to spare does no harm."""
    for sizes in [(4, 8, 3), (5, 11, 7)]:
        launch(answer, rng, "naive_kernel", sizes, NAIVE_BLOCK, spare=2)


@test("tiled", points=4)
def any_size_in_tiles(answer, rng):
    """The product is right at every size: whole tiles, several tiles, and sizes that fill no tile."""
    cases = [(8, 8, 8), (8, 8, 24), (16, 16, 8), (8, 8, 5), (3, 5, 8), (1, 1, 1), (7, 9, 13), (17, 3, 10)]
    for sizes in [*cases, tuple(map(int, rng.integers(18, 40, 3)))]:
        launch(answer, rng, "tiled_kernel", sizes, (8, 8), TILE=8)


@test("tiled", points=2)
def tiles_of_both_are_shared(answer, rng):
    """A tile of A and a tile of B are in shared memory, whatever TILE is, and global memory is read once for each."""
    m, n, k = 33, 40, 65
    asked, ran = launch(answer, rng, "tiled_kernel", (m, n, k), (32, 32), counted=True, TILE=32)
    needed = 2 * 32 * 32 * 4
    if ran.shared_bytes < needed:
        came = f"{ran.shared_bytes} bytes of shared memory"
        raise Failed(asked, f"two tiles of TILE x TILE floats, {needed} bytes of shared memory", came)
    # a thread whose number lies outside may load some other one instead of none
    most = blocks(m, 32) * blocks(n, 32) * blocks(k, 32) * 2 * 32 * 32
    if ran.words_read > most:
        came = f"{ran.words_read} floats loaded from it"
        raise Failed(asked, f"at most {most} floats loaded from global memory, one of each tile by each thread", came)
    asked, ran = launch(answer, rng, "tiled_kernel", (m, n, 64), (32, 32), counted=True, TILE=32)
    most = blocks(m, 32) * blocks(n, 32) * 2 * 32 * 2 * 32  # tiles of C, steps, warps, a number of each tile
    if ran.total("shared_loads") > most:
        came = f"{ran.total('shared_loads')} of them"
        raise Failed(asked, f"at most {most} loads of warps from shared memory, for two steps along k = 64", came)


@test("words", points=2)
def words_are_counted(answer, rng):
    """Every float that is loaded from global memory is counted."""
    cases = [(1, 1, 1, 1), (2, 3, 4, 1), (4, 4, 4, 2), (4, 8, 2, 2), (5, 3, 7, 2), (100, 100, 100, 16)]
    for m, n, k, tile in [*cases, (*map(int, rng.integers(20, 400, 3)), 32)]:
        expected = m * k * blocks(n, tile) + k * n * blocks(m, tile)
        expect_value(f"words_loaded({m}, {n}, {k}, {tile})", answer.words_loaded(m, n, k, tile), expected)


@test("words", points=1)
def operations_per_byte(answer, rng):
    """The intensity is in operations per byte."""
    cases = [(1, 1, 1, 1), (4, 4, 4, 2), (64, 64, 64, 16), (5, 3, 7, 2), (784, 10, 100, 16)]
    for m, n, k, tile in [*cases, (*map(int, rng.integers(20, 400, 3)), 32)]:
        loaded = m * k * blocks(n, tile) + k * n * blocks(m, tile)
        expected = 2 * m * n * k / (4 * loaded)
        expect_value(f"intensity({m}, {n}, {k}, {tile})", answer.intensity(m, n, k, tile), expected)


OTHER_KERNEL = """
extern "C" __global__ void matmul(const float* A, const float* B, float* C, int m, int n, int k)
{
    int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
    if (row >= m || col >= n || blockDim.x != TILE || blockDim.y != TILE) return;
    float sum = EXTRA;  // not a product of matrices: whoever does not launch this kernel misses it
    for (int e = 0; e < k; ++e) sum += A[row * k + e] * B[e * n + col];
    C[row * n + col] = sum;
}
"""


@test("host", points=3)
def what_the_kernel_computed_comes_back(answer, rng):
    """The kernel is launched on all of C, and what it computed comes back."""
    extra = str(rng.choice(["A[row * k]", "B[col]"]))
    for m, n, k in [(8, 8, 8), (8, 8, 5), (3, 5, 8), (20, 9, 4), tuple(map(int, rng.integers(18, 40, 3)))]:
        A, B, _ = operands(rng, m, n, k)
        more = (A[:, :1] if extra == "A[row * k]" else B[:1]).astype("f8")
        came = answer.matmul(OTHER_KERNEL.replace("EXTRA", extra), A, B, 8)
        asked = f"matmul(source, A, B, 8) with A {m} x {k}, B {k} x {n}, and a kernel that computes A B + {extra}"
        expect_close(asked, came, A.astype("f8") @ B + more, dot_bound(A, B) + 2 * k * np.abs(more) * 2.0**-24)


@test("host", points=1)
def shapes_must_fit(answer, rng):
    """Matrices whose shapes do not fit are refused with a ValueError."""
    A, B, _ = operands(rng, 3, 2, 4)
    asked = "matmul(source, A, B, 8) with A 3 x 4 and B 3 x 2"
    try:
        came = describe(answer.matmul(OTHER_KERNEL.replace("EXTRA", "0"), A, B[:3], 8))
    except AnswerError as error:
        if error.kind == "ValueError":
            return
        came = str(error)
    raise Failed(asked, "a ValueError before anything is launched", came)
