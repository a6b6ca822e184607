"""Functions may call themselves and each other, with registers and local arrays of their own in every call."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import OutOfBounds

FUNCTIONS = """
__device__ __noinline__ int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
__device__ int odd(int n);
__device__ __noinline__ int even(int n) { return n == 0 ? 1 : odd(n - 1); }
__device__ __noinline__ int odd(int n) { return n == 0 ? 0 : even(n - 1); }
__device__ __noinline__ float total(const float* x, int n) {  // by quarters, through an array of its own
    float part[4], sum = 0;
    if (n <= 4) {
        for (int i = 0; i < n; i++) part[i] = x[i];
        for (int i = 0; i < n; i++) sum += part[(i + 1) % n];
        return sum;
    }
    int q = n / 4;
    for (int i = 0; i < 4; i++) part[i] = total(x + i * q, i == 3 ? n - 3 * q : q);
    for (int i = 0; i < 4; i++) sum += part[(i + n) & 3];
    return sum;
}
__device__ __noinline__ void sort(int* a, int low, int high) {
    if (low >= high) return;
    int pivot = a[(low + high) / 2], i = low, j = high;
    while (i <= j) {
        while (a[i] < pivot) i++;
        while (a[j] > pivot) j--;
        if (i <= j) { int t = a[i]; a[i++] = a[j]; a[j--] = t; }
    }
    sort(a, low, j);
    sort(a, i, high);
}
"""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@pytest.mark.parametrize("block", [32, 64, 20])
def test_recursion_gives_what_it_gives_elsewhere(device, block):
    source = f"""{FUNCTIONS}
    KERNEL(const float* x, int* out, float* sums) {{
        int t = threadIdx.x;
        out[t] = fib(t % 9) * 10 + even(t);
        sums[t] = total(x, 1 + t);
    }}"""
    x = np.arange(64, dtype=np.float32)
    out, sums = gpu.zeros(block, np.int32), gpu.zeros(block, np.float32)
    run(source, (1,), (block,), gpu.asarray(x), out, sums)
    assert out.get().tolist() == [fib(t % 9) * 10 + (t % 2 == 0) for t in range(block)]
    assert (sums.get() == np.cumsum(x)[:block]).all()


def test_all_threads_may_recurse_alike(device):
    out = gpu.zeros(64, np.int32)
    run(f"{FUNCTIONS} KERNEL(int n, int* out) {{ out[threadIdx.x] = fib(n); }}", (1,), (64,), 10, out)
    assert (out.get() == 55).all()


def test_every_thread_may_sort_its_own_numbers(device):
    source = f"{FUNCTIONS} KERNEL(int* a, int n) {{ sort(a + n * (blockIdx.x * blockDim.x + threadIdx.x), 0, n - 1); }}"
    numbers = np.random.default_rng(3).integers(-99, 99, (40, 25)).astype(np.int32)
    a = gpu.asarray(numbers)
    run(source, (2,), (20,), a, 25)
    assert (a.get() == np.sort(numbers, axis=1)).all()


def test_recursion_without_end_is_stopped_at_the_end_of_the_stack(glass):
    source = """__device__ __noinline__ int down(int n, volatile int* step) {
        return n == 0 ? 0 : 3 * down(n + *step, step) + down(n - *step, step); }
    KERNEL(int* out) { out[threadIdx.x] = down(1 + threadIdx.x, out); }"""
    with pytest.raises(OutOfBounds, match="stack of its functions that call themselves"):
        run(source, (1,), (2,), gpu.zeros(2, np.int32))
