"""Tests of exercise 03: what kernels compute, and what they do to memory on the way."""

import numpy as np

from course_lib.grading.spec import Failed, describe, expect_clean, expect_close, expect_value, forbid, test

RULES = [forbid("predict", "gpu", instead="This has the glass GPU count: work it out from the numbers of the lanes.")]
LANES = np.arange(32)
EXACT = 0.0
FAULTS = {  # of the broken kernels: kinds, lines; of two lines that clash either will do
    "maximum": ({"missing threads at a barrier", "divergent barrier"}, {11}),
    "softmax": ({"race", "race within a warp"}, {12, 13}),
    "total": ({"race between blocks"}, {12, 16}),
}
TOGETHER = 12  # of 32 lanes, on average: a tree keeps more than 20 at work, one thread alone 3 to 6


def blocks(elements, size):
    return -(-elements // size)


def diagnosis(answer, question):
    """The pair (kind, line) that the learner gives; a half-right one is told which half."""
    came, (kinds, lines) = getattr(answer, f"{question}_fault")(), FAULTS[question]
    asked, expected = f"{question}_fault()", "the kind and the line of what kernel.check finds in the broken kernel"
    if not (isinstance(came, (tuple, list)) and len(came) == 2 and type(came[0]) is str and type(came[1]) is int):
        raise Failed(asked, f'{expected}, such as ("out of bounds", 7)', describe(came))
    kind, line = came[0] in kinds, came[1] in lines
    if not (kind and line):
        half = ", of which the kind is right" if kind else ", of which the line is right" if line else ""
        raise Failed(asked, expected, f"{describe(tuple(came))}{half}")


def expect_together(asked, ran, bytes_shared):
    """Shared memory is used, and the threads of a block work together. Raises Failed."""
    if ran.shared_bytes < bytes_shared:
        expected = f"at least {bytes_shared} bytes of shared memory"
        raise Failed(asked, f"{expected}, through which the threads work together", f"{ran.shared_bytes} bytes")
    if ran.active_lanes < TOGETHER:
        expected = f"the work shared by the threads: at least {TOGETHER} of 32 lanes busy, on average"
        raise Failed(asked, expected, f"{ran.active_lanes:.1f} busy lanes")


@test("predict", points=2)
def sectors_are_counted_once_each(answer, rng):
    """Sectors are counted, each once, wherever the request begins and however far apart its lanes are."""
    cases = [(0, 4, 4), (0, 0, 4), (4, 4, 4), (0, 8, 4), (0, 32, 4), (0, 132, 4), (0, 16, 16), (0, 1, 1), (0, 12, 12)]
    cases += [(16, 4096, 4), (8, 40, 8), (0, 36, 12)]
    cases += [(4 * int(a), 4 * int(b), 4) for a, b in rng.integers(1, 40, (4, 2))]
    for first, step, size in cases:
        touched = (first + step * LANES[:, None] + np.arange(size)) // 32
        asked = f"sectors({first}, {step}, {size})"
        expect_value(asked, answer.sectors(first, step, size), len(np.unique(touched)))


@test("predict", points=2)
def passes_are_those_of_the_busiest_bank(answer, rng):
    """The busiest bank decides, and lanes that want the same word get it together."""
    columns = {f"{width} * lane": width * LANES for width in (3, 1, 0, 2, 32, 33, 48, 17)}
    shapes = columns | {"lane // 8": LANES // 8, "32 * (lane // 8)": 32 * (LANES // 8), "lane % 2 * 64": LANES % 2 * 64}
    shapes["random words below 1024"] = rng.integers(0, 1024, 32)
    shapes["random words below 70"] = rng.integers(0, 70, 32)
    for name, words in shapes.items():
        load = np.bincount(np.unique(words) % 32)
        expect_value(f"passes(words) with words = {name}", answer.passes(words), int(load.max()))


def transpose(answer, rng, rows, columns, how):
    x = rng.normal(size=(rows, columns)).astype("f4")
    y = rng.uniform(1000, 2000, size=(columns, rows)).astype("f4")
    grid = blocks(columns, 32), blocks(rows, 32)
    args = [x, y, np.int32(rows), np.int32(columns)]
    ran = getattr(answer, how)("transpose_kernel", "transpose", grid, (32, 32), args)
    asked = f"transpose_kernel with x {rows} x {columns}, grid {grid}, block (32, 32)"
    expect_close(f"y from {asked}", ran.arrays[1], x.T.astype("f8"), EXACT, before=y)
    return asked, ran


@test("transpose", points=2)
def any_matrix_is_transposed(answer, rng):
    """Every number arrives, whatever the size."""
    sizes = [(32, 32), (64, 32), (32, 96), (1, 1), (1, 40), (37, 53), (70, 33)]
    for rows, columns in [*sizes, tuple(map(int, rng.integers(34, 90, 2)))]:
        transpose(answer, rng, rows, columns, "launch")


@test("transpose", points=3)
def no_sector_and_no_pass_too_many(answer, rng):
    """Neither side moves a sector more than it needs, and no bank is asked twice in a request."""
    rows, columns = 64, 96
    asked, ran = transpose(answer, rng, rows, columns, "count")
    if ran.total("sectors") > 2 * rows * columns // 8:
        came = f"{ran.sectors_per_request:.3g} on average"
        raise Failed(asked, "4 sectors for each request of 32 floats, reading and writing", came)
    if ran.bank_passes > 1:
        came = f"{ran.bank_passes:.3g} on average"
        raise Failed(asked, "one pass over the banks of shared memory for each request", came)


@test("transpose", points=1)
def the_transpose_is_clean(answer, rng):
    """kernel.check finds nothing."""
    expect_clean(*transpose(answer, rng, 37, 53, "check"))


def maximum(answer, rng, count, how):
    x = rng.normal(-8, 2, size=(count, 128)).astype("f4")
    x[-1, 127] = x.max() + 1  # which passes through each step of the tree
    y = rng.uniform(1000, 2000, size=count).astype("f4")
    ran = getattr(answer, how)("maximum_kernel", "maximum", (count,), (128,), [x.ravel(), y])
    asked = f"maximum_kernel with {128 * count} numbers, grid ({count},), block (128,)"
    expect_close(f"y from {asked}", ran.arrays[1], x.max(1).astype("f8"), EXACT, before=y)
    return asked, ran


@test("maximum", points=1)
def the_fault_of_the_maximum_is_named(answer, rng):
    """The fault is named, and its line."""
    diagnosis(answer, "maximum")


@test("maximum", points=2)
def the_maximum_is_clean(answer, rng):
    """Every block finds its maximum, and kernel.check finds nothing."""
    for count in (1, 3):
        expect_clean(*maximum(answer, rng, count, "check"))


@test("maximum", points=2)
def the_maximum_is_still_a_tree(answer, rng):
    """The threads of a block still work together, through shared memory."""
    expect_together(*maximum(answer, rng, 4, "count"), bytes_shared=16)


def softmax(answer, rng, rows, how):
    x = rng.normal(100, 2, size=(rows, 128)).astype("f4")
    for row in range(1, rows):  # whoever takes another number for the largest gets infinity
        x[row, 127 if row == 1 else rng.integers(64, 128)] += 120  # number 127 passes through each step of the tree
    y = rng.uniform(1000, 2000, size=(rows, 128)).astype("f4")
    ran = getattr(answer, how)("softmax_kernel", "softmax", (rows,), (128,), [x, y])
    asked = f"softmax_kernel with {rows} rows of 128 numbers, grid ({rows},), block (128,)"
    e = np.exp(x.astype("f8") - x.max(1, keepdims=True))
    expected = e / e.sum(1, keepdims=True)
    expect_close(f"y from {asked}", ran.arrays[1], expected, 1e-3 * expected + 1e-30, before=y)
    return asked, ran


@test("softmax", points=1)
def the_fault_of_the_softmax_is_named(answer, rng):
    """The fault is named, and its line."""
    diagnosis(answer, "softmax")


@test("softmax", points=2)
def the_softmax_is_clean(answer, rng):
    """Every row is right, also with large numbers, and kernel.check finds nothing."""
    for rows in (1, 3):
        expect_clean(*softmax(answer, rng, rows, "check"))


@test("softmax", points=2)
def the_softmax_is_still_shared_work(answer, rng):
    """The threads of a row still work together, and each number is read at most twice."""
    rows = 4
    asked, ran = softmax(answer, rng, rows, "count")
    expect_together(asked, ran, bytes_shared=16)
    if ran.words_read > 2 * 128 * rows:
        expected = f"at most {2 * 128 * rows} numbers read from global memory, each twice"
        raise Failed(asked, expected, f"{ran.words_read} numbers")


def total(answer, rng, n, how):
    x = rng.uniform(0.5, 1.5, size=n).astype("f4")
    grid = blocks(n, 128)
    part = rng.uniform(1000, 2000, size=grid).astype("f4")
    ran = getattr(answer, how)("total_kernel", "total", (grid,), (128,), [x, part, np.zeros(1, "f4"), np.int32(n)])
    asked = f"total_kernel with n = {n}, grid ({grid},), block (128,)"
    expected = x.astype("f8").sum(keepdims=True)
    expect_close(f"y from {asked}", ran.arrays[2], expected, n * 2.0**-24 * expected)
    return asked, ran


@test("total", points=1)
def the_fault_of_the_sum_is_named(answer, rng):
    """The fault is named, and its line."""
    diagnosis(answer, "total")


@test("total", points=2)
def the_sum_is_clean(answer, rng):
    """The sum is right with any number of blocks, and kernel.check finds nothing."""
    for n in (128, 1, 300, int(rng.integers(400, 900))):
        expect_clean(*total(answer, rng, n, "check"))


@test("total", points=2)
def the_sum_is_still_made_in_blocks(answer, rng):
    """Each block still adds up its own numbers in shared memory, and all threads help."""
    expect_together(*total(answer, rng, 1000, "count"), bytes_shared=16)


def histogram(answer, x, rng, grid, how):
    bins = rng.integers(1, 100, 64).astype("i4")
    args = [x.astype("u1"), bins, np.int32(len(x))]
    ran = getattr(answer, how)("histogram_kernel", "histogram", (grid,), (128,), args)
    asked = f"histogram_kernel with n = {len(x)}, grid ({grid},), block (128,)"
    expected = bins.astype("f8") + np.bincount(x, minlength=64)
    expect_close(f"bins from {asked}", ran.arrays[1], expected, EXACT, before=bins)
    return asked, ran


@test("histogram", points=2)
def every_number_is_counted(answer, rng):
    """Every number is counted once, also when there are more numbers than threads."""
    for n, grid in [(64, 1), (1, 1), (100, 2), (256, 2), (700, 2), (int(rng.integers(1000, 3000)), 3)]:
        histogram(answer, rng.integers(0, 64, n), rng, grid, "launch")
    histogram(answer, np.full(500, 63), rng, 2, "launch")


@test("histogram", points=2)
def the_histogram_is_clean(answer, rng):
    """kernel.check finds nothing."""
    expect_clean(*histogram(answer, rng.integers(0, 64, 700), rng, 3, "check"))


@test("histogram", points=2)
def few_atomics_reach_global_memory(answer, rng):
    """The counts of a block are made in shared memory; two requests bring them to global memory."""
    n, grid = 4096, 4
    asked, ran = histogram(answer, rng.integers(0, 64, n), rng, grid, "count")
    expect_together(asked, ran, bytes_shared=4 * 64)
    most = 4 * grid  # twice as many as the 64 bins of each block need
    if ran.total("global_atomics") > most:
        expected = f"at most {most} requests with atomics, to bring the counts of {grid} blocks to bins"
        raise Failed(asked, expected, f"{ran.total('global_atomics')} of them")
