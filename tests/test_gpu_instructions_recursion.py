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


STRUCTS = """
struct Many { int a[30]; };
struct Mixed { char a, b, c, d; short s; float f[2]; };
__device__ __noinline__ int changed(Many m, int k) { m.a[k] += 1; return m.a[k] + m.a[29 - k]; }  // it has an address
__device__ __noinline__ int piece(Mixed m, int k) { return (&m.a)[k] + m.s + (int)m.f[k & 1]; }
__device__ __noinline__ unsigned together(Mixed m) { unsigned u; memcpy(&u, &m, 4); return u; }  // four members at once
__device__ __noinline__ Many made(int t) { Many m; for (int i = 0; i < 30; i++) m.a[i] = i + t; return m; }
__device__ __noinline__ int chain(Many m, int k) { return k <= 0 ? m.a[5] : m.a[k] + chain(m, k - m.a[k + 1]); }
"""


@pytest.mark.parametrize("block", [32, 20])
def test_structs_are_passed_by_value_however_the_function_reads_them(device, block):
    source = f"""{STRUCTS} KERNEL(int* out) {{
        int t = threadIdx.x;
        Many m = made(t);
        Mixed x = {{(char)t, 2, 3, 4, 5, {{1.5f, 2.5f}}}};
        out[t] = changed(m, t % 29); out[32 + t] = piece(x, t % 4); out[64 + t] = together(x);
        out[96 + t] = chain(m, t % 9); out[128 + t] = m.a[t % 29];
    }}"""
    out, threads = gpu.zeros((5, 32), np.int32), range(block)
    run(source, (1,), (block,), out)

    def chain(m, k):
        return m[5] if k <= 0 else m[k] + chain(m, k - m[k + 1])

    many = [[i + t for i in range(30)] for t in threads]
    changed, piece, together, chained, kept = out.get()[:, :block].tolist()
    assert changed == [m[t % 29] + 1 + m[29 - t % 29] for t, m in enumerate(many)]
    assert piece == [(t, 2, 3, 4)[t % 4] + 5 + t % 2 + 1 for t in threads]
    assert together == [t | 2 << 8 | 3 << 16 | 4 << 24 for t in threads]
    assert chained == [chain(m, t % 9) for t, m in enumerate(many)]
    assert kept == [m[t % 29] for t, m in enumerate(many)]


def test_a_pointer_calls_a_function_of_its_own_kind(device):
    source = """
    typedef float (*Op)(float, float);
    __device__ float plus(float a, float b) { return a + b; }
    __device__ float times(float a, float b) { return a * b; }
    __device__ Op table[2] = {plus, times};
    struct Number {
        int v;
        __device__ int sum(int x) { return v + x; }
        __device__ int product(int x) { return v * x; }
    };
    KERNEL(float* out) {  // two arguments each, of other sizes
        int t = threadIdx.x;
        Number n = {t};
        int (Number::*member)(int) = t % 2 ? &Number::sum : &Number::product;
        out[t] = table[t % 2](t, 3) + 1000 * (n.*member)(5);
    }"""
    out, t = gpu.zeros(32), np.arange(32)
    run(source, (1,), (32,), out)
    assert (out.get() == np.where(t % 2, 3 * t + 1000 * (t + 5), t + 3 + 5000 * t)).all()


def test_a_virtual_function_that_no_class_has_is_not_found(glass):
    source = """struct Shape { virtual __device__ int area() = 0; };
    KERNEL(int* x) { x[0] = ((Shape*)x)->area(); }"""
    with pytest.raises(OutOfBounds, match="belongs to no array"):
        run(source, (1,), (1,), gpu.zeros(4, np.int32))


def test_a_function_that_is_called_may_have_shared_memory_of_its_own(glass):
    source = """
    template <int N> __device__ __noinline__ int turned(int v) {
        __shared__ int s[N];
        s[threadIdx.x] = v;
        __syncthreads();
        int r = s[N - 1 - threadIdx.x];
        __syncthreads();
        return r;
    }
    __device__ __noinline__ void swap(int& a, int& b) { int c = a; a = b; b = c; }
    KERNEL(const int* x, int* out) {
        int t = threadIdx.x, a = turned<64>(x[t]), b = turned<64>(a + t);
        swap(a, b);
        out[t] = 1000 * a + b;
    }"""
    kernel = gpu.compile(source.replace("KERNEL", 'extern "C" __global__ void k')).get_function("k")
    assert kernel.shared_size_bytes >= 256  # before it runs for the first time
    x, out, t = np.random.default_rng(1).integers(0, 99, 64).astype(np.int32), gpu.zeros(64, np.int32), np.arange(64)
    kernel((1,), (64,), (gpu.asarray(x), out))
    a = x[::-1]
    assert (out.get() == 1000 * (a + t)[::-1] + a).all()


def test_small_arguments_are_extended_as_their_type_says(device):
    source = """
    __device__ __noinline__ long long sum(bool b, char c, short s, unsigned char u, int i, long long l) {
        return b + 2ll * c + 3ll * s + 5ll * u + 7ll * i + l; }
    KERNEL(long long* out) { int t = threadIdx.x; out[t] = sum(t & 1, -t, t - 40, 200 + t, -3 * t, 1ll << t); }"""
    out, t = gpu.zeros(32, np.int64), np.arange(32)
    run(source, (1,), (32,), out)
    assert (out.get() == t % 2 - 2 * t + 3 * (t - 40) + 5 * (200 + t) - 21 * t + 2**t).all()


def test_all_that_recursion_costs_has_a_line_of_the_source(glass):
    source = f"""{FUNCTIONS}
    extern "C" __global__ void k(int* out) {{ out[threadIdx.x] = fib(threadIdx.x % 5); }}"""
    profile = gpu.compile(source, "costs.cu").get_function("k").profile((1,), (32,), (gpu.zeros(32, np.int32),))
    assert profile.listing() and all("fib" in line.source for line in profile.listing())
