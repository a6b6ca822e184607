"""Threads that wait for other threads, of their warp, block or grid: each has its turn, whoever waits."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import KernelTimeout, LaunchError

GRID = "#include <cooperative_groups.h>\nnamespace cg = cooperative_groups;\n"


@pytest.mark.parametrize(("blocks", "threads"), [(1, 32), (7, 100), (3, 1024), (264, 64)])
def test_a_grid_synchronises_as_a_whole(device, blocks, threads):
    source = (
        GRID
        + """KERNEL(int* x, int* y, int n, int rounds) {
        cg::grid_group grid = cg::this_grid();
        __shared__ int kept;
        if (threadIdx.x == 0) kept = blockIdx.x;
        for (int r = 0; r < rounds; ++r) {
            for (int i = grid.thread_rank(); i < n; i += grid.size()) y[i] = x[n - 1 - i] + i;
            grid.sync();
            for (int i = grid.thread_rank(); i < n; i += grid.size()) x[i] = y[i] + (kept != blockIdx.x);
            grid.sync();
        }
    }"""
    )
    n, rounds = 4999, 3
    x, expected = gpu.asarray(np.arange(n, dtype=np.int32)), np.arange(n)
    run(source, (blocks,), (threads,), x, gpu.empty(n, np.int32), n, rounds)
    for _ in range(rounds):
        expected = expected[::-1] + np.arange(n)
    assert (x.get() == expected).all()


def test_a_grid_that_synchronises_must_fit_on_the_gpu(device):
    source = GRID + "KERNEL(int* x) { cg::this_grid().sync(); }"
    with pytest.raises(LaunchError, match="all its blocks must be on the GPU at once: at most .* but 1000000 came"):
        run(source, (1000, 1000), (1024,), gpu.zeros(1, np.int32))


def test_a_block_waits_for_one_that_begins_later(device):
    source = """KERNEL(volatile int* flags, int* out) {
        __shared__ int s;
        int b = blockIdx.x, before = 0;
        if (threadIdx.x == 0) {
            if (b + 1 < gridDim.x) while ((before = flags[b + 1]) == 0);
            s = before + 1;
        }
        __syncthreads();
        out[b * blockDim.x + threadIdx.x] = s * 1000 + threadIdx.x;
        __syncthreads();
        if (threadIdx.x == 0) flags[b] = s;
    }"""
    blocks = 40  # all fit on a GPU at once
    flags, out = gpu.zeros(blocks, np.int32), gpu.zeros((blocks, 96), np.int32)
    run(source, (blocks,), (96,), flags, out)
    expected = np.arange(blocks, 0, -1)
    assert (flags.get() == expected).all()
    assert (out.get() == expected[:, None] * 1000 + np.arange(96)).all()


@pytest.mark.parametrize(
    "meets", ["__syncthreads_or(t == 0 && flags[b + 1])", "(t || (s = flags[b + 1]), __syncthreads(), s)"]
)
def test_a_block_that_meets_while_it_waits_waits_for_one_that_begins_later(device, meets):
    source = f"""KERNEL(volatile int* flags, int* out) {{
        __shared__ volatile int s;
        int b = blockIdx.x, t = threadIdx.x;
        if (b + 1 < gridDim.x) while (!{meets}) __syncthreads();
        __threadfence();
        __syncthreads();
        out[b * blockDim.x + t] = b + 1 < gridDim.x ? out[(b + 1) * blockDim.x + t] + 1 : t;
        __threadfence();
        __syncthreads();
        if (t == 0) flags[b] = 1;
    }}"""
    blocks = 40
    out = gpu.zeros((blocks, 96), np.int32)
    run(source, (blocks,), (96,), gpu.zeros(blocks, np.int32), out)
    assert (out.get() == np.arange(96) + np.arange(blocks)[::-1, None]).all()


def test_a_running_sum_over_blocks_looks_back(device):
    source = """__device__ unsigned ticket;
    KERNEL(const int* x, int* y, unsigned long long* state, int n) {
        __shared__ int s[128], before, block;
        int t = threadIdx.x;
        if (t == 0) block = atomicAdd(&ticket, 1);
        __syncthreads();
        int i = block * 128 + t;
        s[t] = i < n ? x[i] : 0;
        __syncthreads();
        for (int reach = 1; reach < 128; reach *= 2) {
            int left = t >= reach ? s[t - reach] : 0;
            __syncthreads();
            s[t] += left;
            __syncthreads();
        }
        if (t == 0) {
            int sum = 0;
            if (block) {
                unsigned long long found;
                do found = atomicAdd(&state[block - 1], 0ull); while (!(found >> 32));
                sum = (int)found;
            }
            before = sum;
            atomicExch(&state[block], 1ull << 32 | (unsigned)(sum + s[127]));
        }
        __syncthreads();
        if (i < n) y[i] = s[t] + before;
    }"""
    n = 100_003
    x = np.random.default_rng(0).integers(0, 100, n).astype(np.int32)
    y, blocks = gpu.zeros(n, np.int32), -(-n // 128)
    run(source, (blocks,), (128,), gpu.asarray(x), y, gpu.zeros(blocks, np.uint64), n)
    assert (y.get() == np.cumsum(x)).all()


def test_two_warps_hand_things_over(device):
    source = """KERNEL(int* out, int n) {
        __shared__ volatile int full, box[32];
        int lane = threadIdx.x % 32, sum = 0;
        if (threadIdx.x == 0) full = 0;
        __syncthreads();
        for (int i = 0; i < n; ++i) {
            if (threadIdx.x < 32) {
                while (full == 0);
                sum += box[lane];
            } else {
                while (full == 1);
                box[lane] = i * lane;
            }
            __threadfence_block();
            __syncwarp();
            if (lane == 0) full = threadIdx.x != 0;
            __syncwarp();
        }
        if (threadIdx.x < 32) out[lane] = sum;
    }"""
    out = gpu.zeros(32, np.int32)
    run(source, (1,), (64,), out, 50)
    assert (out.get() == np.arange(32) * (49 * 50 // 2)).all()


LOCKS = {
    "inside the loop": """for (bool done = false; !done;) if (atomicCAS(&lock, 0, 1) == 0) {
        *count += 1; __threadfence(); atomicExch(&lock, 0); done = true; }""",
    "after the loop": """while (atomicCAS(&lock, 0, 1) != 0) __nanosleep(20);
        *count += 1; __threadfence(); atomicExch(&lock, 0);""",
}


@pytest.mark.parametrize("way", LOCKS)
def test_a_lock_lets_one_thread_in_at_a_time(device, way):
    source = f"__device__ int lock; KERNEL(volatile int* count, int* after) {{ {LOCKS[way]} after[threadIdx.x] = 1; }}"
    count, after = gpu.zeros(1, np.int32), gpu.zeros(48, np.int32)
    run(source, (5,), (48,), count, after)
    assert count.get()[0] == 5 * 48 and after.get().all()


def test_waiting_for_what_never_comes_ends_with_the_time_limit(glass, monkeypatch):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "0.3")
    with pytest.raises(KernelTimeout, match="did not end within"):
        run("KERNEL(volatile int* flag) { while (*flag == 0); }", (3,), (64,), gpu.zeros(1, np.int32))
