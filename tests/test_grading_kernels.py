"""What a test may know of a launch, and which launches count as the same mistake."""

import numpy as np
import pytest

from course_lib.grading import exercises, kernels
from course_lib.grading.answer import Answer
from course_lib.grading.examine import attempt
from course_lib.grading.mistakes import _alike

SOURCE = """
extern "C" __global__ void copy(const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = x[i * STEP % n];
}
"""


def copied(n=64, step=1, block=32, counted=True, source=SOURCE):
    args = [np.arange(n, dtype="f4"), np.zeros(n, "f4"), np.int32(n)]
    return kernels.run(source, "copy", "copy", (-(-n // block),), (block,), args, {"STEP": step}, counted)


def test_counts_are_plain_data_by_source_line():
    ran = copied()
    line = ran.lines[6]
    assert all(
        type(number) is int and type(count) is int for number in ran.lines for count in ran.lines[number].values()
    )
    assert (line["loaded"], line["global_requests"], line["sectors"]) == (4 * 64, 4, 16)
    assert ran.total("loaded") == 4 * 64 and ran.total("parted") == 0


def test_what_was_not_counted_is_not_there():
    assert copied(counted=False).lines is None


@pytest.mark.parametrize(("step", "sectors"), [(1, 4.0), (9, 18.0)])  # written side by side, read 1 or 9 numbers apart
def test_sectors_are_for_each_request(step, sectors):
    assert copied(n=1024, step=step).sectors_per_request == sectors


def test_idle_lanes_show_in_the_average():
    assert copied(n=64).active_lanes == 32
    assert copied(n=8).active_lanes < 24  # 8 of 32 behind the guard, all before it


@pytest.mark.parametrize("source", [SOURCE, SOURCE.replace("int i", "unsigned i")])
def test_two_ways_to_do_the_same_are_alike(source):
    assert _alike(copied(), copied(source=source))


def test_a_kernel_that_moves_more_for_the_same_result_is_another_mistake():
    near, far = copied(n=1024), copied(n=1024, step=9)
    assert not _alike(near, kernels.Launched(near.arrays, near.shared_bytes, far.lines))


RACE = """
extern "C" __global__ void copy(const float* x, float* y, int n)
{
    __shared__ float s[64];
    s[threadIdx.x] = x[threadIdx.x];
    BARRIER
    y[threadIdx.x] = s[63 - threadIdx.x];
}
"""


def test_findings_are_plain_data_and_a_fault_is_a_finding():
    args = [np.arange(64, dtype="f4"), np.zeros(64, "f4"), np.int32(64)]
    ran = kernels.run(RACE, "mine", "copy", (1,), (64,), args, {"BARRIER": ""}, checked=True)
    kinds = {finding["kind"] for finding in ran.findings}
    assert "race" in kinds and {finding["line"] for finding in ran.findings} <= {5, 7} and ran.lines is None
    assert all(type(v) in (str, int, tuple, type(None)) for finding in ran.findings for v in finding.values())
    mended = kernels.run(RACE, "mine", "copy", (1,), (64,), args, {"BARRIER": "__syncthreads();"}, checked=True)
    assert mended.findings == () and np.array_equal(mended.arrays[1], args[0][::-1])
    outside = kernels.run(SOURCE, "mine", "copy", (2,), (64,), [*args[:2], np.int32(65)], {"STEP": 1}, checked=True)
    assert {finding["kind"] for finding in outside.findings} == {"out of bounds"}


def test_the_same_result_with_another_kind_of_finding_is_another_mistake():
    ran = copied()
    assert not _alike(ran, kernels.Launched(ran.arrays, ran.shared_bytes, ran.lines, ({"kind": "race"},)))


UNUSED = """__shared__ float unused[2 * TILE * TILE];
    unused[threadIdx.y * TILE + threadIdx.x] = 0;
    __syncthreads();
    float zero = unused[threadIdx.y * TILE + threadIdx.x];
    int row"""


@pytest.mark.parametrize("read", ["*p", "atomicAdd((float*)p, 0.0f)", "__int_as_float(atomicOr((int*)p, 0))"])
def test_a_product_without_tiles_is_seen_by_what_it_reads_even_if_atomics_read_it(read):
    exercise = exercises.find("ex02_matrix_multiplication")
    naive = exercise.namespace()["naive_kernel"].replace("int row", UNUSED, 1).replace("sum = 0", "sum = zero")
    naive = naive.replace("A[row * k + e] * B[e * n + col]", "at(A + row * k + e) * at(B + e * n + col)")
    text = f"__device__ float at(const float* p) {{ return {read}; }}\n{naive}"
    result, _ = attempt(exercise, "tiled", lambda: [Answer({"tiled_kernel": text})])
    assert 0 < result.earned < result.points and "floats loaded from it" in str(result), str(result)
