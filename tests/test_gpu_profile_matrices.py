"""Matrix instructions and asynchronous copies in a profile: their requests, their passes, their operations."""

import re

import pytest

from course_lib import gpu
from course_lib.gpu.errors import OutOfBounds
from course_lib.gpu.glass import work
from course_lib.gpu.glass.isa.tensor import MMA as MMA_SHAPES
from course_lib.gpu.glass.isa.tensor import SUMS

LDMATRIX = """#define LD "ldmatrix.sync.aligned.m8n8."
extern "C" __global__ void k(unsigned* out) {
    __shared__ __align__(128) unsigned short s[32 * 72];
    unsigned row = threadIdx.x % 32, r0, r1, r2, r3;
    for (int i = threadIdx.x; i < 32 * 72; i += blockDim.x) s[i] = i;
    __syncthreads();
    unsigned at = (unsigned)__cvta_generic_to_shared(PLACE);
    asm volatile(LD "x4.shared.b16 {%0, %1, %2, %3}, [%4];" : "=r"(r0), "=r"(r1), "=r"(r2), "=r"(r3) : "r"(at));
    out[threadIdx.x] = r0 + r1 + r2 + r3;
    asm volatile(LD "x1.shared.b16 {%0}, [%1];" : "=r"(r0) : "r"(at));
    out[threadIdx.x] += r0;
}
"""


@pytest.mark.parametrize(
    ("place", "conflict"),
    [("s + 8 * row", 1), ("s + 16 * row", 2), ("s + 32 * row", 4), ("s + 64 * row", 8), ("s + 72 * row", 1),
     ("s + 64 * row + 8 * (row % 8)", 1), ("s", 1)],
)  # fmt: skip
def test_ldmatrix_takes_a_pass_for_eight_rows_unless_they_share_banks(glass, place, conflict):
    kernel, out = gpu.compile(LDMATRIX, PLACE=place).get_function("k"), gpu.zeros(64, "u4")
    profile = kernel.profile((1,), (64,), (out,))
    assert profile[8].requests == {"matrix loads": 2} and profile[10].requests["matrix loads"] == 2
    assert (profile[8].wavefronts, profile[8].smooth) == (2 * 4 * conflict, 2 * 4)
    assert (profile[10].wavefronts, profile[10].smooth) == (2 * conflict, 2)
    assert profile[8].worst == 4 * conflict


COPIES = """#include <cuda_pipeline.h>
extern "C" __global__ void k(const float* x, float* out) {
    __shared__ __align__(16) float s[1024];
    int t = threadIdx.x;
    __pipeline_memcpy_async(s + 4 * t, x + 4 * t, 16);
    __pipeline_memcpy_async(s + 256 + t, x + 256 + 8 * t, 4);
    __pipeline_memcpy_async(s + 512 + 8 * t, x + 2 * t, 8);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
    out[t] = s[t] + s[256 + t] + s[512 + t];
}
"""


@pytest.mark.parametrize("threads", [32, 20])
def test_an_asynchronous_copy_is_a_request_on_either_side(glass, threads):
    x, out = gpu.zeros(1024), gpu.zeros(32)
    profile = gpu.compile(COPIES).get_function("k").profile((1,), (threads,), (x, out))
    copies = [line for line in profile.listing() if line.requests["copies to shared"]]
    wide = [threads * 16 // 32, threads, threads * 8 // 32]
    assert sum(line.requests["copies to shared"] for line in copies) == 3
    assert sum(line.sectors for line in copies) == sum(wide)
    assert sum(line.loaded for line in copies) == threads * (16 + 4 + 8)
    in_halves = {32: 4 + 4, 20: 4 + 1}[
        threads
    ]  # of 16 lanes: 8 bytes in every 32, so each fourth lane meets a bank again
    assert sum(line.wavefronts for line in copies) == -(-threads // 8) + 1 + in_halves
    touched = set(range(threads * 2 // 4)) | {(256 + 8 * t) // 8 for t in range(threads)} | set(range(threads // 4))
    assert profile.read == 32 * len(touched)


WMMA = """#include <mma.h>
#include <cuda_fp16.h>
using namespace nvcuda;
extern "C" __global__ void k(const half* a, const half* b, float* c) {
    __shared__ __align__(128) half s[16 * 64];
    wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> fa;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::col_major> fb;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> fc;
    for (int i = threadIdx.x; i < 16 * 64; i += 32) s[i] = a[i % 256];
    __syncwarp();
    wmma::fill_fragment(fc, 0);
    wmma::load_matrix_sync(fa, a, 16);
    wmma::load_matrix_sync(fb, b, 64);
    wmma::mma_sync(fc, fa, fb, fc);
    wmma::load_matrix_sync(fa, s, 64);
    wmma::load_matrix_sync(fb, s, 16);
    wmma::mma_sync(fc, fa, fb, fc);
    wmma::store_matrix_sync(c, fc, 16, wmma::mem_row_major);
}
"""


def test_wmma_counts_its_products_and_the_lines_of_its_matrices(glass):
    a, b, c = gpu.zeros(256, "f2"), gpu.zeros(1024, "f2"), gpu.zeros((16, 16))
    profile = gpu.compile(WMMA).get_function("k").profile((2,), (32,), (a, b, c))
    assert profile.sum("work") == {"fp16": 2 * 2 * 2 * 16**3} == profile.sum("tensor_work")
    assert profile.sum("kinds")["tensor"] == 2 * 2
    assert profile.sum("requests")["matrix loads"] == 2 * 4 and profile.sum("requests")["matrix stores"] == 2
    matrices = [line for line in profile.listing() if line.requests["matrix loads"] or line.requests["matrix stores"]]
    assert sum(line.sectors for line in matrices) == 2 * (16 + 16 + 32)
    assert sum(line.memory["global"].ideal for line in matrices) == 2 * (16 + 16 + 32)
    # four times 16 bytes of eight rows: they meet in the same banks if rows are 128 bytes apart, by twos if 32 bytes
    assert sum(line.wavefronts for line in matrices) == 2 * (4 * 8 + 4 * 2)
    assert sum(line.smooth for line in matrices) == 2 * (4 + 4)
    assert profile.written == 16 * 16 * 4


FOUR_BITS = """#include <mma.h>
using namespace nvcuda::wmma;
extern "C" __global__ void k(const int* a, const int* b, int* out) {
    fragment<matrix_a, 8, 8, 32, experimental::precision::s4, row_major> A;
    fragment<matrix_b, 8, 8, 32, experimental::precision::s4, col_major> B;
    fragment<accumulator, 8, 8, 32, int> C;
    fill_fragment(C, 0);
    load_matrix_sync(A, a, 32);
    load_matrix_sync(B, b, 64);
    mma_sync(C, A, B, C);
    store_matrix_sync(out, C, 8, mem_row_major);
}
"""


def test_matrices_of_few_bits_move_the_sectors_that_hold_them(glass):
    kernel = gpu.compile(FOUR_BITS).get_function("k")
    profile = kernel.profile((1,), (32,), (gpu.zeros(32, "i4"), gpu.zeros(64, "i4"), gpu.zeros(64, "i4")))
    loads = [line.sectors for line in profile.listing() if line.requests["matrix loads"]]
    assert loads == [4, 8]  # eight lines of 16 bytes, one after another, and every other one
    assert (profile.read, profile.written) == (4 * 32 + 8 * 32, 8 * 8 * 4)


def test_a_matrix_outside_its_array_is_refused_before_it_is_counted(glass):
    kernel = gpu.compile(FOUR_BITS).get_function("k")
    for few in (0, 1, 2):
        sizes = [31 if i == few else 64 for i in range(3)]
        with pytest.raises(OutOfBounds, match=f"of {('a', 'b', 'out')[few]}, which has 31 elements"):
            kernel.profile((1,), (32,), tuple(gpu.zeros(n, "i4") for n in sizes))


MMA = """
#define C "{%0, %1, %2, %3}"
#define MULTIPLY(shape, types) asm volatile( \\
    "mma.sync.aligned." shape ".row.col." types " " C ", {%4, %5, %6, %7}, {%8, %9}, " C ";" \\
    : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))
extern "C" __global__ void k(float* out) {
    unsigned a[4] = {}, b[2] = {};
    float c[4] = {};
    MULTIPLY("m16n8k16", "f32.bf16.bf16.f32");
    MULTIPLY("m16n8k8", "f32.tf32.tf32.f32");
    out[threadIdx.x] = c[0] + c[1] + c[2] + c[3];
}
"""


NAMES = ("fp64", "tf32", "bf16", "fp16", "fp8", "int8", "int4", "int1")


@pytest.mark.parametrize("type_", MMA_SHAPES)
def test_a_product_of_any_type_has_a_name(type_):
    shape, sum_ = MMA_SHAPES[type_][-1], SUMS[type_][-1]
    bits = ".and.popc" if type_ == "b1" else ""
    found = work.of(f"mma.sync.aligned.{shape}.row.col.{sum_}.{type_}.{type_}.{sum_}{bits}")
    m, n, k = map(int, re.findall(r"\d+", shape))
    assert found.kind == "tensor" and 32 * found.flops == 2 * m * n * k
    assert found.type.startswith("int") == (sum_ == "s32") and found.type in NAMES


def test_a_product_counts_two_m_n_k_of_its_type(glass):
    profile = gpu.compile(MMA).get_function("k").profile((3,), (64,), (gpu.zeros(64),))
    assert profile.sum("tensor_work") == {"bf16": 6 * 2 * 16 * 8 * 16, "tf32": 6 * 2 * 16 * 8 * 8}
    assert profile.total("flops") == 6 * 2 * 16 * 8 * 24 + 3 * 64 * 3
    found = profile.estimate
    peaks, work = found.machine.peaks, profile.sum("tensor_work")
    alone = sum(n / peaks[kind] for kind, n in work.items()) / 3 * found.machine.sms  # on three of all multiprocessors
    assert found.times["tensor cores"] == pytest.approx(alone)
