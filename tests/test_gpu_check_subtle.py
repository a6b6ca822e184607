"""`kernel.check` where looks deceive: correct kernels that seem to race, and mistakes that no plain run shows."""

import re

import numpy as np
import pytest

from course_lib import gpu

KERNELS = r"""
#include <cooperative_groups.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

__device__ void add(double* to, double value) {
    unsigned long long* bits = (unsigned long long*)to;
    unsigned long long old = *bits, assumed;  // only a guess
    do {
        assumed = old;
        old = atomicCAS(bits, assumed, __double_as_longlong(value + __longlong_as_double(assumed)));
    } while (assumed != old);
}
KERNEL sum_by_swaps(double* y) { add(y, threadIdx.x); }
KERNEL largest_by_swaps(int* y) {
    __shared__ float most;
    if (threadIdx.x == 0) most = -1;
    __syncthreads();
    float mine = threadIdx.x * 7 % 61;
    int old = *(int*)&most;
    while (mine > __int_as_float(old)) {
        int assumed = old;
        old = atomicCAS((int*)&most, assumed, __float_as_int(mine));
        if (old == assumed) break;
    }
    __syncthreads();
    y[threadIdx.x] = most;
}
KERNEL sub_mask(int* y) {  // lanes 8 to 15 read lanes that are not named, and nobody uses what they get
    int v = threadIdx.x;
    if (threadIdx.x % 32 < 16) {
        for (int d = 8; d > 0; d /= 2) v += __shfl_down_sync(0xffff, v, d);
        if (threadIdx.x % 32 == 0) y[threadIdx.x] = v;
    }
}
KERNEL clocks(int* y) { y[threadIdx.x] = clock64() + clock(); }
KERNEL selected(int* y) {  // the compiler loads `total` in every thread, and throws all but one away
    __shared__ float total;
    if (threadIdx.x == 0) total = blockIdx.x;
    float mine = threadIdx.x == 0 ? total + 1 : 3;
    __syncthreads();
    y[threadIdx.x] = total + mine;
}
KERNEL warp_to_warp(int* y) {
    __shared__ volatile int flag;
    __shared__ int s[32];
    int t = threadIdx.x;
    if (t == 0) flag = 0;
    __syncthreads();
    if (t < 32) {
        s[t] = t;
        __threadfence_block();
        __syncwarp();
        if (t == 0) flag = 1;
    } else {
        while (flag == 0);
        __threadfence_block();
        y[t] = s[63 - t];
    }
}
KERNEL two_branches(int* y) {  // a __syncwarp() of each branch: all lanes come to one
    __shared__ int s[64];
    int t = threadIdx.x;
    s[t] = t;
    if (t % 2) {
        __syncwarp();
        y[t] = s[t ^ 1];
    } else {
        __syncwarp();
        y[t] = -s[t ^ 1];
    }
}
KERNEL ended_lanes(int* y) {  // a barrier of a warp waits for nobody who has ended
    __shared__ int s[64];
    int t = threadIdx.x;
    if (t % 32 >= 20) return;
    s[t] = t;
    __syncwarp();
    y[t] = s[t ^ 1];
}
KERNEL raised(volatile int* y) {  // who reads the flag too late loses a round, and no more
    for (int i = threadIdx.x; i < 640 && !y[0]; i += blockDim.x) if (i == 333) y[0] = 1;
}

KERNEL stranger(int* y) {
    int v = threadIdx.x;
    if (v % 32 < 16) y[v] = __shfl_sync(0xffff, v, v % 16 + 8, 32);  // @stranger
}
KERNEL block_wide(int* y) { atomicAdd_block(y, threadIdx.x); }  // @block_wide
KERNEL unfenced(volatile int* y) {
    __shared__ bool last;
    if (threadIdx.x == 0) {
        y[blockIdx.x] = 1 + blockIdx.x;  // @written
        last = atomicAdd((int*)&y[60], 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (last && threadIdx.x < gridDim.x) y[32 + threadIdx.x] = 2 * y[threadIdx.x];  // @unfenced
}
__device__ int lock;
KERNEL unfenced_lock(volatile int* y) {  // volatile keeps no order
    if (threadIdx.x == 0) {
        while (atomicCAS(&lock, 0, 1) != 0) {}
        __threadfence();
        y[0] += blockIdx.x;  // @unfenced_lock
        atomicExch(&lock, 0);
    }
}
KERNEL fenced_lock(volatile int* y) {
    if (threadIdx.x == 0) {
        while (atomicCAS(&lock, 0, 1) != 0) {}
        __threadfence();
        y[0] += blockIdx.x;
        __threadfence();
        atomicExch(&lock, 0);
    }
}
KERNEL lock_of_lanes(int* y) {
    while (atomicCAS(y, 0, 1) != 0) {}
    y[1] += threadIdx.x;  // @lock_of_lanes
    atomicExch(y, 0);
}
KERNEL lone_lanes(int* y) {
    if (threadIdx.x % 2) __syncwarp();  // @lone_lanes
    y[threadIdx.x] = __reduce_add_sync(0xffffffff, threadIdx.x);
}

KERNEL zeroed(int* y, int meets) {
    __shared__ int count;
    if (threadIdx.x == 0) count = 0;  // @zeroed
    if (meets) __syncthreads();
    atomicAdd(&count, 1);  // @added
    __syncthreads();
    y[threadIdx.x] = count;
}
KERNEL counted(int* y, int count, int others) {
    __shared__ int s[128];
    int t = threadIdx.x;
    s[t] = t;  // @put
    if (t < 96) asm volatile("bar.sync 1, %0;" :: "r"(count) : "memory");  // @counted
    else asm volatile("bar.sync 1, %0;" :: "r"(others) : "memory");  // @others
    y[t] = s[127 - t];  // @got
}
KERNEL behind(int** rows) { rows[blockIdx.x][threadIdx.x] = rows[blockIdx.x][threadIdx.x + 1]; }
KERNEL halves(__half* sum) { atomicAdd(sum, __float2half(0.01f * (1 + threadIdx.x * blockIdx.x % 97))); }
KERNEL sixteen_bits(__nv_bfloat16* sum) {
    atomicAdd(sum, __float2bfloat16((threadIdx.x * 37 + blockIdx.x * 11) % 97 - 47.3f));
}
struct Hit { float at; float normal[6]; int* of; };  // 4 bytes in it belong to nothing
__device__ __noinline__ bool hit(Hit& found, int i, int* y) {
    for (int n = 0; n < 6; n++) found.normal[n] = n;
    found.at = i;
    found.of = y + i;
    return i % 3 == 0;
}
__device__ __noinline__ void last_hit(Hit& best, int* y) {
    Hit found;
    for (int i = 0; i < 5; i++) if (hit(found, i, y)) best = found;
}
KERNEL filled_up(int* y) {
    Hit best;
    last_hit(best, y + threadIdx.x);
    y[threadIdx.x] = best.at + best.normal[threadIdx.x % 6] + (best.of - y);
}
KERNEL half_filled(int4* y) {
    __shared__ int4 s[32];
    if (threadIdx.x != 7) s[threadIdx.x] = make_int4(1, 2, 3, threadIdx.x);
    __syncthreads();
    if (blockIdx.x == 0 && threadIdx.x < 16) y[15 - threadIdx.x] = s[threadIdx.x];  // @half_filled
}
KERNEL swapped(float* a, float* b, int n, int whole) {
    auto grid = cooperative_groups::this_grid();
    for (int step = 0; step < 3; step++) {
        for (int i = grid.thread_rank(); i < n; i += grid.size()) b[i] = a[max(i - 1, 0)] + a[min(i + 1, n - 1)];
        if (whole) grid.sync(); else __syncthreads();
        float* c = a; a = b; b = c;
    }
}
"""
CLEAN = ["sum_by_swaps", "largest_by_swaps", "sub_mask", "clocks", "selected", "warp_to_warp", "two_branches"]
CLEAN += ["ended_lanes", "raised", "filled_up", "fenced_lock"]
WRONG = {
    "stranger": ("inactive lane", "reads lane 16 of its warp, which its mask does not name"),
    "block_wide": ("race between blocks", "changes element 0 of y"),
    "half_filled": ("uninitialised read", "element 28 of the shared array s"),
    "unfenced": ("race between blocks", "put __threadfence() before it"),
    "unfenced_lock": ("race between blocks", "put __threadfence() before it"),
    "lone_lanes": ("inactive lane", "__syncwarp() names the lanes 0, 2, 4, 6"),
}


def line(mark):
    return next(n for n, text in enumerate(KERNELS.split("\n"), 1) if text.endswith(f"// @{mark}"))


@pytest.fixture
def check(module, glass):
    return lambda name, grid, block, *args: module.get_function(name).check((grid,), (block,), args)


@pytest.mark.parametrize("name", CLEAN)
def test_what_only_seems_wrong_is_left_alone(check, name):
    y = gpu.zeros(64, np.float64 if name == "sum_by_swaps" else np.int32)
    report = check(name, 3 if name == "sum_by_swaps" else 1, 64, y)
    assert report == [] and report.notes == []


@pytest.mark.parametrize("name", WRONG)
def test_what_a_plain_run_does_not_show_is_found(check, name):
    (found,) = check(name, 5, 32, gpu.zeros(64, np.int32))
    kind, says = WRONG[name]
    assert (found.kind, found.line) == (kind, line(name)) and says in found.text
    if name == "unfenced":
        assert found.other_line == line("written") and found.array == "y" and found.block != found.other_block


def test_of_a_lock_without_a_fence_the_fence_is_what_is_missing(check):
    (found,) = check("lock_of_lanes", 1, 32, gpu.zeros(2, np.int32))
    assert (found.kind, found.line, found.other_line) == ("race within a warp", *[line("lock_of_lanes")] * 2)
    assert found.text.endswith("if a lock or a flag orders the two, put __threadfence() before its atomic")


@pytest.mark.parametrize("threads", [32, 64])
def test_a_counter_is_zeroed_before_the_others_add(check, threads):
    assert check("zeroed", 1, threads, gpu.zeros(64, np.int32), 1) == []
    report = check("zeroed", 1, threads, gpu.zeros(64, np.int32), 0)
    assert {f.kind for f in report} == {"race within a warp"} | ({"race"} if threads > 32 else set())
    assert all({f.line, f.other_line} == {line("zeroed"), line("added")} for f in report)


@pytest.mark.parametrize(("count", "others"), [(128, 128), (96, 96), (128, 96)])
def test_a_barrier_counts_and_opens_for_no_more(check, count, others):
    report = check("counted", 1, 128, gpu.zeros(128, np.int32), count, others)
    found = {f.kind: f for f in report}
    if count == others == 128:
        assert report == []
    elif count == others:  # three warps go on, the fourth waits for ever
        assert set(found) == {"race", "deadlock"} and "waits at barrier 1 for 96 threads" in found["deadlock"].text
        assert {found["race"].line, found["race"].other_line} == {line("put"), line("got")}
    else:
        disagree = found["divergent barrier"]
        assert {disagree.line, disagree.other_line} == {line("counted"), line("others")}
        assert "96 threads at barrier 1" in disagree.text and disagree.thread != disagree.other_thread


def test_arrays_that_only_memory_points_to_are_watched_too(check):
    rows = [gpu.zeros(65, np.int32) for _ in range(2)]
    report = check("behind", 2, 64, gpu.asarray(np.array([row.pointer for row in rows], np.uint64)))
    assert {f.kind for f in report} == {"race", "race within a warp"}
    assert {f.array for f in report} == {"memory behind a pointer"} and all(f.index is not None for f in report)


@pytest.mark.parametrize(("name", "dtype"), [("halves", np.float16), ("sixteen_bits", np.uint16)])
def test_the_sum_of_short_floats_rounds_more(check, name, dtype):
    report = check(name, 30, 32, gpu.zeros(1, dtype))
    assert report == [] and re.match("sum differs in its last digits", report.notes[0])


@pytest.mark.parametrize("whole", [1, 0])
def test_pointers_that_change_places_keep_their_arrays_names(check, whole):
    n = 300
    report = check("swapped", 3, 64, gpu.asarray(np.arange(n, dtype=np.float32)), gpu.zeros(n), n, whole)
    assert {f.kind for f in report} == (set() if whole else {"race between blocks"})
    assert {f.array for f in report} <= {"a", "b"}


CUB = r"""
#include <cub/block/block_reduce.cuh>
extern "C" __global__ void twice(const int* x, int* y) {
    using Reduce = cub::BlockReduce<int, 128>;
    __shared__ typename Reduce::TempStorage memory;
    int sum = Reduce(memory).Sum(x[threadIdx.x]);
#ifdef MENDED
    __syncthreads();
#endif
    int more = Reduce(memory).Sum(x[threadIdx.x] + 1);
    if (threadIdx.x == 0) { y[0] = sum; y[1] = more; }
}
"""


@pytest.mark.parametrize("mended", [True, False])
def test_the_memory_of_a_library_is_used_again_after_a_barrier(glass, mended):
    kernel = gpu.compile("#define MENDED\n" * mended + CUB, "cub.cu").get_function("twice")
    x, y = np.arange(128, dtype=np.int32), gpu.zeros(2, np.int32)
    report = kernel.check((1,), (128,), (gpu.asarray(x), y))
    assert {f.kind for f in report} == (set() if mended else {"race"}) and len(report) <= 1
    assert all(f.array == "memory" and {f.line, f.other_line} <= {6, 10} for f in report)
    assert y.get().tolist() == [x.sum(), x.sum() + 128]
