"""`kernel.check` of kernels that meet by more than __syncthreads(): pairs of warps, pipelines, blocks in turn."""

import numpy as np
import pytest

from course_lib import gpu

KERNELS = r"""
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
#include <cuda/pipeline>
namespace cg = cooperative_groups;

KERNEL pairs(const int* x, int* y, int meets) {
    __shared__ int s[128];
    auto tile = cg::tiled_partition<64>(cg::this_thread_block());
    s[threadIdx.x] = x[threadIdx.x];         // line 11
    if (meets) tile.sync();
    y[threadIdx.x] = s[threadIdx.x ^ 63];    // line 13
}
KERNEL staged(const int* x, int* y, int early) {
    __shared__ int s[2][64];
    __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, 2> state;
    auto pipe = cuda::make_pipeline(cg::this_thread_block(), &state);
    int t = threadIdx.x, sum = 0;
    for (int k = 0; k <= 5; k++) {
        if (k < 5) {
            pipe.producer_acquire();
            cuda::memcpy_async(&s[k % 2][t], &x[64 * k + t], 4, pipe);  // line 23
            pipe.producer_commit();
        }
        if (k == 0) continue;
        pipe.consumer_wait();
        if (early) pipe.consumer_release();
        sum += s[(k - 1) % 2][63 - t];       // line 29
        if (!early) pipe.consumer_release();
    }
    y[t] = sum;
}
KERNEL in_turn(int* y, int* turn, int meets) {
    int t = threadIdx.x, now = -1;
    while (true) {
        if (t == 0) asm volatile("ld.global.acquire.gpu.b32 %0, [%1];" : "=r"(now) : "l"(turn) : "memory");
        if (__syncthreads_or(t == 0 && now == blockIdx.x)) break;
    }
    y[t] = 2 * y[t] + blockIdx.x;            // line 40
    if (meets) __syncthreads();
    if (t == 0) asm volatile("st.global.release.gpu.b32 [%0], %1;" :: "l"(turn), "r"(now + 1) : "memory");
}
KERNEL summed(const int* x, int* y) {
    auto tile = cg::tiled_partition<128>(cg::this_thread_block());
    int sum = cg::reduce(tile, x[threadIdx.x], cg::plus<int>());
    y[threadIdx.x] = cg::inclusive_scan(tile, x[threadIdx.x]) - sum;
}
"""


def numbers(n):
    return gpu.asarray(np.arange(n, dtype=np.int32))


@pytest.mark.parametrize("meets", [1, 0])
def test_a_group_of_two_warps_meets(check, meets):
    y = gpu.empty(128, np.int32)
    report = check("pairs", (1,), (128,), numbers(128), y, meets)
    assert {f.kind for f in report} == (set() if meets else {"race"})
    assert all({f.line, f.other_line} == {11, 13} for f in report)
    assert (y.get() == np.arange(128) ^ 63).all() or not meets


def test_a_group_of_four_warps_sums_one_thing_after_the_other(check):
    x, y = np.arange(256, dtype=np.int32).reshape(2, 128), gpu.empty((2, 128), np.int32)
    assert check("summed", (1,), (256,), gpu.asarray(x), y) == []
    assert (y.get() == x.cumsum(1) - x.sum(1, keepdims=True)).all()


@pytest.mark.parametrize("early", [0, 1])
def test_what_a_pipeline_gave_back_is_read_no_more(check, early):
    y = gpu.empty(64, np.int32)
    report = check("staged", (1,), (64,), numbers(320), y, early)
    assert bool(report) == bool(early)
    assert all(29 in (f.line, f.other_line) and f.array == "s" for f in report)
    assert (y.get() == 5 * (63 - np.arange(64)) + 64 * 10).all() or early


@pytest.mark.parametrize("meets", [1, 0])
def test_blocks_that_take_turns_wait_for_all_of_the_one_before(check, meets):
    y = gpu.zeros(96, np.int32)
    report = check("in_turn", (5,), (96,), y, gpu.zeros(1, np.int32), meets)
    assert {f.kind for f in report} == (set() if meets else {"race between blocks"})
    assert all(f.line == f.other_line == 40 and f.block != f.other_block for f in report)
    assert (y.get() == 26).all() or not meets
