"""`kernel.check`: what each kind of finding names, what is no mistake, and what a report says."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu.errors import LaunchError
from course_lib.matmul import launch

KERNELS = r"""
#include <cuda/barrier>


KERNEL reverse(const float* x, float* y) {
    __shared__ float s[256];
    int t = threadIdx.x, i = blockIdx.x * 256 + t;
    s[t] = x[i];            // line 8
    y[i] = s[255 - t];      // line 9
}
KERNEL reverse_by_step(const float* x, float* y, int one) {  // threadIdx alone does not tell
    __shared__ float s[256];
    int t = threadIdx.x, i = blockIdx.x * 256 + t;
    s[t * one] = x[i];      // line 14
    y[i] = s[255 - t * one];
}
KERNEL total(const float* x, float* sum) { atomicAdd(sum, x[blockIdx.x * blockDim.x + threadIdx.x]); }
KERNEL collect(const int* x, int* y, int* count) {
    if (x[threadIdx.x] > 0) y[atomicAdd(count, 1)] = threadIdx.x;  // line 19
}
KERNEL flag(const float* x, int* found) { if (x[blockIdx.x * blockDim.x + threadIdx.x] > 0) *found = 1; }
KERNEL last(int* y) { *y = threadIdx.x; }  // line 22
KERNEL shift(const float* x, float* y) { int i = blockIdx.x * 64 + threadIdx.x; y[i] = x[i + 1]; }  // line 23
KERNEL add(float* y) { y[threadIdx.x] += 1; }  // line 24
KERNEL gather(const float* x, const int* at, float* y) { y[threadIdx.x] = x[at[threadIdx.x]]; }  // line 25
KERNEL wide(const float4* x, float* y) { float4 v = x[threadIdx.x]; y[threadIdx.x] = v.x + v.y + v.z + v.w; }  // 26
KERNEL local(int* y, int n) {
    int kept[8];
    for (int i = 0; i < n; i++) kept[i] = i;
    y[threadIdx.x] = kept[threadIdx.x % 8];  // line 30
}
KERNEL sides(float* y) {
    if (threadIdx.x < 32) __syncthreads();   // line 33
    else { y[threadIdx.x] = 1; __syncthreads(); }  // line 34
}
KERNEL leavers(float* y, int n) {
    if (threadIdx.x >= n) return;
    __syncthreads();                         // line 38
    y[threadIdx.x] = 1;
}
KERNEL half_warp(int* y) {
    if (threadIdx.x < 16) y[threadIdx.x] = __shfl_down_sync(0xffffffff, threadIdx.x, 1);  // line 42
}
KERNEL bytes(char* y) { y[threadIdx.x] = threadIdx.x; }
KERNEL barrier(const float* x, float* y, int waits) {
    __shared__ float s[64];
    __shared__ cuda::barrier<cuda::thread_scope_block> b;
    int t = threadIdx.x;
    if (t == 0) init(&b, 64);
    __syncthreads();
    for (int round = 0; round < 2; round++) {
        s[t] = x[t] + round;                 // line 52
        b.arrive_and_wait();
        y[t] = s[63 - t];                    // line 54
        if (waits) b.arrive_and_wait();
    }
}
KERNEL says() { printf("%d\n", threadIdx.x); }
KERNEL spins(volatile int* y) { while (*y == 0); }  // line 59
KERNEL says_and_strays(const float* x, float* y) {
    printf("%d\n", threadIdx.x);
    y[threadIdx.x] += 1 + x[threadIdx.x + 1];
}
KERNEL unannounced(float* y) {
    __shared__ cuda::barrier<cuda::thread_scope_block> b;
    if (threadIdx.x == 0) init(&b, 64);      // line 66
    y[threadIdx.x] = 1;
    b.arrive_and_wait();                     // line 68
}
KERNEL first_comes(int* y, int* count, int last) {
    if (atomicAdd(count, 1) == 0) y[abs(last - (int)blockIdx.x)] = 5;  // line 71
}
"""


def numbers(n, dtype=np.float32):
    return gpu.asarray(np.arange(n).astype(dtype))


@pytest.mark.parametrize(("name", "lines", "more"), [("reverse", {8, 9}, ()), ("reverse_by_step", {14, 15}, (1,))])
def test_a_missing_barrier_is_a_race_of_two_lines_and_two_threads(check, name, lines, more):
    report = check(name, (2,), (256,), numbers(512), gpu.zeros(512), *more)
    (found,) = report
    assert found.kind == "race" and {found.line, found.other_line} == lines
    assert found.array == "s" and 0 <= found.index < 256 and found.count > 1
    assert found.thread != found.other_thread and found.block == found.other_block
    assert {found.index, 255 - found.index} == {found.thread[0], found.other_thread[0]}
    assert "__syncthreads()" in found.text and f"element {found.index} of the shared array s" in found.text


def test_results_stay_as_a_plain_run_leaves_them(check, module):
    once, checked = gpu.zeros(8), gpu.zeros(8)
    module.get_function("add")((1,), (8,), (once,))
    assert check("add", (1,), (8,), checked, orders=3) == []
    assert (checked.get() == 1).all() and (once.get() == checked.get()).all()


def test_sums_that_round_in_their_order_are_no_mistake_but_a_note(check):
    x = gpu.asarray(np.random.default_rng(0).standard_normal(4096).astype(np.float32))
    report = check("total", (16,), (256,), x, gpu.zeros(1))
    assert report == [] and len(report.notes) == 1 and report.notes[0].startswith("sum differs in its last digits")
    assert "note: sum" in repr(report) and "sum differs" in report._repr_html_()


@pytest.mark.parametrize("threads", [32, 256])
def test_places_given_to_who_comes_first_depend_on_the_order(check, threads):
    (found,) = check(
        "collect", (1,), (threads,), numbers(threads, np.int32), gpu.zeros(threads, "i4"), gpu.zeros(1, "i4")
    )
    assert found.kind == "order dependence" and found.line == found.other_line == 19 and found.array == "y"
    assert found.thread != found.other_thread and "comes first" not in found.text.split(";")[0]
    assert (
        check(
            "collect",
            (1,),
            (threads,),
            numbers(threads, np.int32),
            gpu.zeros(threads, "i4"),
            gpu.zeros(1, "i4"),
            orders=1,
        )
        == []
    )


@pytest.mark.parametrize("last", [0, 2])
def test_what_only_one_order_writes_names_who_writes_it(check, last):
    (found,) = check("first_comes", (3,), (32,), gpu.zeros(3, np.int32), gpu.zeros(1, np.int32), last)
    assert (found.kind, found.line, found.array, found.index) == ("order dependence", 71, "y", 0)
    assert (found.other_line, found.other_thread) == (None, None) and found.block == (last, 0, 0)
    assert "writes 5 to element 0" in found.text and "nobody writes it, and it stays 0;" in found.text


def test_all_threads_may_write_the_same_value(check):
    assert check("flag", (4,), (64,), numbers(256), gpu.zeros(1, "i4")) == []
    report = check("last", (1,), (64,), gpu.zeros(1, "i4"))
    assert {f.kind for f in report} == {"race", "race within a warp"} and {f.line for f in report} == {22}
    assert all("use an atomic if all" in f.text for f in report)  # lanes that add to one place need one as well


def test_an_access_outside_is_found_and_the_others_go_on(check):
    y = gpu.zeros(128)
    (found,) = check("shift", (2,), (64,), numbers(128), y)
    assert (found.kind, found.line, found.array, found.index) == ("out of bounds", 23, "x", 128)
    assert (found.block, found.thread, found.count) == ((1, 0, 0), (63, 0, 0), 1)
    assert (y.get()[:127] == np.arange(1, 128)).all()
    (found,) = check("gather", (1,), (3,), numbers(4), gpu.asarray(np.array([1, 9, 2], "i4")), gpu.zeros(3))
    assert (found.kind, found.line, found.array, found.index, found.thread) == ("out of bounds", 25, "x", 9, (1, 0, 0))


def test_a_vector_that_begins_in_its_middle_is_misaligned(check):
    (found,) = check("wide", (1,), (3,), numbers(17)[1:], gpu.zeros(3))
    assert (found.kind, found.line, found.array) == ("misaligned", 26, "x") and "multiple of 16 bytes" in found.text


def test_memory_that_nobody_wrote(check, module):
    empty, half = gpu.empty(8), gpu.empty(8)
    (found,) = check("add", (1,), (8,), empty)
    assert (found.kind, found.line, found.array, found.index) == ("uninitialised read", 24, "y", 0) and found.count == 8
    half[:5] = 0
    (found,) = check("add", (1,), (8,), half)
    assert (found.index, found.count) == (5, 3)
    assert check("add", (1,), (8,), half) == []  # the kernel has written it by now
    (found,) = check("local", (1,), (8,), gpu.zeros(8, "i4"), 6)
    assert (found.kind, found.line, found.index, found.count) == ("uninitialised read", 30, 6, 2)


def test_what_another_launch_may_have_written_is_not_called_unwritten(check, module):
    y = gpu.empty(8)
    module.get_function("shift")((1,), (8,), (numbers(64), y))
    assert check("add", (1,), (8,), y) == []


def test_blocks_that_read_what_others_write(check):
    x = numbers(256)
    report = check("shift", (3,), (64,), x, x)  # in place: one array under two names
    assert {f.kind for f in report} == {"race", "race within a warp", "race between blocks"}
    assert {(f.line, f.other_line) for f in report} == {(23, 23)}
    found = next(f for f in report if f.kind == "race between blocks")
    assert abs(found.block[0] - found.other_block[0]) == 1 and {found.thread[0], found.other_thread[0]} == {0, 63}


def test_barriers_that_not_all_threads_reach(check):
    (found,) = check("sides", (1,), (64,), gpu.zeros(64))
    assert found.kind == "divergent barrier" and {found.line, found.other_line} == {33, 34}
    assert {found.thread[0] // 32, found.other_thread[0] // 32} == {0, 1}
    for n in (1, 40, 64):
        (found,) = check("leavers", (1,), (96,), gpu.zeros(96), n)
        assert (found.kind, found.line, found.other_thread) == ("missing threads at a barrier", 38, (n, 0, 0))
    assert check("leavers", (1,), (96,), gpu.zeros(96), 96) == []


def test_lanes_that_are_not_there(check):
    (found,) = check("half_warp", (1,), (32,), gpu.zeros(32, "i4"))
    assert (found.kind, found.line, found.other_thread) == ("inactive lane", 42, (16, 0, 0))
    assert "__shfl_down_sync() names the lanes 16 to 31 of its warp" in found.text


def test_neighbouring_bytes_are_no_race(check):
    assert check("bytes", (1,), (256,), gpu.zeros(256, "i1")) == []


def test_barriers_in_shared_memory_order_what_they_stand_between(check):
    assert check("barrier", (1,), (64,), numbers(64), gpu.zeros(64), 1) == []
    report = check("barrier", (1,), (64,), numbers(64), gpu.zeros(64), 0)
    assert {f.kind for f in report} <= {"race", "race within a warp"} and {52, 54} == {
        report[0].line,
        report[0].other_line,
    }


def test_a_barrier_in_shared_memory_is_there_for_others_only_after_a_barrier(check):
    report = check("unannounced", (1,), (64,), gpu.zeros(64), orders=1)
    assert {f.kind for f in report} == {"race", "race within a warp"} and {f.array for f in report} == {"b"}
    assert all({f.line, f.other_line} == {66, 68} for f in report)


def test_a_kernel_speaks_once(check, capsys):
    assert check("says", (1,), (2,), orders=5) == []
    assert capsys.readouterr().out == "0\n1\n"


def test_a_read_outside_of_what_is_never_written_makes_a_kernel_neither_speak_nor_add_twice(check, capsys):
    y = gpu.zeros(2)
    (found,) = check("says_and_strays", (1,), (2,), numbers(2), y)
    assert (found.kind, found.array, found.index, found.count) == ("out of bounds", "x", 2, 1)
    assert capsys.readouterr().out == "0\n1\n" and y.get().tolist() == [2, 1]


def test_a_kernel_that_never_ends_says_where_it_was(check, monkeypatch):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "0.5")
    (found,) = check("spins", (1,), (1,), gpu.zeros(1, "i4"))
    assert (found.kind, found.line, found.thread) == ("time limit", 59, (0, 0, 0))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"orders": 0}, "orders is an integer of at least 1, but 0 came"),
        ({"orders": 1.5}, "orders is an integer of at least 1, but 1.5 came"),
        ({"seed": -1}, "seed is an integer of at least 0, but -1 came"),
    ],
)
def test_bad_wishes_get_a_sentence(check, options, said):
    with pytest.raises(LaunchError, match=said):
        check("add", (1,), (8,), gpu.zeros(8), **options)


@pytest.mark.parametrize(("rung", "shape"), [("naive", (1, 1, 1)), ("tiled", (17, 23, 31)), ("tiled", (16, 16, 48))])
def test_the_courses_kernels_are_clean(glass, rung, shape):
    m, n, k = shape
    a, b = gpu.asarray(np.ones((m, k), np.float32)), gpu.asarray(np.ones((k, n), np.float32))
    c = gpu.empty((m, n))
    path, defines = (launch.TILED, {"TILE": 16}) if rung == "tiled" else (launch.NAIVE, {})
    kernel = gpu.load(path, **defines).get_function("matmul")
    assert kernel.check((launch.blocks(n, 16), launch.blocks(m, 16)), (16, 16), (a, b, c, m, n, k)) == []
    assert (c.get() == k).all()


def test_a_report_reads_well_and_escapes_the_source(check):
    report = check("reverse", (1,), (256,), numbers(256), gpu.zeros(256))
    assert repr(report).startswith("reverse (kernels.cu), 1 block of 256 threads in 3 orders: 1 finding\n  race (")
    html = report._repr_html_()
    assert "&lt;cuda/barrier&gt;" in html and "<cuda/barrier>" not in html and "http" not in html
    assert repr(check("add", (1,), (8,), gpu.zeros(8))).endswith("no mistake found")
