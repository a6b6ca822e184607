"""A kernel may stand in a header: what is said of it names the header, and what is said of others names the source."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu.errors import KernelError

HEADER = """// two functions

extern "C" __global__ void twice(const float* x, float* y)
{
    int i = threadIdx.x;
    y[i] = 2 * x[i];
}

__device__ inline float add(const float* x, int i)
{
    return x[i] + x[i + 1];
}

__device__ __noinline__ float far(const float* x, int i)
{
    return x[i + 1];
}
"""
SOURCE = """#include "two.h"

extern "C" __global__ void sums(const float* x, float* y)
{
    int i = threadIdx.x;
    y[i] =
        add(x, i);
}

extern "C" __global__ void next(const float* x, float* y)
{
    y[threadIdx.x] = far(x, threadIdx.x);
}
"""


@pytest.fixture
def module(tmp_path, glass):
    tmp_path.joinpath("two.h").write_text(HEADER)
    tmp_path.joinpath("sums.cu").write_text(SOURCE)
    return gpu.load(tmp_path / "sums.cu")


def arguments():
    return gpu.asarray(np.arange(4, dtype="f4")), gpu.empty(4, np.float32)


@pytest.mark.parametrize(("name", "where"), [("twice", "two.h line 6"), ("sums", "sums.cu line 7")])
def test_an_error_names_the_file_in_which_the_kernel_stands(module, name, where):
    with pytest.raises(KernelError, match=rf"{where}, .* reads index 4 of x, which has 4 elements"):
        module.get_function(name)((1,), (5,), arguments())


@pytest.mark.parametrize(
    ("name", "file", "line", "text"),
    [("twice", "two.h", 6, "y[i] = 2 * x[i];"), ("sums", "sums.cu", 7, "add(x, i);")],
)
def test_a_profile_shows_the_lines_of_that_file(module, name, file, line, text):
    profile = module.get_function(name).profile((1,), (3,), arguments())
    assert profile.filename == file and profile.lines[line].source.strip() == text
    assert profile.lines[line].global_requests and f"({file})" in str(profile)


def test_a_finding_names_it_too_and_so_does_a_step(module):
    kernel = module.get_function("twice")
    assert "two.h line 6" in str(kernel.check((1,), (5,), arguments()))
    assert "(two.h)" in str(kernel.step((1,), (3,), arguments()))


def test_a_function_of_a_header_that_is_called_counts_for_no_line_of_the_source(module):
    profile = module.get_function("next").profile((1,), (3,), arguments())
    assert profile.filename == "sums.cu" and profile.lines[12].global_requests
    assert set(profile.lines) <= {0, 10, 11, 12, 13}


def test_calls_within_calls_of_headers_count_for_the_line_that_calls_them_in_every_turn(glass):
    source = """#include <cuda_pipeline.h>
extern "C" __global__ void k(const int* x, int* y, int n)
{
    __shared__ int s[2][32];
    int t = threadIdx.x, sum = 0;
    __pipeline_memcpy_async(&s[0][t], &x[t], 4);
    __pipeline_commit();
    for (int i = 0; i < n; i++) {
        if (i + 1 < n) __pipeline_memcpy_async(&s[(i + 1) % 2][t], &x[32 * (i + 1) + t], 4);
        __pipeline_commit();
        __pipeline_wait_prior(1);
        sum += s[i % 2][t];
        __syncwarp();
    }
    y[t] = sum;
}
"""
    x, y = np.arange(32 * 7, dtype=np.int32), gpu.zeros(32, np.int32)
    profile = gpu.compile(source, "pipeline.cu").get_function("k").profile((1,), (32,), (gpu.asarray(x), y, 7))
    assert (y.get() == x.reshape(7, 32).sum(0)).all()
    assert [profile[line].instructions for line in (7, 10, 11)] == [1, 7, 7]
    assert [profile[line].copies_to_shared for line in (6, 9)] == [1, 6]
