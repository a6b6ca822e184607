"""What a kernel says and asks: printf, assert, clocks, lane masks, and which memory an address is in."""

import re

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import KernelTimeout, OutOfBounds, Trap

FORMATS = {
    '"%d %i %5d|%-5d|%05d %+d"': "-7, 42, 3, 4, 5, 6",
    '"%u %x %X %#o %o"': "7u, 255, 255, 8, 8",
    '"%f %.3f %10.2e %g %G %F"': "1.5, 2.0, 12345.678, 0.0001, 1e20, 1.0",
    '"%c%c %s and %10s|%-4s|%.2s"': '\'o\', \'k\', "text", "right", "l", "short"',
    '"%lld %llu %lx %ld"': "-123456789012ll, 18446744073709551615ull, 4096l, 1l",
    '"100%% of %d, %hd %hhd"': "3, 4, 5",
    '"%hhu of %hd, %hhx"': "44, 1000, 255",
    '"%d %f %d %lld %d"': "1, 2.0, 3, 4ll, 5",
}


@pytest.mark.parametrize("text", FORMATS)
def test_printf_writes_what_c_writes(glass, capsys, text):
    values = FORMATS[text]
    run(f"KERNEL() {{ printf({text}, {values}); }}", (1,), (1,))
    python = eval(
        f"({values})".replace("ull", "").replace("ll", "").replace("7u", "7").replace("6l", "6").replace("1l", "1")
    )
    in_python = re.sub(r"(ll|l|hh|h)(?=[dux])", "", eval(text).replace("%#o", "0%o"))
    assert capsys.readouterr().out == in_python % python


def test_printf_tells_threads_apart_and_shows_blocks_in_their_order(glass, capsys):
    source = """KERNEL(float* x) { int i = blockIdx.x * blockDim.x + threadIdx.x;
        if (i % 3) printf("%d is %g\\n", i, x[i]);
        if (i == 5) printf("five: %*d, %.*f\\n", 4, i, 2, x[i]);
    }"""
    x = np.arange(120, dtype=np.float32) / 2
    run(source, (3,), (40,), gpu.asarray(x))
    lines = capsys.readouterr().out.split("\n")
    assert "five:    5, 2.50" in lines
    lines.remove("five:    5, 2.50")
    assert lines == [f"{i} is {i / 2:g}" for i in range(120) if i % 3] + [""]


def test_printf_returns_how_many_values_it_printed_and_works_in_functions(glass, capsys):
    source = """__device__ __noinline__ int say(int k, const char* what) { return printf("%s %d\\n", what, k); }
    KERNEL(int* out) { out[threadIdx.x] = say(threadIdx.x, threadIdx.x ? "more" : "one"); }"""
    out = gpu.zeros(2, np.int32)
    run(source, (1,), (2,), out)
    assert capsys.readouterr().out == "one 0\nmore 1\n" and (out.get() == 2).all()


def test_printf_cuts_a_number_to_the_size_that_its_format_names(glass, capsys):
    run('KERNEL() { printf("%hhd %hhu %hd %hx", 300, 300, 70000, 70000); }', (1,), (1,))
    assert capsys.readouterr().out == "44 44 4464 1170"


def test_a_kernel_that_prints_too_much_is_cut_short_and_one_that_fails_has_been_heard(glass, capsys):
    run('KERNEL() { for (int i = 0; i < 3000; i++) printf("%d is a number, and so is %d\\n", i, i + 1); }', (1,), (32,))
    out = capsys.readouterr().out
    assert 700_000 < len(out) < 1_100_000 and out.endswith("more than 1 MB: the rest is not shown)\n")
    with pytest.raises(OutOfBounds):
        run('KERNEL(int* a) { printf("so far\\n"); a[threadIdx.x + 10] = 1; }', (1,), (1,), gpu.zeros(4, np.int32))
    assert capsys.readouterr().out == "so far\n"


def test_text_printed_before_a_time_limit_is_shown(glass, capsys, monkeypatch):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "0.5")
    with pytest.raises(KernelTimeout):
        run(
            'KERNEL(int* a) { printf("waiting\\n"); while (atomicAdd(a, 0) == 0) {} }',
            (1,),
            (1,),
            gpu.zeros(1, np.int32),
        )
    assert capsys.readouterr().out == "waiting\n"


def test_printing_addresses_that_cannot_be_read_stops_nothing(glass, capsys):
    run('KERNEL() { printf("%s|%d\\n", (const char*)8, 3); printf((const char*)16); }', (1,), (1,))
    assert capsys.readouterr().out == "|3\n"


def test_a_failed_assert_says_what_was_expected_and_where(glass):
    source = """__device__ __noinline__ float root(float x) {
        assert(x >= 0 && "roots of positive numbers");
        return sqrtf(x);
    }
    KERNEL(float* a) {
        assert(threadIdx.x < 64);
        a[threadIdx.x] = root(a[threadIdx.x]);
    }"""
    a = gpu.asarray(np.ones(64, np.float32))
    run(source, (1,), (64,), a)
    a[40:41].fill(-1)
    with pytest.raises(
        Trap, match=r"line 2, .*thread \(40, 0, 0\).*assert\(x >= 0 && \"roots of positive numbers\"\) failed"
    ):
        run(source, (1,), (64,), a)
    a.fill(1)
    with pytest.raises(Trap, match=r"line 6, .*assert\(threadIdx\.x < 64\) failed"):
        run(source, (1,), (65,), a)


def test_clocks_only_grow_and_waiting_for_them_ends(device):
    source = """KERNEL(long long* out) {
        long long start = clock64(); unsigned long long timer; int first = clock();
        asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(timer));
        __nanosleep(100);
        while (clock64() - start < 100000) {}
        unsigned long long later; asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(later));
        out[threadIdx.x] = clock64() > start && later >= timer && clock() != first;
    }"""
    out = gpu.zeros(64, np.int64)
    run(source, (1,), (64,), out)
    assert (out.get() == 1).all()


@pytest.mark.parametrize("block", [32, 20])
def test_lanes_know_their_masks_and_warps_their_numbers(device, block):
    names = ("eq", "lt", "le", "gt", "ge")
    reads = " ".join(
        f'{{ unsigned m; asm volatile("mov.u32 %0, %%lanemask_{n};" : "=r"(m)); out[{i} * 32 + t] = m; }}'
        for i, n in enumerate(names)
    )
    source = f"""KERNEL(unsigned* out, unsigned* numbers) {{
        int t = threadIdx.x; {reads}
        unsigned sm, of, warp, grid;
        asm volatile("mov.u32 %0, %%smid; mov.u32 %1, %%nsmid; mov.u32 %2, %%warpid; mov.u32 %3, %%nwarpid;"
                     : "=r"(sm), "=r"(of), "=r"(warp), "=r"(grid));
        numbers[t] = sm < of && warp < grid;
    }}"""
    out, numbers = gpu.zeros((5, 32), np.uint32), gpu.zeros(block, np.uint32)
    run(source, (1,), (block,), out, numbers)
    lane, bit = np.arange(block)[:, None], np.arange(32)
    masks = [bit == lane, bit < lane, bit <= lane, bit > lane, bit >= lane]
    for name, mask, got in zip(names, masks, out.get(), strict=True):
        assert (got[:block] == (mask * (np.uint64(1) << bit.astype(np.uint64))).sum(1)).all(), name
    assert numbers.get().all()


def test_an_address_knows_which_memory_it_is_in(device):
    spaces = ("shared", "local", "global")
    ask = '{{ asm volatile("{{.reg .pred p; isspacep.{} p, %1; selp.u32 %0, 1, 0, p;}}" : "=r"(in) : "l"(at)); {} }}'
    asks = " ".join(ask.format(space, f"r |= in << {i};") for i, space in enumerate(spaces))
    source = f"""KERNEL(int* out) {{
        __shared__ int s[64]; int own[2], t = threadIdx.x; unsigned in, r = 0;
        s[t] = own[t & 1] = t; __syncthreads();
        int* at = t % 3 == 0 ? s + t : t % 3 == 1 ? own + (t & 1) : out + t;
        {asks}
        out[t] = *at - *at + r;
    }}"""
    out = gpu.zeros(64, np.int32)
    run(source, (1,), (64,), out)
    assert (out.get() == 2 ** (np.arange(64) % 3)).all()


def test_breakpoints_and_triggers_are_passed_by(glass):
    out = gpu.zeros(1, np.int32)
    run(
        'KERNEL(int* a) { __prof_trigger(1); asm volatile("brkpt;"); __threadfence_system(); *a = 1; }', (1,), (1,), out
    )
    assert out.get() == 1


def test_labels_and_names_inside_the_braces_of_assembly_belong_to_each_copy(device):
    halve = """asm volatile("{.reg .pred more; .reg .u32 n<2>; mov.u32 n1, %1; mov.u32 %0, 0;"
        "AGAIN: setp.gt.u32 more, n1, 1; @!more bra DONE; shr.u32 n1, n1, 1; add.u32 %0, %0, 1; bra AGAIN;"
        "DONE:}" : "=&r"(r) : "r"(v));"""
    source = f"""KERNEL(int* out) {{
        unsigned r, v = threadIdx.x + 1, sum = 0;
        {halve} sum += r;
        v *= v;
        {halve} sum += r * 100;
        out[threadIdx.x] = sum;
    }}"""
    out = gpu.zeros(64, np.int32)
    run(source, (1,), (64,), out)
    assert out.get().tolist() == [(v.bit_length() - 1) + 100 * ((v * v).bit_length() - 1) for v in range(1, 65)]
