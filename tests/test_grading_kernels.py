"""What a test may know of a launch, and which launches count as the same mistake."""

import numpy as np
import pytest

from course_lib.grading import kernels
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
