"""What is advised where NVRTC refuses a name that nvcc would know, and that the advice is good."""

import pytest

from course_lib import gpu
from course_lib.gpu.errors import CompileError

KERNEL = '%sextern "C" __global__ void k(float* x) { x[0] = %s; }'


@pytest.mark.parametrize(
    ("value", "advised", "header", "instead"),
    [
        ("-INFINITY", "CUDART_INF_F", "math_constants.h", "-CUDART_INF_F"),
        ("-CUDART_INF_F", "#include <math_constants.h>", "math_constants.h", "-CUDART_INF_F"),
        ("NAN", "CUDART_NAN_F", "math_constants.h", "CUDART_NAN_F"),
        ("M_PI", "CUDART_PI_F", "math_constants.h", "CUDART_PI"),
        ("-FLT_MAX", "cuda::std::numeric_limits", "cuda/std/limits", "-cuda::std::numeric_limits<float>::max()"),
        ("DBL_EPSILON", "cuda::std::numeric_limits", "cuda/std/limits", "cuda::std::numeric_limits<double>::epsilon()"),
        ("INT_MAX", "<cuda/std/climits>", "cuda/std/climits", "INT_MAX"),
        ("INT32_MIN", "<cuda/std/cstdint>", "cuda/std/cstdint", "INT32_MIN"),
        ("(uint8_t)300", "<cuda/std/cstdint>", "cuda/std/cstdint", "(uint8_t)300"),
        ("(uint)3", "write unsigned", None, "(unsigned int)3"),
        ("(float)__float2half(1)", "<cuda_fp16.h>", "cuda_fp16.h", "(float)__float2half(1)"),
        ("(float)__nv_bfloat16(1)", "<cuda_bf16.h>", "cuda_bf16.h", "(float)__nv_bfloat16(1)"),
        ("(__pipeline_commit(), 1)", "<cuda_pipeline.h>", "cuda_pipeline.h", "(__pipeline_commit(), 1)"),
        ("cudaDeviceSynchronize()", "only the host calls it", None, "0"),
        ("std::max(x[0], 0.f)", "cuda::std", None, "max(x[0], 0.f)"),
    ],
)
def test_a_name_of_the_host_is_explained_and_the_advice_compiles(glass, value, advised, header, instead):
    with pytest.raises(CompileError, match=r"kernel.cu\(1\): error") as caught:
        gpu.compile(KERNEL % ("", value))
    assert advised in str(caught.value).split("\n\n")[-1]
    gpu.compile(KERNEL % (f"#include <{header}>\n" if header else "", instead))


@pytest.mark.parametrize(
    ("use", "header"),
    [
        ("using namespace nvcuda;", "mma.h"),
        ("namespace groups = cooperative_groups;", "cooperative_groups.h"),
        ("using Sum = cub::BlockReduce<float, 32>;", "cub/block/block_reduce.cuh"),
        ("using Counter = cuda::atomic<int>;", "cuda/atomic"),
    ],
)
def test_a_namespace_without_its_header_is_told(glass, use, header):
    with pytest.raises(CompileError, match=rf"An #include is missing: .*<{header}>"):
        gpu.compile(use)
    gpu.compile(f"#include <{header}>\n{use}")


def test_a_name_that_nobody_knows_gets_no_advice(glass):
    with pytest.raises(CompileError) as caught:
        gpu.compile(KERNEL % ("", "lenght"))
    assert 'identifier "lenght" is undefined' in str(caught.value) and "host" not in str(caught.value)
