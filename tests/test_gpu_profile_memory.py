"""Requests to memory are counted as they would be by hand: every lane's address, one warp after the other."""

import numpy as np
import pytest

from course_lib import gpu

TYPES = {"unsigned char": 1, "unsigned short": 2, "float": 4, "double": 8, "float4": 16}
ACCESSES = """
#ifndef A
#define A a
#define B b
#endif
extern "C" __global__ void accesses(const unsigned char* x, float* out, int a, int b, int c, int d)
{
    extern __shared__ __align__(16) char s[];
    int i = A * (int)threadIdx.x + B * (int)threadIdx.y + c;
    float v = 0;
    v += ((const unsigned char*)(x + d))[i];
    v += ((const unsigned short*)(x + d))[i];
    v += ((const float*)(x + d))[i];
    v += ((const double*)(x + d))[i];
    float4 p = ((const float4*)(x + d))[i]; v += p.x + p.y + p.z + p.w;
    v += ((const unsigned char*)(s + d))[i];
    v += ((const unsigned short*)(s + d))[i];
    v += ((const float*)(s + d))[i];
    v += ((const double*)(s + d))[i];
    float4 q = ((const float4*)(s + d))[i]; v += q.x + q.y + q.z + q.w;
    out[threadIdx.y * blockDim.x + threadIdx.x] = v;
}
"""
FIRST = 1 + next(n for n, line in enumerate(ACCESSES.split("\n")) if "v += ((const unsigned char*" in line)
BLOCKS = 3


def by_hand(addresses, size, shared):
    """(requests, sectors, ideal) or (requests, passes, fewest) of all warps of a block; addresses: of its threads."""
    total = np.zeros(3, int)
    for start in range(0, len(addresses), 32):
        warp = [int(a) for a in addresses[start : start + 32]]
        if not shared:
            total += 1, len({a // 32 for a in warp}), -(-len(set(warp)) * size // 32)
            continue
        total[0] += 1
        group = {8: 16, 16: 8}.get(size, 32)
        for first in range(0, len(warp), group):
            words = {w for a in warp[first : first + group] for w in range(a // 4, (a + size - 1) // 4 + 1)}
            banks = [w % 32 for w in words]
            total += 0, max(map(banks.count, banks)), 1
    return tuple(total)


@pytest.mark.parametrize("shape", [(32, 4), (16, 4), (8, 8), (64, 1), (4, 24), (7, 5), (1, 3)])
@pytest.mark.parametrize("known", [(), (1, 0), (2, 33), (0, 1), (-1, 64)])
def test_every_request_costs_what_its_addresses_say(glass, shape, known):
    """known: coefficients that are literals of the source, so that the translator sees them; else several come."""
    defines = dict(zip("AB", known, strict=False))
    kernel = gpu.compile(ACCESSES, **defines).get_function("accesses")
    x, out = gpu.zeros(32768, "u1"), gpu.zeros(shape[0] * shape[1])
    thread_y, thread_x = np.divmod(np.arange(shape[0] * shape[1]), shape[0])
    for a, b, c, d in (
        [(*known, 70, 16)] if known else [(1, 32, 0, 0), (32, 1, 3, 16), (0, 0, 5, 32), (-3, 17, 200, 48)]
    ):
        profile = kernel.profile((BLOCKS,), shape, (x, out, a, b, c, d), shared_mem=32768)
        for n, size in enumerate([*TYPES.values()] * 2):
            line, shared = profile[FIRST + n], n >= len(TYPES)
            expected = by_hand(d + size * (a * thread_x + b * thread_y + c), size, shared)
            space = line.memory["shared" if shared else "global"]
            costs = (space.wavefronts, space.smooth) if shared else (space.sectors, space.ideal)
            assert (space.requests, *costs) == tuple(BLOCKS * e for e in expected), (line.source, a, b, c, d)
            assert space.lanes == BLOCKS * len(thread_x)


MOVING = """
extern "C" __global__ void moving(const float* x, float* out, int n)
{
    __shared__ float s[1024];
    float v = 0;
    for (int step = 1; step <= n; step *= 2) v += x[step * threadIdx.x];
    for (int step = 1; step <= n; step *= 2) v += s[step * threadIdx.x];
    for (int i = 0; i < n; i++) v += x[threadIdx.x + i];
    for (int i = 0; i < n; i++) v += x[threadIdx.x ^ i];
    for (int i = 0; i < n; i++) v += s[(threadIdx.x * 32 + i) & 1023];
    out[threadIdx.x] = v;
}
"""


def test_steps_and_places_may_change_as_the_kernel_runs(glass):
    x, out = gpu.zeros(2048), gpu.zeros(32)
    profile = gpu.compile(MOVING).get_function("moving").profile((5,), (32,), (x, out, 32))
    steps = [2**i for i in range(6)]
    assert profile[6].sectors == 5 * sum(min(32, 4 * s) for s in steps)
    assert profile[7].wavefronts == 5 * sum(steps) and profile[7].worst == 32
    assert profile[8].sectors == 5 * (4 * 4 + 28 * 5)  # four of the 32 places are at a sector's start
    assert profile[9].sectors == 5 * 32 * 4
    assert profile[10].wavefronts == 5 * 32 * 32
    places = {s * t for s in steps for t in range(32)} | set(range(64))
    assert profile.read == 32 * len({4 * p // 32 for p in places}) and profile.written == 4 * 32


TRANSPOSES = """
extern "C" __global__ void transpose(const float* x, float* y)
{
    __shared__ float plain[32][32], padded[32][33], swizzled[32][32];
    int i = threadIdx.x;
    for (int j = threadIdx.y; j < 32; j += 8) plain[j][i] = x[32 * j + i];
    for (int j = threadIdx.y; j < 32; j += 8) padded[j][i] = x[32 * j + i];
    for (int j = threadIdx.y; j < 32; j += 8) swizzled[j][i ^ j] = x[32 * j + i];
    __syncthreads();
    for (int j = threadIdx.y; j < 32; j += 8) y[32 * j + i] = plain[i][j];
    for (int j = threadIdx.y; j < 32; j += 8) y[32 * j + i] = padded[i][j];
    for (int j = threadIdx.y; j < 32; j += 8) y[32 * j + i] = swizzled[i][j ^ i];
    for (int j = threadIdx.y; j < 32; j += 8) y[32 * i + j] = x[32 * j + i];
}
"""


def test_padding_and_swizzling_free_a_transpose_of_bank_conflicts(glass):
    x, y = gpu.asarray(np.arange(1024, dtype="f4").reshape(32, 32)), gpu.zeros((32, 32))
    profile = gpu.compile(TRANSPOSES).get_function("transpose").profile((1,), (32, 8), (x, y))
    assert [profile[line].bank_conflict for line in (6, 7, 8)] == [1, 1, 1]
    assert [profile[line].bank_conflict for line in (10, 11, 12)] == [32, 1, 1]
    assert [profile[line].worst for line in (10, 11, 12)] == [32, 1, 1]
    assert profile[13].sectors == 32 * (4 + 32)  # reads rows, writes columns
    assert profile[13].ideal == 32 * (4 + 4)
    assert (y.get() == x.get().T).all()


def test_bytes_that_nobody_touches_are_not_counted_as_touched(glass):
    source = (
        'extern "C" __global__ void k(const float* x, float* y) { y[16 * threadIdx.x] += x[8 * (threadIdx.x / 2)]; }'
    )
    kernel = gpu.compile(source).get_function("k")
    memory = gpu.zeros(4096)
    profile = kernel.profile((1,), (64,), (memory[8:], memory[1024:]))
    assert profile.written == 64 * 32 and profile.read == 64 * 32 + 32 * 32
    same = kernel.profile((1,), (64,), (memory, memory))
    assert same.written == 64 * 32 and same.read == (64 + 32 - 16) * 32  # of every second sector of x, y reads it too


LOCAL = """
extern "C" __global__ void local(const int* at, float* out)
{
    float own[64];
    for (int i = 0; i < 64; i++) own[i] = i * at[0];
    out[threadIdx.x] = own[at[threadIdx.x]];
}
"""


def test_local_arrays_lie_side_by_side(glass):
    kernel = gpu.compile(LOCAL).get_function("local")
    at, out = gpu.asarray(np.full(32, 7, np.int32)), gpu.zeros(32)
    profile = kernel.profile((1,), (32,), (at, out))
    assert profile[6].requests["local loads"] == 1 and profile[6].memory["local"].sectors == 4
    apart = kernel.profile((1,), (32,), (gpu.asarray(np.arange(32, dtype=np.int32)), out))
    assert apart[6].memory["local"].sectors == 32 and apart[6].local_moved == 32 * 32
    assert profile[5].requests["local stores"] == apart[5].requests["local stores"] > 0
    stores = profile[5].memory["local"]
    assert stores.sectors * 32 == stores.used  # each store of a warp is contiguous
    assert profile[6].memory["global"].requests == 2


ATOMICS = """
extern "C" __global__ void count(const int* x, int* bins, float* sum)
{
    __shared__ int own[64];
    own[threadIdx.x] = 0;
    __syncthreads();
    atomicAdd(&own[x[threadIdx.x]], 1);
    __syncthreads();
    atomicAdd(&bins[threadIdx.x], own[threadIdx.x]);
    atomicAdd(sum, 1.0f);
}
"""


def test_atomics_are_requests_too(glass):
    x, bins, total = gpu.asarray(np.arange(64, dtype="i4") % 2 * 32), gpu.zeros(64, "i4"), gpu.zeros(1)
    profile = gpu.compile(ATOMICS).get_function("count").profile((1,), (64,), (x, bins, total))
    assert profile[7].requests == {"global loads": 2, "shared atomics": 2}
    assert profile[7].wavefronts == 2 * 2  # two words of one bank
    assert profile[9].requests == {"shared loads": 2, "global atomics": 2} and profile[9].sectors == 2 * 4
    assert profile[10].requests["global atomics"] > 0 and profile[10].work["fp32"] > 0
    assert bins.get().sum() == 64 and profile.read == profile.written + 8 * 32 == 17 * 32


def test_constants_move_nothing(glass):
    source = """__constant__ float w[64];
extern "C" __global__ void k(float* x) {
    x[threadIdx.x] = w[threadIdx.x];
}"""
    x = gpu.zeros(64)
    for threads in (64, 40):
        profile = gpu.compile(source).get_function("k").profile((1,), (threads,), (x,))
        assert profile[3].requests == {"const loads": 2, "global stores": 2}
        assert profile[3].sectors == threads // 8 and profile.read == 0
