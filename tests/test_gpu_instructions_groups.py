"""Barriers with numbers and counts, cooperative groups, and cub's primitives of warps and blocks."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import BarrierError

SYNC = 'asm volatile("{}.sync %0, %1;" :: "r"({}), "r"({}) : "memory");'
ARRIVE = 'asm volatile("{}.arrive %0, %1;" :: "r"({}), "r"({}) : "memory");'


@pytest.mark.parametrize("name", ["bar", "barrier.cta"])
def test_halves_of_a_block_meet_at_barriers_of_their_own(device, name):
    source = f"""KERNEL(int* out) {{
        __shared__ int s[256];
        int t = threadIdx.x, half = t / 128;
        for (int round = 0; round < 3 + half; round++) {{  // one half meets once more than the other
            s[t] = t + round;
            {SYNC.format(name, "1 + half", 128)}
            int other = s[half * 128 + (t + 64) % 128];
            {SYNC.format(name, "1 + half", 128)}
            out[t] = other;
        }}
        __syncthreads();
        out[t] += s[255 - t] * 1000;
    }}"""
    out = gpu.zeros((3, 256), np.int32)
    run(source, (1,), (256,), out[0])
    t = np.arange(256)
    last = 2 + t // 128
    assert (out.get()[0] == t // 128 * 128 + (t + 64) % 128 + last + 1000 * (255 - t + last[::-1])).all()


def test_producers_arrive_and_do_not_wait(device):
    source = f"""KERNEL(int* out) {{
        __shared__ int full[32];
        int t = threadIdx.x, lane = t % 32;
        if (t < 32) {{
            for (int i = 0; i < 4; i++) {{
                full[lane] = i * 100 + lane;
                {ARRIVE.format("bar", 1, 64)}
                {SYNC.format("bar", 2, 64)}
            }}
        }} else {{
            for (int i = 0; i < 4; i++) {{
                {SYNC.format("bar", 1, 64)}
                out[i * 32 + lane] = full[31 - lane];
                {ARRIVE.format("bar", 2, 64)}
            }}
        }}
    }}"""
    out = gpu.zeros((4, 32), np.int32)
    run(source, (2,), (64,), out)
    assert (out.get() == np.arange(4)[:, None] * 100 + 31 - np.arange(32)).all()


def test_a_count_of_all_threads_is_a_plain_barrier_and_parted_lanes_may_wait_alike(device):
    source = f"""KERNEL(int* out) {{
        __shared__ int s[96];
        int t = threadIdx.x;
        if (t % 3) s[t] = t; else s[t] = -t;
        {SYNC.format("bar", 0, 96)}
        out[t] = s[95 - t];
    }}"""
    out, t = gpu.zeros(96, np.int32), np.arange(96)
    run(source, (1,), (96,), out)
    assert (out.get() == np.where(t % 3, t, -t)[::-1]).all()


def test_a_barrier_that_counts_more_threads_than_come_is_named(glass):
    source = f"""KERNEL(int* out) {{
        if (threadIdx.x < 64) {{
            {SYNC.format("bar", 3, 96)}
        }}
        out[threadIdx.x] = 1;
    }}"""
    with pytest.raises(BarrierError, match="line 3, .*waits at barrier 3 for 96 threads"):
        run(source, (1,), (128,), gpu.zeros(128, np.int32))


def test_cooperative_groups_divide_a_block(device):
    source = """#include <cooperative_groups.h>
    #include <cooperative_groups/reduce.h>
    #include <cooperative_groups/scan.h>
    namespace cg = cooperative_groups;
    KERNEL(const int* x, int* out) {
        cg::thread_block block = cg::this_thread_block();
        auto tile = cg::tiled_partition<8>(block);
        auto warp = cg::tiled_partition<32>(block);
        int t = block.thread_rank(), v = x[t];
        out[t] = cg::reduce(tile, v, cg::plus<int>());
        out[64 + t] = cg::inclusive_scan(tile, v);
        out[128 + t] = tile.shfl(v, tile.size() - 1) + tile.meta_group_rank();
        block.sync();
        out[192 + t] = warp.ballot(v > 0);
        if (v > 0) { auto some = cg::coalesced_threads(); out[256 + t] = some.size() * 100 + some.thread_rank(); }
        warp.sync();
        out[320 + t] = cg::reduce(warp, v, cg::greater<int>());
    }"""
    x = np.random.default_rng(5).integers(-9, 9, 64).astype(np.int32)
    out = gpu.zeros((6, 64), np.int32)
    run(source, (1,), (64,), gpu.asarray(x), out)
    sums, scans, last, ballots, some, most = out.get()
    eights, warps = x.reshape(8, 8), x.reshape(2, 32)
    assert (sums == eights.sum(1).repeat(8)).all() and (scans == eights.cumsum(1).ravel()).all()
    assert (last == (eights[:, -1] + np.arange(8)).repeat(8)).all()
    bits = ((warps > 0) << np.arange(32)).sum(1).astype(np.uint32).view(np.int32)
    assert (ballots == bits.repeat(32)).all() and (most == warps.max(1).repeat(32)).all()
    positive = warps > 0
    ranks = positive.sum(1, keepdims=True) * 100 + positive.cumsum(1) - 1
    assert (some == np.where(positive, ranks, 0).ravel()).all()


CUB = """#include <cuda/functional>
#include <cub/block/block_reduce.cuh>
#include <cub/block/block_scan.cuh>
#include <cub/block/block_radix_sort.cuh>
#include <cub/warp/warp_scan.cuh>
#include <cub/warp/warp_reduce.cuh>
KERNEL(const int* x, int* out) {
    typedef cub::BlockReduce<int, 64> Reduce;
    typedef cub::BlockScan<int, 64> Scan;
    typedef cub::BlockRadixSort<int, 64, 2> Sort;
    typedef cub::WarpScan<int> WarpScan;
    typedef cub::WarpReduce<int> WarpReduce;
    __shared__ union {
        typename Reduce::TempStorage reduce; typename Scan::TempStorage scan; typename Sort::TempStorage sort;
        typename WarpScan::TempStorage warp_scan[2]; typename WarpReduce::TempStorage warp_reduce[2];
    } s;
    int t = threadIdx.x, v = x[t], scanned, keys[2] = {x[2 * t], x[2 * t + 1]};
    int sum = Reduce(s.reduce).Sum(v);
    if (t == 0) out[0] = sum;
    __syncthreads();
    Scan(s.scan).InclusiveSum(v, scanned);
    out[128 + t] = scanned;
    __syncthreads();
    Sort(s.sort).Sort(keys);
    out[256 + 2 * t] = keys[0]; out[256 + 2 * t + 1] = keys[1];
    __syncthreads();
    WarpScan(s.warp_scan[t / 32]).ExclusiveSum(v, scanned);
    out[384 + t] = scanned;
    __syncthreads();
    int most = WarpReduce(s.warp_reduce[t / 32]).Reduce(v, cuda::maximum<>{});
    if (t % 32 == 0) out[512 + t / 32] = most;
}"""


def test_cubs_primitives_of_warps_and_blocks_run(device):
    x = np.random.default_rng(6).integers(-999, 999, 128).astype(np.int32)
    out = gpu.zeros((5, 128), np.int32)
    run(CUB, (1,), (64,), gpu.asarray(x), out)
    sums, scan, sorted_, warp_scan, most = out.get()
    warps = x[:64].reshape(2, 32)
    assert sums[0] == x[:64].sum() and (scan[:64] == x[:64].cumsum()).all() and (sorted_ == np.sort(x)).all()
    assert (warp_scan[:64] == (warps.cumsum(1) - warps).ravel()).all() and (most[:2] == warps.max(1)).all()


ELECTED = """
extern "C" __global__ void elected(int* x) {
    unsigned yes;
    asm volatile("{ .reg .pred p; elect.sync _|p, 0xffffffff; selp.u32 %0, 1, 0, p; }" : "=r"(yes));
    x[threadIdx.x] = yes;
}
"""


def test_the_number_of_the_elected_lane_need_not_be_asked_for(glass):
    x = gpu.zeros(64, np.int32)
    gpu.compile(ELECTED).get_function("elected")((1,), (64,), (x,))
    assert x.get().reshape(2, 32).sum(1).tolist() == [1, 1]


def test_barriers_with_numbers_count_votes_of_their_own(device):
    source = """KERNEL(const int* x, int* out) {
        int t = threadIdx.x, r;
        for (int round = 1; round < 3; round++) {
            int v = x[t] * round;
            if (t < 64) asm volatile("{ .reg .pred p; setp.gt.s32 p, %1, 20;"
                "barrier.cta.red.popc.aligned.u32 %0, 3, 64, p; }" : "=r"(r) : "r"(v) : "memory");
            else asm volatile("{ .reg .pred p; setp.gt.s32 p, %1, 20;"
                "bar.red.popc.u32 %0, 4, 32, !p; }" : "=r"(r) : "r"(v) : "memory");
            out[96 * round - 96 + t] = r;
        }
        asm volatile("{ .reg .pred p, q; setp.gt.s32 p, %1, 0; bar.red.and.pred q, 1, 96, p; selp.s32 %0, 1, 0, q; }"
                     : "=r"(r) : "r"(x[t] - (t == 40)) : "memory");
        out[192 + t] = r + 10 * __syncthreads_or(t == 7) + 100 * __syncthreads_count(x[t] > 50);
    }"""
    x = np.random.default_rng(7).integers(1, 99, 96).astype(np.int32)
    x[40], out = 1, gpu.zeros((3, 96), np.int32)
    run(source, (2,), (96,), gpu.asarray(x), out)
    once, twice, all_ = out.get()
    for got, v in ((once, x), (twice, 2 * x)):
        assert (got[:64] == (v[:64] > 20).sum()).all() and (got[64:] == (v[64:] <= 20).sum()).all()
    assert (all_ == 10 + 100 * (x > 50).sum()).all()
