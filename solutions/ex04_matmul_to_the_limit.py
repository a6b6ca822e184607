"""Tests of exercise 04: what bounds a product, and kernels judged by what they ask of the machine."""

import numpy as np

from course_lib.grading.spec import Failed, describe, dot_bound, expect_clean, expect_close, expect_value, forbid, test
from course_lib.hardware import machine, occupancy

RULES = [forbid("resident", "occupancy", instead="This asks the course's own table: compute it from the four limits.")]
UNIT = 2.0**-24  # half the gap between 1 and the next float32


def blocks(elements, size):
    return -(-elements // size)


@test("roof", points=2)
def the_intensity_counts_operations_and_bytes(answer, rng):
    """Operations for each byte, for any tile and any size of number."""
    cases = [(1, 1, 4), (16, 16, 4), (128, 128, 4), (128, 128, 2), (128, 256, 2), (8, 64, 4), (64, 1, 8)]
    for tile_m, tile_n, size in [*cases, *(tuple(map(int, rng.integers(1, 200, 3))) for _ in range(3))]:
        expected = 2 * tile_m * tile_n / (size * (tile_m + tile_n))
        expect_value(f"intensity({tile_m}, {tile_n}, {size})", answer.intensity(tile_m, tile_n, size), expected)


@test("roof", points=2)
def the_lower_bound_counts(answer, rng):
    """Left of the ridge memory decides, right of it arithmetic."""
    for tile_m, tile_n, size in [(16, 16, 4), (32, 64, 4), (128, 128, 4), (256, 256, 2)]:
        for name, kind in (("H200", "fp32"), ("H200", "bf16"), ("T4", "fp32")):
            peak, bandwidth = machine(name).peak(kind), machine(name).bandwidth
            expected = min(peak, bandwidth * 2 * tile_m * tile_n / (size * (tile_m + tile_n)))
            asked = f"attainable({tile_m}, {tile_n}, {size}, {peak:g}, {bandwidth:g})"
            expect_value(asked, answer.attainable(tile_m, tile_n, size, peak, bandwidth), expected)


@test("resident", points=2)
def every_limit_is_kept(answer, rng):
    """Warps, blocks, registers and shared memory: each of them decides somewhere."""
    cases = [(1024, 32, 0), (32, 16, 0), (256, 128, 0), (256, 16, 49152), (64, 255, 1024), (1024, 72, 0)]
    cases += [(512, 24, 100 * 1024), (128, 16, 7 * 1024), (160, 16, 0)]
    for case in cases:
        resident(answer, *case)


@test("resident", points=2)
def what_is_taken_is_rounded_up(answer, rng):
    """Whole warps, registers in lots of 256, shared memory with its KiB in lots of 128."""
    cases = [
        (33, 16, 0),
        (100, 61, 0),
        (256, 33, 0),
        (192, 57, 0),
        (64, 20, 6271),
        (96, 100, 8000),
        (128, 168, 0),
        (32, 16, 7168),
        (33, 33, 0),
        (32, 16, 8192),
        (32, 16, 8193),
    ]
    cases += [
        tuple(map(int, case)) for case in zip(*(rng.integers(1, most, 6) for most in (1024, 255, 40000)), strict=True)
    ]
    for case in cases:
        resident(answer, *case)


def resident(answer, threads, registers, shared):
    expected = occupancy("H200", threads, registers, shared).blocks
    expect_value(f"resident({threads}, {registers}, {shared})", answer.resident(threads, registers, shared), expected)


def column(answer, rng, m, n, k, how):
    A, B = rng.normal(size=(m, k)).astype("f4"), rng.normal(size=(k, n)).astype("f4")
    C, grid = rng.uniform(1000, 2000, size=(m, n)).astype("f4"), (blocks(n, 32), blocks(m, 32))
    args = [A, B, C, np.int32(m), np.int32(n), np.int32(k)]
    ran = getattr(answer, how)("column_kernel", "matmul", grid, (256,), args)
    asked = f"column_kernel with A {m} x {k}, B {k} x {n}, grid {grid}, block (256,)"
    expect_close(f"C from {asked}", ran.arrays[2], A.astype("f8") @ B.astype("f8"), dot_bound(A, B), before=C)
    return asked, ran


@test("column", points=3)
def any_product_is_right(answer, rng):
    """Every element is right, whatever the sizes."""
    sizes = [(32, 32, 8), (64, 32, 24), (32, 64, 16), (1, 1, 1), (37, 41, 13), (5, 70, 3), (67, 33, 29)]
    for m, n, k in [*sizes, tuple(map(int, rng.integers(34, 80, 3)))]:
        column(answer, rng, m, n, k, "launch")


@test("column", points=2)
def the_column_is_clean(answer, rng):
    """kernel.check finds nothing."""
    expect_clean(*column(answer, rng, 37, 41, 21, "check"))


@test("column", points=3)
def five_loads_for_four_multiply_adds(answer, rng):
    """Each word is brought once for each tile, and each number of b serves four multiply-adds."""
    m, n, k = 64, 64, 48
    asked, ran = column(answer, rng, m, n, k, "count")
    words, most = ran.words_read, 2 * m * n * k // 32
    if words > most:
        raise Failed(asked, f"at most {most} words from global memory, each once for each tile", f"{words} words")
    loads = ran.total("shared_loads") / (m * n * k / 32)
    if loads > 1.26:
        expected = "5 loads from shared memory for 4 multiply-adds, 1.25 for each"
        raise Failed(asked, expected, f"{loads:.3g} loads for each")


def wide(answer, rng, n, how):
    x, y, a = rng.normal(size=n).astype("f4"), rng.normal(size=n).astype("f4"), np.float32(rng.uniform(1, 2))
    grid = (blocks(blocks(n, 4), 128),)
    ran = getattr(answer, how)("wide_kernel", "axpy", grid, (128,), [a, x, y, np.int32(n)])
    asked = f"wide_kernel with n = {n}, grid {grid}, block (128,)"
    expected = y + float(a) * x.astype("f8")
    bound = 4 * UNIT * (np.abs(y) + abs(float(a)) * np.abs(x))
    expect_close(f"y from {asked}", ran.arrays[1], expected, bound)
    return asked, ran


@test("wide", points=2)
def every_number_is_done_once(answer, rng):
    """Every number is done, and once, also those that are left over."""
    for n in [512, 1024, 1, 2, 3, 5, 511, 514, 1031, int(rng.integers(600, 2000))]:
        wide(answer, rng, n, "launch")


@test("wide", points=3)
def a_quarter_of_the_requests_and_instructions(answer, rng):
    """Three requests for 128 numbers, no sector in vain, and a quarter of the instructions."""
    n = 4096
    asked, ran = wide(answer, rng, n, "count")
    most = 3 * n // 128
    if ran.total("global_requests") > most:
        expected = f"{most} requests of warps: two loads and a store of a float4 for 128 numbers"
        raise Failed(asked, expected, f"{ran.total('global_requests')} requests")
    if ran.total("sectors") > ran.total("ideal"):
        raise Failed(asked, f"{ran.total('ideal')} sectors, no more than hold the numbers", f"{ran.total('sectors')}")
    if ran.total("instructions") > 60 * n // 128:
        expected = f"at most {60 * n // 128} instructions of warps"
        raise Failed(asked, expected, f"{ran.total('instructions')} instructions")


KINDS, LINES = {"unfinished copy", "race"}, {5, 20}  # of the broken pipeline


@test("pipeline", points=1)
def the_fault_of_the_pipeline_is_named(answer, rng):
    """The fault is named, and its line."""
    came, asked = answer.pipeline_fault(), "pipeline_fault()"
    expected = "the kind and a line of what kernel.check finds in the broken kernel"
    if not (isinstance(came, (tuple, list)) and len(came) == 2 and type(came[0]) is str and type(came[1]) is int):
        raise Failed(asked, f'{expected}, such as ("out of bounds", 7)', describe(came))
    kind, line = came[0] in KINDS, came[1] in LINES
    if not (kind and line):
        half = ", of which the kind is right" if kind else ", of which the line is right" if line else ""
        raise Failed(asked, expected, f"{describe(tuple(came))}{half}")


def pipeline(answer, rng, count, tiles, how):
    x = rng.normal(size=(count, tiles, 64)).astype("f4")
    y = rng.uniform(1000, 2000, size=(count, 64)).astype("f4")
    ran = getattr(answer, how)("pipeline_kernel", "turned", (count,), (64,), [x, y, np.int32(tiles)])
    asked = f"pipeline_kernel with tiles = {tiles}, grid ({count},), block (64,)"
    bound = tiles * UNIT * np.abs(x.astype("f8")).sum(1)[:, ::-1]
    expect_close(f"y from {asked}", ran.arrays[1], x.astype("f8").sum(1)[:, ::-1], bound, before=y)
    return asked, ran


@test("pipeline", points=3)
def the_pipeline_is_clean(answer, rng):
    """Every sum is right, and kernel.check finds nothing."""
    for count, tiles in ((1, 1), (1, 2), (2, 5)):
        expect_clean(*pipeline(answer, rng, count, tiles, "check"))


@test("pipeline", points=2)
def the_pipeline_still_copies_ahead(answer, rng):
    """Every tile still comes by an asynchronous copy, into one of two buffers."""
    asked, ran = pipeline(answer, rng, 2, 5, "count")
    wanted = 2 * 2 * 5  # warps, blocks, tiles
    if ran.total("copies_to_shared") != wanted:
        raise Failed(
            asked, f"{wanted} asynchronous copies of warps, one for each tile", f"{ran.total('copies_to_shared')}"
        )
    if ran.shared_bytes < 512:
        raise Failed(asked, "two buffers of 64 floats, 512 bytes of shared memory", f"{ran.shared_bytes} bytes")


@test("holder", points=2)
def every_element_has_its_holder(answer, rng):
    """Lane and register of every element."""
    for i in range(16):
        for j in range(8):
            expected = 4 * (i % 8) + j // 2, 2 * (i // 8) + j % 2
            expect_value(f"holder({i}, {j})", answer.holder(i, j), expected)


@test("holder", points=2)
def every_register_has_its_element(answer, rng):
    """Row and column of every register."""
    for lane in range(32):
        for register in range(4):
            expected = lane // 4 + 8 * (register // 2), 2 * (lane % 4) + register % 2
            expect_value(f"held({lane}, {register})", answer.held(lane, register), expected)
