"""`kernel.check`: the line, the array and its size that a finding names, whatever the compiler made of the code."""

import numpy as np

from course_lib import gpu

KERNELS = r"""
KERNEL from_the_end(const float* x, float* y, int n) {
    extern __shared__ float s[];
    int t = threadIdx.x;
    s[t] = x[t];                             // line 5
    __syncthreads();
    y[t] = s[n - t];                         // line 7
}
KERNEL unrolled(const float* x, float* y) {
    __shared__ float s[64];
    int t = threadIdx.x;
    #pragma unroll
    for (int i = 0; i < 24; i++) s[(t + i) & 63] += x[i];  // line 13
    y[t] = s[t] + x[t];                      // line 14
}
KERNEL copied(const float4* x, float4* y, int n) {
    int t = threadIdx.x;
    float4 v = x[t];                         // line 18
    if (t < n) y[t] = v;                     // line 19
}
__constant__ float fixed[4];
KERNEL writes_a_constant(const float* x) { fixed[threadIdx.x] = x[threadIdx.x]; }
KERNEL either_way(const float* x, float* y) {
    int t = threadIdx.x;                     // here the compiler reads x, in code of both ways
    if (t % 2) y[t] = x[t + 1];              // line 25
    else y[t] = -x[t + 1];                   // line 26
}
"""


def numbers(n):
    return gpu.asarray(np.arange(n, dtype=np.float32))


def test_dynamic_shared_memory_is_named_with_its_size(check):
    (found,) = check("from_the_end", (1,), (32,), numbers(32), gpu.zeros(32), 32, shared_mem=128)
    assert (found.kind, found.line, found.array, found.index, found.thread) == ("out of bounds", 7, "s", 32, (0, 0, 0))
    assert (
        "index 32 of the shared array s, which has 32 elements of 4 bytes (shared_mem=128 at the launch)" in found.text
    )
    found = check("from_the_end", (1,), (40,), numbers(40), gpu.zeros(40), 39, shared_mem=156)[0]
    assert (found.line, found.index, found.thread) == (5, 39, (39, 0, 0))


def test_a_read_that_the_compiler_moved_has_the_line_that_uses_it(check):
    (found,) = check("either_way", (1,), (32,), numbers(32), gpu.zeros(32))
    assert (found.kind, found.array, found.index) == ("out of bounds", "x", 32) and found.line in (25, 26)


def test_an_unrolled_loop_hides_no_other_finding(check):
    report = check("unrolled", (1,), (64,), numbers(40), gpu.zeros(64))
    stray = [f for f in report if f.kind == "out of bounds"]
    assert [(f.line, f.array, f.index, f.count) for f in stray] == [(14, "x", 40, 24)]
    assert len({f.place[0] for f in report}) <= len(report) <= 8 and report.notes == []


def test_a_vector_that_is_only_copied_is_read_where_it_is_read(check):
    report = check("copied", (1,), (8,), numbers(30), gpu.zeros(32), 8)
    assert [(f.line, f.array, f.index) for f in report] == [(18, "x", 28)]
    assert "reads the indices 28 to 31 of x, which has 30 elements" in report[0].text  # 28 alone would be inside
    report = check("copied", (1,), (8,), numbers(32), gpu.zeros(28), 8)
    assert [(f.line, f.array, f.index) for f in report] == [(19, "y", 28)]


def test_a_kernel_that_the_compiler_gave_up_says_why(check):
    (found,) = check("writes_a_constant", (1,), (4,), numbers(4))
    assert found.kind == "trap" and "as to write to __constant__ memory" in found.text and "line 0" not in found.text
