"""The requests of a profile are those of the machine code of NVIDIA's assembler, but for the loads that it merges."""

import re
from functools import cache

import numpy as np
import pytest
import sass

from course_lib import gpu
from course_lib.gpu import nvrtc
from course_lib.gpu.glass import profile as documented
from course_lib.matmul import launch

KERNELS = """#include <cuda_pipeline.h>
#include <mma.h>
#define KERNEL extern "C" __global__ void
#define T threadIdx.x
#define I (blockIdx.x * blockDim.x + threadIdx.x)
KERNEL copy(const float* x, float* y) { y[I] = x[I]; }
KERNEL strided(const float* x, float* y) { y[I] = x[32 * I]; }
KERNEL vectors(const float4* x, float4* y) { y[I] = x[I]; }
KERNEL halves(const unsigned short* x, double* y) { y[I] = x[I]; }
KERNEL saxpy(const float* x, float* y) {
    #pragma unroll 1
    for (int i = 0; i < 24; i++) y[32 * i + T] += 2 * x[32 * i + T];
}
KERNEL transpose(const float* x, float* y) {
    __shared__ float tile[32][33];
    int r = threadIdx.y;
    for (int j = 0; j < 32; j += 8) tile[j + r][T] = x[32 * (j + r) + T];
    __syncthreads();
    for (int j = 0; j < 32; j += 8) y[32 * (j + r) + T] = tile[T][j + r];
}
KERNEL stencil(const float* x, float* y) {
    y[I] = x[I] + x[I + 1] + x[I + 2] + x[I + 3] + x[I + 4];
}
KERNEL smooth(const float* __restrict__ x, float* __restrict__ y) {
    #pragma unroll
    for (int i = 0; i < 8; i++) y[32 * i + T] = x[32 * i + T] + x[32 * i + 32 + T] + x[32 * i + 64 + T];
}
KERNEL sum(const float* x, float* total) {
    float s = 0;
    #pragma unroll 1
    for (int i = 0; i < 16; i++) s += x[32 * i + T];
    for (int i = 16; i > 0; i /= 2) s += __shfl_down_sync(~0u, s, i);
    if (T == 0) atomicAdd(total, s);
}
KERNEL tree(const float* x, float* y) {
    __shared__ float s[64];
    s[T] = x[I]; s[T + 32] = x[I + 32];
    #pragma unroll
    for (int i = 1; i < 64; i *= 2) { __syncthreads(); float v = s[T ^ i]; __syncthreads(); s[T] += v; }
    y[T] = s[T];
}
KERNEL row(const float* x, float* y) {
    __shared__ float s[32][32];
    for (int j = 0; j < 32; j++) s[j][T] = x[32 * j + T];
    __syncthreads();
    float v = 0;
    for (int j = 0; j < 32; j++) v += s[T][j];
    y[T] = v;
}
KERNEL matrices(const float* x, float* y) {
    __shared__ __align__(16) float s[512];
    __pipeline_memcpy_async(s + 4 * T, x + 4 * T, 16);
    __pipeline_memcpy_async(s + 128 + T, x + 8 * T, 4);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
    unsigned a, b, c, d, e, at = (unsigned)__cvta_generic_to_shared(s + 4 * T);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"(at));
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];" : "=r"(e) : "r"(at));
    asm volatile("stmatrix.sync.aligned.m8n8.x1.shared.b16 [%1], {%0};" : : "r"(a), "r"(at));
    y[T] = a + b + c + d + e + s[T];
}
KERNEL fragments(const half* x, float* y) {
    __shared__ __align__(128) half s[16 * 40];
    for (int i = 0; i < 20; i++) s[32 * i + T] = x[32 * i + T];
    nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, half, nvcuda::wmma::row_major> a;
    nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, half, nvcuda::wmma::col_major> b;
    nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> c;
    nvcuda::wmma::fill_fragment(c, 0);
    __syncwarp();
    nvcuda::wmma::load_matrix_sync(a, s, 40);
    nvcuda::wmma::load_matrix_sync(b, s, 40);
    nvcuda::wmma::mma_sync(c, a, b, c);
    y[T] = c.x[0] + c.x[7];
}
KERNEL atomics(const int* x, int* y) {
    __shared__ int s[32];
    s[T] = 0;
    __syncthreads();
    atomicAdd(&s[x[T]], x[T]);
    __syncthreads();
    y[T + 32] = atomicCAS(&y[T], s[T], 1);
    y[T + 96] = atomicExch(&y[T + 64], 2);
}
KERNEL own(const float* x, float* y) {
    float a[64];
    for (int j = 0; j < 64; j++) a[j] = x[j] * T;
    y[T] = a[(int)x[T]];
}
"""
TILED, NAIVE = (file.read_text() for file in (launch.TILED, launch.NAIVE))


TRIPS = {"saxpy": (24,), "sum": (16,), "tiled": (4,)}  # of the loops that the machine code has
BLOCKS = {"transpose": (32, 8), "naive": (32, 1), "tiled": (16, 16)}
TYPES = {"atomics": ("i4", "i4"), "fragments": ("f2", "f4")}  # of x and y
KINDS = re.findall(r"KERNEL (\w+)\(", KERNELS)
TABLE = re.findall(r"^ *\| (\w+) +\| (\w+ \w+) +\| +(\d+) \| +(\d+) \|", documented.__doc__, re.MULTILINE)
MERGED = {(kernel, kind): (int(ptx), int(machine)) for kernel, kind, ptx, machine in TABLE}


@cache
def machine_code(source):
    return nvrtc.cubin(source, options=nvrtc.options({"TILE": 16}))


def both(name):
    """Requests of one warp by kind: of the profile, and of the machine code (with the bytes of one lane)."""
    rung = {"naive": NAIVE.replace("e < k", "e < 64"), "tiled": TILED}.get(name)
    source, block, symbol = rung or KERNELS, BLOCKS.get(name, (32,)), "matmul" if rung else name
    x, y = (gpu.zeros(4096, type_) for type_ in TYPES.get(name, ("f4", "f4")))
    sides = {"naive": (x, 1, 32, 64), "tiled": (x, 16, 16, 64)}.get(name, ())
    x, y, *sides = (x, sides[0], y, *sides[1:]) if rung else (x, y)
    profile = gpu.compile(source, TILE=16).get_function(symbol).profile((1,), block, (x, y, *sides))
    warps = -(-int(np.prod(block)) // 32)
    counted = {kind: n // warps for kind, n in profile.sum("requests").items()}
    return counted, sass.requests(machine_code(source), symbol, TRIPS.get(name, ()))


@pytest.mark.parametrize("name", [*KINDS, "naive", "tiled"])
def test_a_warps_requests_are_those_of_the_machine_code(glass, name):
    counted, machine = both(name)
    assert counted.keys() == machine.keys()
    for kind, n in counted.items():
        if (name, kind) in MERGED:
            assert (n, machine[kind][0]) == MERGED[name, kind]
            assert machine[kind][1] == 4 * n, "merged loads bring the same bytes"
        else:
            assert n == machine[kind][0], kind


def test_every_documented_exception_is_one():
    assert {kernel for kernel, _ in MERGED} == {"row", "tiled"} and all(p > m for p, m in MERGED.values())
