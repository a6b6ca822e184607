"""Barriers in shared memory: a phase ends when all its arrivals and all its bytes are there, whoever brings them."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import KernelTimeout, OutOfBounds

AT = "#define A(p) (unsigned)__cvta_generic_to_shared(p)\n"


class Barrier:
    """The manual's words: counts of arrivals and bytes that are still awaited, and how many phases are over."""

    def __init__(self, count):
        self.expected, self.pending, self.bytes, self.phase = count, count, 0, 0

    def change(self, arrivals=0, more_bytes=0, leave=0):
        self.expected -= leave
        self.pending -= arrivals
        self.bytes += more_bytes
        if self.pending == 0 and self.bytes == 0:
            self.pending, self.phase = self.expected, self.phase + 1


STEPS = {  # instruction -> what it does to the barrier
    "mbarrier.arrive.shared.b64 _, [%0];": {"arrivals": 1},
    "mbarrier.arrive.release.cta.shared::cta.b64 _, [%0], 2;": {"arrivals": 2},
    "mbarrier.arrive.noComplete.shared.b64 _, [%0], 1;": {"arrivals": 1},
    "mbarrier.arrive_drop.shared.b64 _, [%0];": {"arrivals": 1, "leave": 1},
    "mbarrier.arrive.expect_tx.shared.b64 _, [%0], 48;": {"arrivals": 1, "more_bytes": 48},
    "mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%0], 16;": {"more_bytes": 16},
    "mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [%0], 16;": {"more_bytes": -16},
    "mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [%0], 48;": {"more_bytes": -48},
}


@pytest.mark.parametrize("lanes", ["t == 3", "true", "t >= 32"])
def test_phases_end_when_everything_is_there(glass, lanes):
    arrive, two, early, drop, expecting, expect, bytes16, bytes48 = STEPS
    order = [
        arrive,
        early,
        two,
        expecting,
        bytes48,
        arrive,
        two,
        drop,
        arrive,
        two,
        expect,
        arrive,
        early,
        two,
        bytes16,
    ]
    order += [arrive, two, arrive, arrive, expecting, arrive, bytes48, arrive, arrive, arrive, two]
    test = 'asm volatile("{{.reg .pred p; mbarrier.{} p, [%1], %2; selp.u32 %0, 1, 0, p;}}" : "=r"(ok) : "r"(b), {});'
    lines = []
    for step in order:
        lines.append(f'asm volatile("{step}" :: "r"(b));')
        for parity in (0, 1):
            lines.append(test.format("test_wait.parity.shared.b64", f'"r"({parity})') + " seen = seen << 1 | ok;")
        lines.append("out[at * 64 + t] = seen; at++;")
    source = f"""{AT}KERNEL(unsigned* out) {{
        __shared__ unsigned long long barrier[64];
        int t = threadIdx.x, at = 0; unsigned b = A(barrier + t), ok, seen = 0;
        asm volatile("mbarrier.init.shared.b64 [%0], 4;" :: "r"(b));
        if ({lanes}) {{ {" ".join(lines)} }}
        asm volatile("mbarrier.inval.shared.b64 [%0];" :: "r"(b));
    }}"""
    out = gpu.zeros((len(order), 64), np.uint32)
    run(source, (1,), (64,), out)
    barrier, seen, t = Barrier(4), 0, np.arange(64)
    here = {"t == 3": t == 3, "true": t >= 0, "t >= 32": t >= 32}[lanes]
    for step, got in zip(order, out.get(), strict=True):
        barrier.change(**STEPS[step])
        for parity in (0, 1):
            seen = (seen << 1 | (barrier.phase % 2 != parity)) & 0xFFFFFFFF
        assert (got == np.where(here, seen, 0)).all(), step


@pytest.mark.parametrize("wait", ["test_wait", "try_wait"])
def test_warps_wait_for_the_phase_of_their_own_arrival(device, wait):
    source = f"""{AT}KERNEL(int* out, int rounds) {{
        __shared__ unsigned long long barrier; __shared__ int s[96];
        int t = threadIdx.x, sum = 0; unsigned b = A(&barrier), done; unsigned long long state;
        if (t == 0) asm volatile("mbarrier.init.shared.b64 [%0], 96;" :: "r"(b));
        __syncthreads();
        for (int i = 0; i < rounds; ++i) {{
            if (i % 2 == 0) s[t] = i + t; else sum += s[95 - t];
            asm volatile("mbarrier.arrive.shared.b64 %0, [%1];" : "=l"(state) : "r"(b) : "memory");
            do asm volatile("{{.reg .pred p; mbarrier.{wait}.shared.b64 p, [%1], %2; selp.u32 %0, 1, 0, p;}}"
                            : "=r"(done) : "r"(b), "l"(state) : "memory"); while (!done);
        }}
        out[t] = sum;
    }}"""
    out = gpu.zeros(96, np.int32)
    run(source, (1,), (96,), out, 20)
    assert (out.get() == sum(range(0, 20, 2)) + 10 * (95 - np.arange(96))).all()


BULK = (
    AT
    + """KERNEL(const int* x, int* out, int bytes, int waits) {
    __shared__ __align__(16) int s[64]; __shared__ unsigned long long barrier;
    int t = threadIdx.x; unsigned b = A(&barrier), done = 0;
    s[t] = -5;
    if (t == 0) asm volatile("mbarrier.init.shared.b64 [%0], 1;" :: "r"(b));
    __syncthreads();
    if (t == 0) {
        asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
                     :: "r"(A(s)), "l"(x), "r"(bytes), "r"(b) : "memory");
        asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" :: "r"(b), "r"(bytes) : "memory");
    }
    while (waits && !done)
        asm volatile("{.reg .pred p; mbarrier.try_wait.parity.shared.b64 p, [%1], 0; selp.u32 %0, 1, 0, p;}"
                     : "=r"(done) : "r"(b) : "memory");
    out[t] = s[t];
}"""
)


def test_a_bulk_copy_is_there_when_its_barrier_says_so_and_not_before(glass):
    x, out = np.arange(100, 164, dtype=np.int32), gpu.zeros(64, np.int32)
    run(BULK, (1,), (64,), gpu.asarray(x), out, 160, 1)
    assert (out.get() == np.where(np.arange(64) < 40, x, -5)).all()
    run(BULK, (1,), (64,), gpu.asarray(x), out, 160, 0)
    assert (out.get() == -5).all()
    with pytest.raises(OutOfBounds, match="line 10, .*reads the indices 36 to 39 of x"):
        run(BULK, (1,), (64,), gpu.asarray(x[:32]), out, 160, 1)


def test_a_barrier_that_nobody_completes_is_waited_for_until_the_time_limit(glass, monkeypatch):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "0.3")
    with pytest.raises(KernelTimeout):
        run(
            BULK.replace("if (t == 0) {", "if (t == 100) {"),
            (1,),
            (64,),
            gpu.zeros(64, np.int32),
            gpu.zeros(64, np.int32),
            16,
            1,
        )


def test_copies_of_each_thread_arrive_with_it(device):
    source = f"""{AT}KERNEL(const int* x, int* out) {{
        __shared__ int s[64]; __shared__ unsigned long long barrier;
        int t = threadIdx.x; unsigned b = A(&barrier), done; unsigned long long state;
        s[t] = -5;
        if (t == 0) asm volatile("mbarrier.init.shared.b64 [%0], 64;" :: "r"(b));
        __syncthreads();
        asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" :: "r"(A(s + t)), "l"(x + t) : "memory");
        if (t % 2) asm volatile("cp.async.mbarrier.arrive.shared.b64 [%0];" :: "r"(b) : "memory");
        if (t % 2) asm volatile("mbarrier.arrive.shared.b64 %0, [%1];" : "=l"(state) : "r"(b) : "memory");
        else asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" :: "r"(b) : "memory");
        do asm volatile("{{.reg .pred p; mbarrier.try_wait.parity.shared.b64 p, [%1], 0; selp.u32 %0, 1, 0, p;}}"
                        : "=r"(done) : "r"(b) : "memory"); while (!done);
        out[t] = s[63 - t];
    }}"""
    x, out = np.arange(64, dtype=np.int32) * 3, gpu.zeros(64, np.int32)
    run(source, (1,), (64,), gpu.asarray(x), out)
    assert (out.get() == x[::-1]).all()


def test_a_kernel_with_barriers_in_shared_memory_can_be_stepped_through(glass):
    source = """#include <cuda/barrier>
    extern "C" __global__ void k(int* x) {
        __shared__ cuda::barrier<cuda::thread_scope_block> b;
        if (threadIdx.x == 0) init(&b, blockDim.x);
        __syncthreads();
        b.arrive_and_wait();
        x[threadIdx.x] = threadIdx.x;
    }"""
    x = gpu.zeros(32, np.int32)
    steps = gpu.compile(source).get_function("k").step((1,), (32,), (x,))
    assert steps.fault is None and x.get().tolist() == list(range(32))
