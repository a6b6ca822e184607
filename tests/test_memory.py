"""The kernels about memory: the good ones are right and clean, the broken ones broken where their reader finds it."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.memory.kernels import BROKEN, GREY, HISTOGRAM, MEAN, TRANSPOSE, listing


@pytest.fixture(autouse=True)
def on_the_glass_gpu():
    with gpu.use("glass"):
        yield


RNG = np.random.default_rng(0)
VALUES = RNG.integers(0, 64, 700).astype(np.uint8)


def numbers(*shape):
    return gpu.asarray(RNG.random(shape, np.float32))


# file, the place of the mistake, its mend, a launch that shows it, and the kinds and lines of what is found
MISTAKES = {
    "mean": (
        [
            ("    if (i >= n) return;\n", ""),
            ("= x[i];", "= i < n ? x[i] : 0;"),
            ("    y[i] =", "    if (i < n) y[i] ="),
        ],
        lambda: ((4,), (64,), (numbers(250), gpu.empty(250), 250)),
        {("missing threads at a barrier", 10), ("uninitialised read", 11)},
    ),
    "running_sum": (
        [
            ("        if (t >= d)\n", "        float v = t >= d ? s[t - d] : 0;\n        __syncthreads();\n"),
            ("            s[t] += s[t - d];", "        s[t] += v;"),
        ],
        lambda: ((1,), (128,), (numbers(128), gpu.empty(128))),
        {("race within a warp", 10), ("race", 10)},
    ),
    "block_sum": (
        [
            ("volatile ", ""),
            ("d /= 2)\n", "d /= 2) {\n            float v = s[t + d];\n            __syncwarp();\n"),
            ("            s[t] += s[t + d];\n", "            s[t] += v;\n            __syncwarp();\n        }\n"),
        ],
        lambda: ((1,), (64,), (numbers(64), gpu.empty(1))),
        {("race within a warp", 10)},
    ),
    "twice": (
        [
            ("    __syncthreads();\n    if (i < n)\n        z[i] = (y[left] + y[i] + y[right]) / 3;\n", ""),
        ],
        lambda: ((4,), (64,), (numbers(250), gpu.empty(250), gpu.empty(250), 250)),
        {("race between blocks", 7)},
    ),
    "histogram": (
        [("        __syncthreads();\n    }\n", "    }\n    __syncthreads();\n")],
        lambda: ((3,), (256,), (gpu.asarray(VALUES), gpu.zeros(64, np.int32), len(VALUES))),
        {("race", 11), ("divergent barrier", 12), ("missing threads at a barrier", 12)},
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_kernel_is_broken_where_the_lesson_says_and_its_mend_is_clean(name):
    mends, launch, expected = MISTAKES[name]
    source = BROKEN[name].read_text(encoding="utf-8")
    assert {(f.kind, f.line) for f in gpu.compile(source).get_function(name).check(*launch())} == expected
    for old, new in mends:
        assert source.count(old) == 1
        source = source.replace(old, new)
    assert gpu.compile(source).get_function(name).check(*launch()) == []


@pytest.mark.parametrize("shape", [(1, 1), (37, 53), (64, 96)])
@pytest.mark.parametrize(("width", "swizzle", "passes"), [(32, 0, 32), (33, 0, 1), (32, 1, 1)])
def test_every_tile_transposes_and_only_the_plain_one_has_conflicts(shape, width, swizzle, passes):
    (rows, columns), x = shape, numbers(*shape)
    kernel, y = gpu.load(TRANSPOSE, WIDTH=width, SWIZZLE=swizzle).get_function("transpose"), gpu.empty(shape[::-1])
    launch = (-(-columns // 32), -(-rows // 32)), (32, 32), (x, y, rows, columns)
    profile = kernel.profile(*launch)
    assert np.array_equal(y.get(), x.get().T) and kernel.check(*launch) == []
    if min(shape) >= 32:
        assert max(line.worst for line in profile.lines.values()) == passes
    if shape == (64, 96):
        assert profile.total("sectors") == profile.total("ideal") == 2 * 64 * 96 // 8


@pytest.mark.parametrize("shared", [0, 1])
@pytest.mark.parametrize(("n", "block", "r"), [(1, 32, 2), (101, 32, 3), (256, 64, 8)])
def test_the_moving_mean_is_right_and_loads_what_the_formula_says(n, block, r, shared):
    x, y, blocks = numbers(n), gpu.empty(n), -(-n // block)
    kernel = gpu.load(MEAN, BLOCK=block, R=r, SHARED=shared).get_function("mean")
    profile = kernel.profile((blocks,), (block,), (x, y, n))
    padded = np.pad(x.get(), r)
    assert np.allclose(y.get(), [padded[i : i + 2 * r + 1].sum() / (2 * r + 1) for i in range(n)], rtol=1e-5)
    assert kernel.check((blocks,), (block,), (x, y, n)) == []
    if n % block == 0:
        expected = n + 2 * r * (blocks - 1) if shared else n * (2 * r + 1) - r * (r + 1)
        assert profile.total("loaded") == 4 * expected


@pytest.mark.parametrize("private", [0, 1])
def test_both_histograms_count_and_one_needs_few_atomics(private):
    kernel, bins = gpu.load(HISTOGRAM, PRIVATE=private).get_function("histogram"), gpu.zeros(64, np.int32)
    launch = (3,), (256,), (gpu.asarray(VALUES), bins, len(VALUES))
    profile = kernel.profile(*launch)
    assert np.array_equal(bins.get(), np.bincount(VALUES, minlength=64)) and kernel.check(*launch) == []
    assert profile.total("global_atomics") == (3 * 2 if private else -(-len(VALUES) // 32))


def test_grey_is_the_same_in_both_layouts():
    pixels, n = RNG.random((101, 3), np.float32), 101
    pair = []
    for name, data in (("pixels", pixels), ("planes", np.ascontiguousarray(pixels.T))):
        y = gpu.empty(n)
        gpu.load(GREY).get_function(name)((1,), (128,), (gpu.asarray(data), y, n))
        pair.append(y.get())
    assert np.array_equal(*pair) and np.allclose(pair[0], pixels.mean(1))


def test_a_listing_numbers_its_lines_from_1():
    lines = listing(BROKEN["mean"]).splitlines()
    assert lines[0].startswith("  1  // Should be") and lines[9] == " 10      __syncthreads();"
