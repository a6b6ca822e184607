"""Atomics: every operation, type, scope and order, in global and shared memory, gives the old value and leaves the new.

The lanes of the tests have a place each, so that what they meet there is known; then many meet in one.
"""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu

N = 96
TYPES = {"u32": np.uint32, "s32": np.int32, "u64": np.uint64, "s64": np.int64, "f32": np.float32, "f64": np.float64}
TYPES |= {"b32": np.uint32, "b64": np.uint64, "b16": np.uint16, "f16": np.float16}
C = {16: ("unsigned short", "h"), 32: ("unsigned", "r"), 64: ("unsigned long long", "l")}
MEANINGS = {
    "add": lambda old, x, y: old + x,
    "min": lambda old, x, y: np.fmin(old, x),
    "max": lambda old, x, y: np.fmax(old, x),
    "and": lambda old, x, y: old & x,
    "or": lambda old, x, y: old | x,
    "xor": lambda old, x, y: old ^ x,
    "exch": lambda old, x, y: x,
    "cas": lambda old, x, y: np.where(old == x, y, old),
    "inc": lambda old, x, y: np.where(old >= x, 0, old + 1).astype(old.dtype),
    "dec": lambda old, x, y: np.where((old == 0) | (old > x), x, old - 1).astype(old.dtype),
}
FORMS = [("add", t) for t in ("u32", "s32", "u64", "f32", "f64", "f16")]
FORMS += [(o, t) for o in ("min", "max") for t in ("u32", "s32", "u64", "s64")]
FORMS += [(o, t) for o in ("and", "or", "xor", "exch", "cas") for t in ("b32", "b64")]
FORMS += [("cas", "b16"), ("inc", "u32"), ("dec", "u32")]
SCOPES = ["", "relaxed.gpu", "acquire.cta", "release.sys", "acq_rel.gpu", "acq_rel.cluster"]


def numbers(kind, rng):
    dtype = TYPES[kind]
    if kind[0] == "f":
        return (rng.integers(-40, 40, N) / 8).astype(dtype)
    low = -50 if kind[0] == "s" else 0
    return rng.integers(low, 50, N).astype(dtype)  # often equal, so that cas meets what it expects


@pytest.mark.parametrize("space", ["global", "shared", ""])
def test_every_atomic_does_what_it_says(device, space):
    rng, lines, arrays, expected = np.random.default_rng(5), [], [], []
    for i, (operation, kind) in enumerate(FORMS):
        dtype, bits = TYPES[kind], 8 * TYPES[kind]().itemsize
        c_type, letter = C[bits]
        x, y, old = (numbers(kind, rng) for _ in "xyz")
        x[::2] = old[::2] if operation == "cas" else x[::2]
        scope = SCOPES[i % len(SCOPES)]
        type_ = "noftz.f16" if kind == "f16" else kind
        parts = lambda verb, scope: ".".join(p for p in (verb, scope, space, operation, type_) if p)  # noqa: B023, E731
        third, given = (", %3", f', "{letter}"(y)') if operation == "cas" else ("", "")
        where = '"r"(A(at))' if space == "shared" else '"l"(at)'
        begin = "__shared__ T s[96]; s[t] = place[t]; T* at = s + t;" if space == "shared" else "T* at = place + t;"
        begin, end = f"{{ typedef {c_type} T; T* place = (T*)p{i}; {begin}", "place[t] = *at; }"
        asked = f"""asm volatile("{parts("atom", scope)} %0, [%1], %2{third};" : "={letter}"(d)
                    : {where}, "{letter}"(x){given});"""
        lines.append(f"""{begin} T x = place[{N} + t], y = place[{2 * N} + t], d;
            if (t % 3) {asked} else {asked}
            place[{3 * N} + t] = d; {end}""")
        if operation not in ("exch", "cas"):  # once more, without asking for the old value
            weaker = scope.replace("acq_rel", "release").replace("acquire", "relaxed")  # it reads nothing to acquire
            lines.append(f"""{begin} T y = place[{2 * N} + t];
            asm volatile("{parts("red", weaker)} [%0], %1;" :: {where}, "{letter}"(y)); {end}""")
        new = MEANINGS[operation](old, x, y).astype(dtype)
        new = new if operation in ("exch", "cas") else MEANINGS[operation](new, y, y).astype(dtype)
        arrays.append(gpu.asarray(np.concatenate([old, x, y, np.zeros(N, dtype)])))
        expected.append((old, new))
    parameters = ", ".join(f"void* p{i}" for i in range(len(FORMS)))
    source = "#define A(p) (unsigned)__cvta_generic_to_shared(p)\n" + f"KERNEL({parameters}) {{ int t = threadIdx.x;"
    run(source + "\n".join(lines) + "}", (1,), (N,), *arrays)
    for form, array, (old, new) in zip(FORMS, arrays, expected, strict=True):
        got = array.get().reshape(4, N)
        assert (got[0] == new).all() and (got[3] == old).all(), form


def test_vectors_of_atomics_change_each_element(device):
    source = """KERNEL(float2* a, float4* b, unsigned* h, float4* back) {
        int t = threadIdx.x;
        atomicAdd(a, make_float2(1, t));
        if (t == 5) *back = atomicAdd(b, make_float4(1, 2, 3, 4));
        asm volatile("red.global.add.v4.f32 [%0], {%1, %1, %1, %1};" :: "l"(b), "f"(0.5f));
        asm volatile("red.global.add.noftz.v2.f16x2 [%0], {%1, %2};" :: "l"(h), "r"(0x3c003800), "r"(0x40003c00));
        asm volatile("red.global.max.noftz.v4.bf16 [%0], {%1, %1, %1, %1};" :: "l"(h + 2), "h"((short)(0x3f80 + t)));
        asm volatile("{ .reg .b16 x, y; atom.global.min.noftz.v2.f16 {x, y}, [%0], {%1, %2}; }"
                     :: "l"(h + 4), "h"((short)(0x4000 - t)), "h"((short)0xc000));
    }"""
    a, b, back = gpu.zeros(2), gpu.asarray(np.array([10, 20, 30, 40], np.float32)), gpu.zeros(4)
    h = gpu.asarray(np.array([0, 0, 0, 0, 0x7C007C00], np.uint32))
    run(source, (1,), (40,), a, b, h, back)
    assert a.get().tolist() == [40, 780] and b.get().tolist() == [31, 42, 53, 64]
    assert back.get()[0] - 10 == back.get()[3] - 40  # some threads of the second warp may have been before
    assert h.get()[:2].view(np.float16).tolist() == [20, 40, 40, 80]
    assert h.get()[2:4].view(np.uint16).tolist() == [0x3F80 + 39] * 4
    assert h.get()[4:].view(np.uint16).tolist() == [0x4000 - 39, 0xC000]


def test_many_threads_meet_in_one_place(device):
    source = """__device__ float atomic_most(float* p, float x) {  // as in NVIDIA's guide, by compare and swap
        int* bits = (int*)p; int old = *bits, assumed;
        do { assumed = old; old = atomicCAS(bits, assumed, __float_as_int(fmaxf(x, __int_as_float(assumed)))); }
        while (old != assumed);
        return __int_as_float(old);
    }
    KERNEL(const float* x, float* most, double* sum, int* seen, unsigned* ticket, int n) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        if (i >= n) return;
        atomic_most(most, x[i]);
        atomicAdd(sum, (double)x[i]);
        seen[atomicInc(ticket, 0xffffffff)] = i;
    }"""
    n = 3001
    x = (np.random.default_rng(6).integers(-4000, 4000, n) / 16).astype(np.float32)
    most, total = gpu.asarray(np.array([-1e9], np.float32)), gpu.zeros(1, np.float64)
    seen, ticket = gpu.zeros(n, np.int32), gpu.zeros(1, np.uint32)
    run(source, (24,), (128,), gpu.asarray(x), most, total, seen, ticket, n)
    assert most.get()[0] == x.max() and total.get()[0] == x.sum(dtype=np.float64) and ticket.get()[0] == n
    assert sorted(seen.get()) == list(range(n))


WIDE = """struct __align__(16) Wide { long long a, b; };
    KERNEL(Wide* place, Wide* seen, Wide* shared_seen) {
        __shared__ Wide s; int t = threadIdx.x;
        if (t == 0) s = Wide{-1, -1};
        __syncthreads();
        seen[t] = atomicExch(place, Wide{t, t * t});
        if (t % 3 == 0) shared_seen[t] = atomicCAS(&s, Wide{t ? t - 3 : -1, t ? (t - 3) * 7ll : -1}, Wide{t, t * 7ll});
        __syncthreads();
        if (t == 0) place[1] = s;
    }"""


def test_numbers_of_128_bits_are_exchanged_as_a_whole(device):
    place, seen, shared = gpu.zeros((2, 2), np.int64), gpu.zeros((64, 2), np.int64), gpu.zeros((64, 2), np.int64)
    run(WIDE, (1,), (64,), place, seen, shared)
    t = np.arange(64)
    everything = [*map(tuple, seen.get().tolist()), tuple(place.get()[0].tolist())]
    assert sorted(everything) == sorted([(0, 0), *((i, i * i) for i in t.tolist())])
    last = place.get()[1].tolist()
    assert last[1] == (7 * last[0] if last[0] >= 0 else -1)
    assert (shared.get()[1::3] == 0).all()


def test_threads_that_exchange_128_bits_do_not_race(glass):
    source = WIDE.replace("KERNEL", 'extern "C" __global__ void k')
    arrays = gpu.zeros((2, 2), np.int64), gpu.zeros((64, 2), np.int64), gpu.zeros((64, 2), np.int64)
    report = gpu.compile(source).get_function("k").check((1,), (64,), arrays)
    assert all(finding.kind == "order dependence" for finding in report), report  # who came last stays
