"""At a barrier every thread of a block waits for all the others that have not returned."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu


@pytest.mark.parametrize("threads", [32, 256, 100, 1024])
def test_a_tree_of_sums_needs_its_barriers_and_gets_them(device, threads):
    source = """KERNEL(const float* x, float* out, int n) {
        __shared__ float s[1024];
        int t = threadIdx.x;
        s[t] = x[blockIdx.x * n + t];
        __syncthreads();
        for (int reach = 512; reach > 0; reach /= 2) {
            if (t < reach && t + reach < n) s[t] += s[t + reach];
            __syncthreads();
        }
        if (t == 0) out[blockIdx.x] = s[0];
    }"""
    x = np.random.default_rng(3).integers(-1000, 1000, (7, threads)).astype(np.float32)
    out = gpu.zeros(7)
    run(source, (7,), (threads,), gpu.asarray(x), out, threads)
    assert (out.get() == x.sum(axis=1)).all()


@pytest.mark.parametrize("threads", [64, 200])
def test_a_running_sum_reads_before_anyone_overwrites(device, threads):
    source = """KERNEL(const int* x, int* out) {
        extern __shared__ int s[];
        int t = threadIdx.x;
        s[t] = x[t];
        __syncthreads();
        for (int reach = 1; reach < blockDim.x; reach *= 2) {
            int left = 0;
            if (t >= reach) left = s[t - reach];
            __syncthreads();
            s[t] += left;
            __syncthreads();
        }
        out[t] = s[t];
    }"""
    x = np.random.default_rng(4).integers(-99, 99, threads).astype(np.int32)
    out = gpu.zeros(threads, np.int32)
    run(source, (1,), (threads,), gpu.asarray(x), out, shared_mem=4 * threads)
    assert (out.get() == np.cumsum(x)).all()


def test_threads_that_returned_count_as_arrived(device):
    source = """KERNEL(int* out, int leave) {
        __shared__ int s[128];
        int t = threadIdx.x;
        out[t] = -1;
        if (t % leave == 1 || t / 32 == 2) return;  // some lanes of every warp, and the whole of one
        s[t] = t;
        __syncthreads();
        int sum = 0;
        for (int i = t % 4; i < 128; i += leave) sum += i % leave != 1 && i / 32 != 2 ? s[i] : 0;
        __syncthreads();
        out[t] = sum;
    }"""
    out, t = gpu.zeros(128, np.int32), np.arange(128)
    run(source, (1,), (128,), out, 3)
    stays = (t % 3 != 1) & (t // 32 != 2)
    sums = [sum(i for i in range(k % 4, 128, 3) if stays[i]) for k in t]
    assert (out.get() == np.where(stays, sums, -1)).all()


def test_barriers_in_branches_and_loops_that_a_whole_block_takes(device):
    source = """KERNEL(int* out, int n) {
        __shared__ int s[96];
        int t = threadIdx.x;
        s[t] = t;
        __syncthreads();
        for (int i = 0; i <= blockIdx.x; ++i) {      // each block its own number of rounds
            int next = s[(t + 1) % 96] + (t % 2 ? i : -i);
            if (n > i) __syncthreads();
            if (t % 3 == 0) next += 1;
            else for (int j = 0; j < t % 5; ++j) next += j;
            __syncthreads();
            s[t] = next;
            __syncthreads();
        }
        out[blockIdx.x * 96 + t] = s[t];
    }"""
    out, t = gpu.zeros((6, 96), np.int32), np.arange(96)
    run(source, (6,), (96,), out, 100)
    s = t.copy()
    extra = np.where(t % 3 == 0, 1, (t % 5) * (t % 5 - 1) // 2)
    for i, got in enumerate(out.get()):
        s = s[(t + 1) % 96] + np.where(t % 2, i, -i) + extra
        assert (got == s).all()


def test_warps_may_wait_at_different_lines(device):
    source = """KERNEL(int* out) {
        __shared__ int s[64];
        int t = threadIdx.x;
        s[t] = t;
        if (t < 32) { __syncthreads(); out[t] = s[t + 32]; }
        else { s[t] += 100; __syncthreads(); out[t] = s[t - 32]; }
    }"""
    out = gpu.zeros(64, np.int32)
    run(source, (1,), (64,), out)
    assert (out.get() == [*range(132, 164), *range(32)]).all()
