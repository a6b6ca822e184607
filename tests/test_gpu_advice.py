"""What is advised where NVRTC refuses a name that nvcc would know, and that the advice is good."""

import pytest

from course_lib import gpu
from course_lib.gpu.errors import CompileError, Unsupported

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


@pytest.mark.parametrize(
    ("source", "advised"),
    [
        ("int main() { return 0; }", "delete the rest, such as main()"),
        ("int main() { int* d; cudaMalloc(&d, 4); }", "delete main() and its helpers"),
        ("__global__ void f(int* y) { auto g = [=](auto a) { return a; }; y[0] = g(1); }", "name their types"),
        ("float table[4];", "mark __device__ what they use"),
        ("__device__ float f(float x) { return __shfl_xor(x, 1); }", "__shfl_down_sync(0xffffffff, …)"),
        ("__global__ void f(); __global__ void g() { f<<<1, 1>>>(); }", "launch both from Python"),
        ("texture<float, 2> t;", "read the array through a pointer"),
        ("__global__ void f(int n) { __shared__ int s[n]; s[0] = n; }", "shared_mem=bytes"),
        ('#include "helper_cuda.h"', '"helper_cuda.h" is looked for beside the file'),
        ("#include <helper_cuda.h>", "delete #include <helper_cuda.h>"),
        ("#include <cuda.h>", "delete #include <cuda.h>"),
        ("#include <curand_kernel.h>", "random numbers that NumPy makes"),
    ],
)
def test_what_a_published_program_brings_along_is_explained(glass, source, advised):
    with pytest.raises(CompileError) as caught:
        gpu.compile(source)
    assert advised in str(caught.value).split("\n\n")[-1]


def test_a_vote_of_before_volta_is_refused_with_its_line(glass):
    kernel = gpu.compile(KERNEL % ("", "__ballot(x[1] > 0)")).get_function("k")
    with pytest.raises(Unsupported, match=r"votes that name no lanes .* line 1 .*__ballot_sync\(0xffffffff"):
        kernel((1,), (32,), (gpu.zeros(32),))


def test_a_name_that_nobody_knows_gets_no_advice(glass):
    for source in (KERNEL % ("", "lenght"), "__global__ void k(lenght n) {}"):
        with pytest.raises(CompileError) as caught:
            gpu.compile(source)
        assert 'identifier "lenght" is undefined' in str(caught.value)
        assert "What is not marked" not in str(caught.value) and "the host's headers" not in str(caught.value)
