"""Tests of exercise 01. Each tries what is simplest first, and adds one difficulty at a time."""

import functools

import numpy as np

from course_lib.grading import kernels
from course_lib.grading.spec import UNIT_ROUNDOFF, Failed, describe_answer, expect_close, expect_value, test

ROUNDINGS = 4 * UNIT_ROUNDOFF[np.dtype("f4")]  # of a x + y, in any order, with or without a fused product


def blocks(elements, size):
    return -(-elements // size)


def saxpy(answer, rng, name, n, grid, block, counted=False):
    """Run the learner's saxpy on fresh numbers; compare z, and that x and y are untouched."""
    a = np.float32(rng.uniform(2, 3))
    x, y = rng.uniform(1, 2, (2, n)).astype("f4") * rng.choice([-1, 1], (2, n)).astype("f4")
    z = rng.uniform(1000, 2000, n).astype("f4")
    run = answer.count if counted else answer.launch
    ran = run(name, "saxpy", (grid,), (block,), [a, x, y, z, np.int32(n)])
    asked = f"{name} with n = {n}, grid {grid}, block {block}"
    product = a.astype("f8") * x
    expect_close(f"z from {asked}", ran.arrays[2], product + y, ROUNDINGS * (np.abs(product) + np.abs(y)), before=z)
    for letter, before, after in (("x", x, ran.arrays[0]), ("y", y, ran.arrays[1])):
        if not np.array_equal(after, before):
            raise Failed(asked, f"{letter} as it was", f"another {letter}: the kernel wrote into its input")
    return asked, ran


def expect_shared_out(asked, ran, n):
    """Each of x and y is read once, by lanes that work together."""
    if ran.words_read > 1.1 * 2 * n:
        came = f"{ran.words_read} floats read"
        raise Failed(asked, f"each of the {n} numbers of x and of y read once, {2 * n} floats", came)
    if ran.active_lanes < 24:
        came = f"{ran.active_lanes:.1f} of 32 lanes at work, on average"
        raise Failed(asked, "the numbers shared out among all lanes of a warp", came)


@test("amdahl", points=2)
def gain_of_many_processors(answer, rng):
    """The gain follows Amdahl's law."""
    cases = [(1, 0.5), (1, 0.0), (2, 0.0), (2, 1.0), (2, 0.5), (4, 0.25), (10, 0.1), (1000, 0.05)]
    for p, s in [*cases, (int(rng.integers(3, 500)), float(rng.uniform(0.01, 0.9)))]:
        expect_value(f"speedup({p}, {s})", answer.speedup(p, s), float(1 / (s + (1 - s) / p)))


@test("amdahl", points=1)
def share_from_a_gain(answer, rng):
    """The share comes back from the gain."""
    cases = [(2, 2.0), (2, 1.0), (4, 2.0), (8, 6.25), (10, 5.0)]
    for p, gain in [*cases, (int(rng.integers(5, 500)), float(rng.uniform(1.5, 4)))]:
        expected = (1 / gain - 1 / p) / (1 - 1 / p)
        came = answer.serial_share(p, gain)
        if not (type(came) in (int, float) and abs(came - expected) <= 1e-12):
            raise Failed(f"serial_share({p}, {gain})", f"{expected:.10g}", describe_answer(came, expected))


@test("place", points=1)
def blocks_are_enough_and_none_to_spare(answer, rng):
    """There are blocks enough, and none to spare."""
    cases = [(1, 1), (1, 32), (64, 32), (33, 32), (1000, 256), (1024, 256), (1025, 256)]
    for n, block in [*cases, (int(rng.integers(5000, 9999)), 96)]:
        expect_value(f"blocks_for({n}, {block})", answer.blocks_for(n, block), blocks(n, block))


@test("place", points=2)
def every_element_finds_its_lane(answer, rng):
    """Block, warp and lane of an element are right, also where a block is no multiple of 32."""
    cases = [(0, 32), (5, 32), (31, 64), (32, 64), (40, 32), (70, 64), (200, 128), (1000, 256), (48, 48), (90, 48)]
    for i, block in [*cases, (int(rng.integers(2000, 9999)), 80), (int(rng.integers(2000, 9999)), 100)]:
        number, thread = divmod(i, block)
        expect_value(f"place({i}, {block})", answer.place(i, block), (number, thread // 32, thread % 32))


@test("first", points=2)
def any_length(answer, rng):
    """The sum is right at every length, and nothing beyond it is touched."""
    for n in [32, 64, 96, 1, 31, 33, 100, int(rng.integers(130, 400))]:
        saxpy(answer, rng, "first_kernel", n, blocks(n, 32), 32)


@test("first", points=1)
def blocks_to_spare(answer, rng):
    """Blocks to spare do no harm, and a block may have any size."""
    for n, block in [(64, 64), (50, 64), (50, 48), (int(rng.integers(130, 400)), 96)]:
        saxpy(answer, rng, "first_kernel", n, blocks(n, block) + 2, block)


@test("first", points=1)
def one_number_for_each_thread(answer, rng):
    """Each thread does one number, and lanes work together."""
    expect_shared_out(*saxpy(answer, rng, "first_kernel", 1000, 8, 128, counted=True), 1000)


@test("stride", points=2)
def any_grid(answer, rng):
    """The sum is right for any length and any grid: one thread, a few blocks, more threads than numbers."""
    cases = [(32, 1, 32), (64, 1, 32), (64, 2, 32), (200, 2, 32), (7, 1, 1), (5, 4, 32), (1, 1, 32), (100, 3, 48)]
    for n, grid, block in [*cases, (int(rng.integers(300, 900)), int(rng.integers(2, 5)), 64)]:
        saxpy(answer, rng, "strided_kernel", n, grid, block)


@test("stride", points=1)
def shared_out_once(answer, rng):
    """Each number is read once, and all lanes have work."""
    expect_shared_out(*saxpy(answer, rng, "strided_kernel", 2003, 3, 64, counted=True), 2003)


@test("stride", points=2)
def neighbours_read_neighbours(answer, rng):
    """The lanes of a warp read numbers that lie side by side."""
    asked, ran = saxpy(answer, rng, "strided_kernel", 2003, 3, 64, counted=True)
    if ran.sectors_per_request > 5:
        came = f"{ran.sectors_per_request:.1f} sectors at each request"
        raise Failed(asked, "about 4 sectors of memory at each request of a warp", came)


CURVES = """
__device__ float red(float v)
{
    float s = 0;
    for (int k = 24; k > 0; --k) s = (s + 1) * v / k;
    return s;
}
__device__ float green(float v)
{
    float s = 0;
    for (int k = 24; k > 0; --k) s = 1 - s * v / k;
    return s;
}
__device__ float blue(float v)
{
    float s = v;
    for (int k = 24; k > 0; --k) s = 0.5f * (s + v / s);
    return s;
}
extern "C" __global__ void adjust(const float* image, float* out, int pixels)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= 3 * pixels) return;
    if (i % 3 == 0) out[i] = red(image[i]);
    else if (i % 3 == 1) out[i] = green(image[i]);
    else out[i] = blue(image[i]);
}
"""


def red(v):
    return functools.reduce(lambda s, k: (s + 1) * v / k, range(24, 0, -1), 0 * v)


def green(v):
    return functools.reduce(lambda s, k: 1 - s * v / k, range(24, 0, -1), 0 * v)


def adjust(answer, rng, pixels, block, counted=False):
    """Run the learner's kernel on a fresh image, and compare."""
    image, out = rng.uniform(0.5, 1.5, 3 * pixels).astype("f4"), rng.uniform(1000, 2000, 3 * pixels).astype("f4")
    launch = (blocks(3 * pixels, block),), (block,), [image, out, np.int32(pixels)]
    ran = (answer.count if counted else answer.launch)("agreeing_kernel", "adjust", *launch)
    asked = f"agreeing_kernel with {pixels} pixels, grid {launch[0][0]}, block {block}"
    v = image.reshape(-1, 3).astype("f8")
    expected = np.stack([red(v[:, 0]), green(v[:, 1]), np.sqrt(v[:, 2])], axis=1).ravel()
    expect_close(f"out from {asked}", ran.arrays[1], expected, 1e-5 * np.abs(expected) + 1e-5, before=out)
    if not np.array_equal(ran.arrays[0], image):
        raise Failed(asked, "the image as it was", "another image: the kernel wrote into its input")
    return asked, ran, launch


@test("agree", points=2)
def any_image(answer, rng):
    """The result is right for any number of pixels."""
    for pixels, block in [(32, 32), (64, 96), (1, 32), (2, 32), (50, 32), (int(rng.integers(100, 300)), 64)]:
        adjust(answer, rng, pixels, block)


@test("agree", points=3)
def lanes_go_the_same_way(answer, rng):
    """The lanes of a warp go the same way."""
    asked, ran, launch = adjust(answer, rng, 500, 128, counted=True)
    split = kernels.run(CURVES, "splitting_kernel", "adjust", *launch, {}, counted=True).total("instructions")
    if ran.total("instructions") > split * 2 / 3:
        came = f"{ran.total('instructions')}, with {ran.active_lanes:.1f} of 32 lanes at work on average"
        expected = f"at most {split * 2 // 3} instructions of warps, two thirds of what splitting_kernel takes"
        raise Failed(asked, expected, came)


@test("hide", points=2)
def warps_for_a_memory(answer, rng):
    """Enough warps wait together, and none too many."""
    cases = [(128, 1, 4), (32, 4, 1), (100, 32, 1), (64, 32, 4), (129, 1, 4), (480, 20, 4), (480, 20, 8), (1, 1, 16)]
    for latency, rate, each in [*cases, (int(rng.integers(200, 900)), int(rng.integers(10, 99)), 4)]:
        expected = blocks(latency * rate, 32 * each)
        asked = f"warps_in_flight({latency}, {rate}, {each})"
        expect_value(asked, answer.warps_in_flight(latency, rate, each), expected)


@test("hide", points=1)
def how_busy_a_core_is(answer, rng):
    """A core is busy as often as its warps compute, and never more than all the time."""
    cases = [(1, 1, 1), (1, 2, 14), (4, 2, 14), (8, 2, 14), (16, 2, 14), (3, 5, 0), (0, 2, 14)]
    for warps, work, wait in [*cases, (int(rng.integers(1, 6)), 3, int(rng.integers(30, 90)))]:
        expected = float(min(1, warps * work / (work + wait)))
        expect_value(f"busy({warps}, {work}, {wait})", answer.busy(warps, work, wait), expected)
