"""Memory: every width of load and store, the three spaces, and addresses that wrap around as on a GPU."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import CompileError

VECTORS = {"char": 1, "uchar2": 2, "uchar4": 4, "short": 2, "short2": 4, "ushort4": 8, "int": 4, "int2": 8, "uint4": 16}
VECTORS |= {
    "float": 4,
    "float2": 8,
    "float4": 16,
    "long long": 8,
    "double": 8,
    "double2": 16,
    "longlong2": 16,
    "float3": 12,
}
BYTES = 768  # a multiple of every size


@pytest.mark.parametrize("to, block", [("i", 64), ("place[i]", 64), ("count - 1 - i", 20)])
def test_every_type_is_copied_whole(device, to, block):
    copies = "\n".join(
        f"    {{ int count = {BYTES // size}; for (int i = t; i < count; i += blockDim.x) {{ "
        f"int to = {to.replace('place[i]', f'place[i] % {BYTES // size}')}; "
        f"(({name}*)(out + {k * BYTES}))[to] = ((const {name}*)x)[i]; }} }}"
        for k, (name, size) in enumerate(VECTORS.items())
    )
    x = np.random.default_rng(0).integers(0, 256, BYTES, np.uint8)
    place = np.arange(BYTES, dtype=np.int32) ^ 5  # a permutation of each prefix whose length is a multiple of 8
    out = gpu.zeros((len(VECTORS), BYTES), np.uint8)
    source = (
        f"KERNEL(const unsigned char* x, const int* place, unsigned char* out) {{ int t = threadIdx.x;\n{copies}\n}}"
    )
    run(source, (1,), (block,), gpu.asarray(x), gpu.asarray(place), out)
    for (name, size), copied in zip(VECTORS.items(), out.get(), strict=True):
        count = BYTES // size
        i = np.arange(count)
        moved = {"i": i, "place[i]": place[:count] % count, "count - 1 - i": i[::-1]}[to]
        expected = np.empty((count, size), np.uint8)
        expected[moved] = x.reshape(count, size)
        assert (copied == expected.ravel()).all(), name


def test_numbers_widen_and_narrow_on_their_way_through_memory(device):
    x = np.arange(-80, 80, dtype=np.int64) * 0x0123456789
    small = {f"int{b}": x.astype(f"int{b}") for b in (8, 16, 32)} | {
        f"uint{b}": x.astype(f"uint{b}") for b in (8, 16, 32)
    }
    out = gpu.zeros((10, 160), np.int64)
    narrow = [gpu.zeros(160, t) for t in (np.int8, np.int16, np.int32, np.float32)]
    source = """KERNEL(const long long* x, const signed char* a, const short* b, const int* c,
                   const unsigned char* d, const unsigned short* e, const unsigned* f,
                   long long* out, signed char* o8, short* o16, int* o32, float* of) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        out[i] = a[i]; out[160 + i] = b[i]; out[320 + i] = c[i];
        out[480 + i] = d[i]; out[640 + i] = e[i]; out[800 + i] = f[i];
        out[960 + i] = (unsigned long long)(unsigned)c[i];
        out[1120 + i] = (unsigned char)a[i]; out[1280 + i] = (double)c[i];
        out[1440 + i] = a[i] + (long long)f[i];
        o8[i] = x[i]; o16[i] = x[i]; o32[i] = x[i]; of[i] = (double)c[i] * 2;
    }"""
    for block in (32, 20):
        run(source, (160 // block,), (block,), gpu.asarray(x), *map(gpu.asarray, small.values()), out, *narrow)
        a, b, c, d, e, f = small.values()
        expected = [a, b, c, d, e, f, c.astype(np.uint32), a.astype(np.uint8), c, a.astype(np.int64) + f]
        assert (out.get() == np.array(expected, np.int64)).all()
        assert all((o.get() == x.astype(o.dtype)).all() for o in narrow[:3])
        assert (narrow[3].get() == (c.astype(np.float64) * 2).astype(np.float32)).all()


@pytest.mark.parametrize("block", [(32, 8), (16, 16), (7, 5), (33, 3)])
def test_shared_arrays_of_several_types_and_dimensions_stay_apart(device, block):
    bx, by = block
    out = gpu.zeros((4, bx, by), np.float64)
    source = """KERNEL(double* out) {
        __shared__ float plane[BY][BX + 1];
        __shared__ signed char bytes[BX * BY];
        __shared__ double cube[2][BY][BX];
        __shared__ short3 triples[BY * BX];
        __shared__ bool odd[BY][BX];
        int x = threadIdx.x, y = threadIdx.y, n = y * BX + x, size = BX * BY;
        plane[y][x] = 100 * y + x;
        bytes[n] = n - 60;
        cube[0][y][x] = n + 0.25; cube[1][y][x] = -n;
        triples[n] = make_short3(n, -n, 7);
        odd[y][x] = x + y & 1;
        __syncthreads();
        int m = size - 1 - n, X = m % BX, Y = m / BX;
        out[n] = plane[Y][X];
        out[size + n] = bytes[m] + triples[m].y;
        out[2 * size + n] = cube[0][Y][X] + 1000 * cube[1][y][x];
        out[3 * size + n] = odd[Y][X] ? triples[m].x : -triples[m].z;
    }"""
    run(source, (1,), block, out, BX=bx, BY=by)
    n = np.arange(bx * by)
    m = n[::-1]
    X, Y = m % bx, m // bx
    bytes_ = (m - 60).astype(np.int8)
    expected = [100 * Y + X, bytes_.astype(int) - m, m + 0.25 - 1000 * n, np.where((X + Y) % 2, m, -7)]
    assert (out.get().reshape(4, -1) == np.array(expected)).all()


def test_dynamic_shared_memory_follows_the_static_arrays(device):
    source = """KERNEL(float* out) {
        extern __shared__ double dynamic[];
        __shared__ char first[5];
        float* second = (float*)(dynamic + blockDim.x);
        int t = threadIdx.x, back = blockDim.x - 1 - t;
        dynamic[t] = t; second[t] = -t; if (t < 5) first[t] = 10 * t;
        __syncthreads();
        out[t] = dynamic[back] + 1000 * second[t] + first[t % 5];
    }"""
    for threads in (32, 50):
        out = gpu.zeros(threads)
        run(source, (1,), (threads,), out, shared_mem=12 * threads)
        t = np.arange(threads)
        assert (out.get() == t[::-1] - 1000 * t + 10 * (t % 5)).all()


def test_shared_memory_belongs_to_its_block(device):
    source = """KERNEL(int* out) {
        __shared__ int sum[64];
        sum[threadIdx.x] = blockIdx.x;
        __syncthreads();
        out[blockIdx.x * 64 + threadIdx.x] = sum[63 - threadIdx.x];
    }"""
    out = gpu.zeros((300, 64), np.int32)
    run(source, (300,), (64,), out)
    assert (out.get() == np.arange(300)[:, None]).all()


@pytest.mark.parametrize("block", [32, 45])
def test_local_arrays_belong_to_their_thread(device, block):
    source = """KERNEL(const int* order, int* out) {
        int t = threadIdx.x, mine[8]; double wide[3] = {t + 0.5, t * 2.0, -1.0};
        struct { char c; int i; short s; } record[4];
        for (int i = 0; i < 8; ++i) mine[(i + t) % 8] = i * t;
        for (int i = 0; i < 4; ++i) { record[i].c = i + t; record[i].i = 1000 * i; record[i].s = -t; }
        int k = order[t];
        out[3 * t] = mine[k % 8];
        out[3 * t + 1] = (int)(2 * wide[k % 3]);
        out[3 * t + 2] = record[k % 4].c + record[(k + 1) % 4].i + record[(k + 2) % 4].s;
    }"""
    order = np.random.default_rng(1).integers(0, 100, block).astype(np.int32)
    out = gpu.zeros((block, 3), np.int32)
    run(source, (1,), (block,), gpu.asarray(order), out)
    t = np.arange(block)
    wide = np.stack([t + 0.5, t * 2.0, np.full(block, -1.0)])
    assert (out.get()[:, 0] == (order - t) % 8 * t).all()
    assert (out.get()[:, 1] == 2 * wide[order % 3, t]).all()
    assert (out.get()[:, 2] == (order % 4 + t).astype(np.int8) + 1000 * ((order + 1) % 4) - t).all()


def test_two_pointers_may_point_into_one_array(device):
    source = """KERNEL(float* x, float* y, int n) {
        int i = threadIdx.x;
        if (i < n) { x[i] += 1; y[i] *= 2; x[i] += 10; }
    }"""
    both = gpu.asarray(np.arange(40, dtype=np.float32))
    run(source, (1,), (40,), both, both, 40)
    assert (both.get() == (np.arange(40) + 1) * 2 + 10).all()
    x = gpu.asarray(np.zeros(96, np.float32))
    run(source, (1,), (32,), x[:32], x[64:], 32)
    assert (x.get() == np.repeat([11, 0, 0], 32)).all()


def test_a_pointer_may_be_chosen_by_each_thread(device):
    source = """KERNEL(const float* a, const float* b, float* out) {
        __shared__ float s[64];
        float l[4] = {1, 2, 3, 4};
        int t = threadIdx.x;
        s[t] = 100 + t; l[t % 4] += t;
        __syncthreads();
        const float* either = t % 3 ? a : b;
        const float* any = t % 4 == 0 ? a + t : t % 4 == 1 ? s : t % 4 == 2 ? l : b;
        out[t] = either[t];
        out[64 + t] = any[t % 4];
    }"""
    a, b, t = np.arange(100, dtype=np.float32), -np.arange(100, dtype=np.float32), np.arange(64)
    out = gpu.zeros((2, 64))
    run(source, (1,), (64,), gpu.asarray(a), gpu.asarray(b), out)
    assert (out.get()[0] == np.where(t % 3, t, -t)).all()
    assert (out.get()[1] == np.choose(t % 4, [t, 101, 3 + t, -3])).all()


def test_of_many_writes_to_one_place_one_arrives(device):
    out = gpu.zeros(3, np.int32)
    source = (
        "KERNEL(int* out) { out[0] = threadIdx.x + 1; if (threadIdx.x % 3 == 0) out[1] = threadIdx.x + 1; out[2] = 7; }"
    )
    run(source, (1,), (32,), out)
    one, other, same = out.get()
    assert 1 <= one <= 32 and other % 3 == 1 and same == 7


def test_structs_are_passed_by_value_and_kept_in_arrays(device):
    record = np.dtype([("a", "f4"), ("b", "i2"), ("c", "u1"), ("d", "f8")], align=True)
    given = np.array((1.5, -7, 200, 0.25), record)[()]
    stored = np.array([(i, -i, i, i / 2) for i in range(40)], record)
    source = """
    struct Record { float a; short b; unsigned char c; double d; };
    KERNEL(Record given, const Record* stored, double* out, Record* back) {
        int t = threadIdx.x;
        Record r = stored[t];
        out[t] = given.a + given.b + given.c + given.d + r.a * r.b + r.c + r.d;
        r.b += 1; r.d = given.d; back[t] = r;
    }"""
    out, back = gpu.zeros(40, np.float64), gpu.zeros(40, record)
    run(source, (1,), (40,), given, gpu.asarray(stored), out, back)
    i = np.arange(40.0)
    assert (out.get() == 1.5 - 7 + 200 + 0.25 - i * i + i + i / 2).all()
    assert (back.get()["b"] == 1 - i).all() and (back.get()["d"] == 0.25).all() and (back.get()["a"] == i).all()


def test_constants_and_variables_of_a_module_are_memory_too(device):
    source = """
    __constant__ float weights[4] = {1, 10, 100, 1000};
    __device__ const int offsets[3] = {5, -5, 0};
    KERNEL(float* out) { int t = threadIdx.x; out[t] = weights[t % 4] * t + offsets[t % 3] + weights[2]; }"""
    out, t = gpu.zeros(40), np.arange(40)
    run(source, (1,), (40,), out)
    assert (out.get() == 10.0 ** (t % 4) * t + np.array([5, -5, 0])[t % 3] + 100).all()


def test_dynamic_shared_memory_in_a_source_that_also_calls_functions(device):
    source = """__noinline__ __device__ float twice(float x) { return 2 * x; }
    KERNEL(float* out) {
        extern __shared__ float s[];
        s[threadIdx.x] = twice(threadIdx.x);
        __syncthreads();
        if (out[0] > 1e30f) printf("%f", out[0]);
        out[threadIdx.x] = s[blockDim.x - 1 - threadIdx.x];
    }"""
    out = gpu.zeros(40)
    run(source, (1,), (40,), out, shared_mem=160)
    assert out.get().tolist() == [2.0 * (39 - t) for t in range(40)]


@pytest.mark.parametrize("block", [32, 8, 48])
@pytest.mark.parametrize("turns", ["n", "1 + t % n", "n / 2"], ids=["together", "parting", "never"])
def test_a_variable_that_nobody_wrote_begins_as_garbage_that_shows(glass, block, turns):
    """On a GPU it may be anything, also what another block left there."""
    source = f"""KERNEL(const float* x, float* y, int n)
    {{
        int t = threadIdx.x;
        float sum;
        for (int k = 0; k < {turns}; ++k) sum += x[k] * y[t];
        y[blockIdx.x * blockDim.x + t] = sum;
    }}"""
    y = gpu.zeros(3 * block)
    run(source, (3,), (block,), gpu.asarray(np.ones(64, np.float32)), y, np.int32(1))
    assert np.isnan(y.get()).all()


def test_more_constants_than_a_gpu_has_are_refused_before_anything_runs(device):
    source = "__constant__ float c[{}]; KERNEL(float* o, int i) {{ o[0] = c[i]; }}"
    run(source.format(1 << 14), (1,), (1,), gpu.zeros(1), 5)
    with pytest.raises(
        CompileError, match="take 65540 bytes, but a GPU has 65536 for them; make the largest a __device__"
    ):
        run(source.format((1 << 14) + 1), (1,), (1,), gpu.zeros(1), 5)
