"""Copies of cp.async arrive when their thread waits for them, and not before."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import Misaligned, OutOfBounds

HEAD = """#include <cuda_pipeline.h>
KERNEL(const float* x, float* out) {
    __shared__ __align__(16) float s[256];
    int t = threadIdx.x, n = blockDim.x;
"""


@pytest.mark.parametrize("block", [64, 20])
@pytest.mark.parametrize("size", [4, 8, 16])
def test_a_copy_arrives_when_its_thread_waits(device, size, block):
    words = size // 4
    source = f"""{HEAD}
        __pipeline_memcpy_async(s + t * {words}, x + (n - 1 - t) * {words}, {size});
        __pipeline_commit();
        __pipeline_wait_prior(0);
        __syncthreads();
        for (int i = 0; i < {words}; i++) out[t * {words} + i] = s[(n - 1 - t) * {words} + i];
    }}"""
    x, out = np.arange(block * words, dtype=np.float32), gpu.zeros(block * words, np.float32)
    run(source, (3,), (block,), gpu.asarray(x), out)
    assert (out.get() == x).all()


@pytest.mark.parametrize("lanes", ["true", "t % 3 != 0"])
def test_what_is_read_before_the_wait_is_what_was_there(glass, lanes):
    source = f"""{HEAD}
        s[t] = -1;
        if ({lanes}) {{ __pipeline_memcpy_async(s + t, x + t, 4); __pipeline_commit(); }}
        __syncthreads();
        out[t] = s[t];
        __pipeline_wait_prior(0);
        out[64 + t] = s[t];
    }}"""
    x, out = np.arange(64, dtype=np.float32), gpu.zeros((2, 64), np.float32)
    run(source, (1,), (64,), gpu.asarray(x), out)
    before, after = out.get()
    copied = np.arange(64) % 3 != 0 if "%" in lanes else np.ones(64, bool)
    assert (before == -1).all() and (after == np.where(copied, x, -1)).all()


def test_waiting_leaves_the_latest_groups_on_their_way(glass):
    source = f"""{HEAD}
        for (int k = 0; k < 4; k++) s[k * 32 + t] = -1;
        for (int k = 0; k < 4; k++) {{
            __pipeline_memcpy_async(s + k * 32 + t, x + k * 32 + t, 4);
            __pipeline_commit();
        }}
        for (int left = 3; left >= 0; left--) {{
            if (left == 3) __pipeline_wait_prior(3);
            if (left == 2) __pipeline_wait_prior(2);
            if (left == 1) __pipeline_wait_prior(1);
            if (left == 0) __pipeline_wait_prior(0);
            for (int k = 0; k < 4; k++) out[(3 - left) * 128 + k * 32 + t] = s[k * 32 + t];
        }}
    }}"""
    x, out = np.arange(128, dtype=np.float32), gpu.zeros((4, 4, 32), np.float32)
    run(source, (1,), (32,), gpu.asarray(x), out)
    for waited, stages in enumerate(out.get()):
        for k, stage in enumerate(stages):
            assert (stage == (x[k * 32 : k * 32 + 32] if k <= waited else -1)).all(), (waited, k)


def test_waiting_for_all_needs_no_group_and_another_block_gets_nothing(glass):
    source = f"""{HEAD}
        s[t] = -1;
        if (blockIdx.x == 0) __pipeline_memcpy_async(s + t, x + t, 4);
        if (blockIdx.x == 1) asm volatile("cp.async.wait_all;");
        out[blockIdx.x * 64 + t] = s[t];
        if (blockIdx.x == 2) {{
            __pipeline_memcpy_async(s + t, x + t, 4);
            asm volatile("cp.async.wait_all;");
            out[blockIdx.x * 64 + t] = s[t];
        }}
    }}"""
    x, out = np.arange(64, dtype=np.float32), gpu.zeros((3, 64), np.float32)
    run(source, (3,), (64,), gpu.asarray(x), out)
    assert (out.get() == [[-1] * 64, [-1] * 64, x]).all()


def test_missing_bytes_are_zero_and_are_not_read(device):
    source = f"""{HEAD}
        __pipeline_memcpy_async(s + 4 * t, x + 4 * t, 16, t % 5 * 4);  // the last number: bytes left out
        __pipeline_commit();
        __pipeline_wait_prior(0);
        for (int i = 0; i < 4; i++) out[4 * t + i] = s[4 * t + i];
    }}"""
    x, out = np.arange(1, 129, dtype=np.float32).reshape(32, 4), gpu.zeros((32, 4), np.float32)
    run(source, (1,), (32,), gpu.asarray(x), out)
    given = 4 - np.arange(32)[:, None] % 5
    assert (out.get() == np.where(np.arange(4) < given, x, 0)).all()


def test_a_copy_outside_an_array_or_at_an_odd_address_is_named(glass):
    source = f"""{HEAD}
        __pipeline_memcpy_async(s + 4 * t, x + 4 * t, 16);
        __pipeline_commit(); __pipeline_wait_prior(0);
        out[t] = s[t];
    }}"""
    with pytest.raises(OutOfBounds, match=r"line 6, .*thread \(16, 0, 0\).*reads the indices 64 to 67 of x"):
        run(source, (1,), (32,), gpu.zeros(64, np.float32), gpu.zeros(32, np.float32))
    with pytest.raises(OutOfBounds, match=r"line 6, .*writes the indices 256 to 259 of the shared array s"):
        run(source, (1,), (96,), gpu.zeros(384, np.float32), gpu.zeros(96, np.float32))
    with pytest.raises(Misaligned, match="line 6"):
        run(source, (1,), (16,), gpu.zeros(65, np.float32)[1:], gpu.zeros(32, np.float32))
