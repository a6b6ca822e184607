"""`kernel.check` of what moves much at once: matrices of a warp, and bulk copies. A broken one is found."""

import numpy as np
import pytest

from course_lib import gpu

KERNELS = r"""
#include <mma.h>
#define AT(x) (unsigned)__cvta_generic_to_shared(x)
using namespace nvcuda;
KERNEL gets(const half* a, float* y, int first, int last) {
    wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> f;
    if (threadIdx.x >= first && threadIdx.x < last) {
        wmma::load_matrix_sync(f, a, 16);    // line 8
        y[threadIdx.x] = f.x[0];
    }
}
KERNEL puts(const half* a, float* y, int first, int last) {
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> f;
    wmma::fill_fragment(f, 1);
    if (threadIdx.x >= first && threadIdx.x < last)
        wmma::store_matrix_sync(y, f, 16, wmma::mem_row_major);  // line 16
}
KERNEL eights(const half* a, float* y, int first, int last) {
    __shared__ __align__(16) half s[8][8];
    for (int i = threadIdx.x; i < 64; i += blockDim.x) s[i / 8][i % 8] = a[i];
    __syncthreads();
    if (threadIdx.x >= first && threadIdx.x < last) {
        unsigned r;
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
                     : "=r"(r) : "r"(AT(s[threadIdx.x % 8])));  // line 25
        y[threadIdx.x] = r;
    }
}
KERNEL words(const int* x, int* y, int to, int from) {
    __shared__ __align__(16) int s[72];
    int t = threadIdx.x;
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8;"
                 :: "r"(AT(s) + 8 * t + to), "l"((const char*)x + 8 * t + from) : "memory");  // line 33
    asm volatile("cp.async.wait_all;" ::: "memory");
    __syncthreads();
    y[t] = s[t];                             // line 36
}
KERNEL bulk(const int* x, int* y, int bytes, int meets, int strays) {
    __shared__ __align__(16) int s[256]; __shared__ unsigned long long barrier;
    int t = threadIdx.x; unsigned b = AT(&barrier), done = 0;
    if (t == 0) asm volatile("mbarrier.init.shared.b64 [%0], 1;" :: "r"(b) : "memory");
    __syncthreads();
    if (t == 0) {
        asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" :: "r"(b), "r"(bytes) : "memory");
        asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
                     :: "r"(AT(s)), "l"(x + strays), "r"(bytes), "r"(b) : "memory");  // line 46
    }
    while (!done) asm volatile("{.reg .pred p; mbarrier.try_wait.parity.shared.b64 p, [%1], 0; selp.u32 %0, 1, 0, p;}"
                               : "=r"(done) : "r"(b) : "memory");
    for (int i = t; i < bytes / 4; i += 64) s[i] += 1;  // line 50
    if (meets) __syncthreads();
    if (t == 0) {
        asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;"
                     :: "l"(y), "r"(AT(s)), "r"(bytes) : "memory");  // line 54
        asm volatile("cp.async.bulk.commit_group; cp.async.bulk.wait_group 0;" ::: "memory");
        for (int i = 0; i < bytes / 4; i++) y[i] *= 2;
    }
}
"""
LINES = {"gets": 8, "puts": 16, "eights": 25}


def halves():
    return gpu.asarray(np.arange(256, dtype=np.float16))


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize(("threads", "first", "last"), [(32, 0, 16), (32, 16, 32), (32, 31, 32), (48, 32, 48)])
def test_lanes_that_are_missing_at_a_matrix_are_named(check, name, threads, first, last):
    report = check(name, (1,), (threads,), halves(), gpu.zeros(256), first, last)
    found = report[0]
    assert (found.kind, found.line) == ("inactive lane", LINES[name]) and len(report) == 1
    assert check(name, (1,), (64,), halves(), gpu.zeros(256), 0, 64 if name != "puts" else 32) == []


def test_a_warp_that_is_not_full_moves_what_its_lanes_hold(module, glass):
    y = gpu.zeros(256)
    module.get_function("puts")((1,), (16,), (halves(), y, 0, 16))
    assert y.get().tolist() == [1] * 128 + [0] * 128


@pytest.mark.parametrize(
    ("to", "bytes_from", "kind"),
    [(288, 0, "out of bounds"), (4, 0, "misaligned"), (0, 4, "misaligned"), (0, 288, "out of bounds")],
)
def test_an_asynchronous_copy_to_or_from_a_bad_place_is_found_and_not_made(check, to, bytes_from, kind):
    x, y = gpu.asarray(np.arange(1, 73, dtype=np.int32)), gpu.empty(32, np.int32)
    report = check("words", (1,), (32,), x, y, to, bytes_from)
    assert [(f.kind, f.line, f.count) for f in report if f.line == 33] == [(kind, 33, 32)]
    assert {f.kind for f in report if f.line != 33} == ({"uninitialised read"} if to else set())
    assert check("words", (1,), (32,), x, y, 0, 0) == [] and (y.get() == np.arange(1, 33)).all()


def bulk(check, n, *how, room=256):
    x, y = gpu.asarray(np.arange(room, dtype=np.int32)), gpu.empty(room, np.int32)
    return check("bulk", (1,), (64,), x, y, 4 * n, *how), y


@pytest.mark.parametrize("n", [4, 8, 64, 200, 256])
def test_all_of_a_bulk_copy_counts_as_written_and_read(check, n):
    report, y = bulk(check, n, 1, 0)
    assert report == [] and (y.get()[:n] == 2 * np.arange(n) + 2).all()


def test_a_bulk_copy_races_in_its_middle_too(check):
    report, _ = bulk(check, 200, 0, 0)
    assert {f.kind for f in report} == {"race", "race within a warp"}
    assert {(f.line, f.other_line) for f in report} <= {(50, 54), (54, 50)}
    assert sum(f.count for f in report) > 200 - 64  # each time but where a thread copies what it wrote itself


@pytest.mark.parametrize(("n", "strays", "index"), [(260, 0, 256), (100_000, 0, 256), (64, 1024, 1024), (8, 252, 256)])
def test_a_bulk_copy_outside_is_found_and_not_made(check, n, strays, index):
    report, _ = bulk(check, n, 1, strays)
    found = next(f for f in report if f.array == "x")
    assert (found.kind, found.index) == ("out of bounds", index)
    assert f"reads the indices {index} to {index + 3} of x, which has 256 elements" in found.text
