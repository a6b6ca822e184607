"""Products of matrices of f64, and of types of 8, 4 and 1 bits: every element is where the PTX manual puts it."""

import re

import numpy as np
import pytest
from floating_formats import decode
from gpu_device import run

from course_lib import gpu

WIDTH = {"f64": 64, "e4m3": 8, "e5m2": 8, "s4": 4, "u4": 4, "b1": 1, "f32": 32, "s32": 32, "f16": 16}
# The manual's formulas: (row, column) of element i of A and B in lane `t`, with group g = t / 4 and p = t % 4.
PLACES = {
    ("m8n8k4", 64): (lambda g, p, i: (g, p), lambda g, p, i: (p, g)),
    ("m16n8k4", 64): (lambda g, p, i: (g + 8 * i, p), lambda g, p, i: (p, g)),
    ("m16n8k8", 64): (lambda g, p, i: (g + 8 * (i % 2), p + 4 * (i // 2)), lambda g, p, i: (p + 4 * i, g)),
    ("m16n8k16", 64): (lambda g, p, i: (g + 8 * (i % 2), p + 4 * (i // 2)), lambda g, p, i: (p + 4 * i, g)),
    ("m16n8k16", 8): (lambda g, p, i: (g + 8 * (i >= 4), 4 * p + i % 4), lambda g, p, i: (4 * p + i, g)),
    ("m16n8k32", 8): (
        lambda g, p, i: (g + 8 * (i // 4 % 2), 4 * p + i % 4 + 16 * (i >= 8)),
        lambda g, p, i: (4 * p + i % 4 + 16 * (i >= 4), g),
    ),
    ("m8n8k32", 4): (lambda g, p, i: (g, 8 * p + i), lambda g, p, i: (8 * p + i, g)),
    ("m16n8k32", 4): (lambda g, p, i: (g + 8 * (i >= 8), 8 * p + i % 8), lambda g, p, i: (8 * p + i, g)),
    ("m16n8k64", 4): (
        lambda g, p, i: (g + 8 * (i // 8 % 2), 8 * p + i % 8 + 32 * (i >= 16)),
        lambda g, p, i: (8 * p + i % 8 + 32 * (i >= 8), g),
    ),
    ("m8n8k128", 1): (lambda g, p, i: (g, 32 * p + i), lambda g, p, i: (32 * p + i, g)),
    ("m16n8k128", 1): (lambda g, p, i: (g + 8 * (i >= 32), 32 * p + i % 32), lambda g, p, i: (32 * p + i, g)),
    ("m16n8k256", 1): (
        lambda g, p, i: (g + 8 * (i // 32 % 2), 32 * p + i % 32 + 128 * (i >= 64)),
        lambda g, p, i: (32 * p + i % 32 + 128 * (i >= 32), g),
    ),
}


def c_place(g, p, i):
    return (g + 8 * (i >= 2), 2 * p + i % 2)


def values(bits, kind):
    """The numbers behind the bits of a type."""
    if kind == "f64":
        return bits.view(np.float64)
    if kind in ("e4m3", "e5m2"):
        return np.vectorize(lambda b: decode(int(b), kind))(bits)
    signed = kind == "s4"
    return bits.astype(np.int64) - 16 * (bits >> 3).astype(np.int64) * signed


def words(bits, place, kind):
    """The registers [lane, word] that hold a matrix of bits."""
    register = max(32, WIDTH[kind])
    per = register // WIDTH[kind]
    count = bits.size // 32
    found = np.zeros((32, count // per), f"u{register // 8}")
    for t in range(32):
        for i in range(count):
            found[t, i // per] |= found.dtype.type(int(bits[place(t // 4, t % 4, i)]) << WIDTH[kind] * (i % per))
    return found


FORMS = [(s, "f64", "f64", "f64", "") for s in ("m8n8k4", "m16n8k4", "m16n8k8", "m16n8k16")]
FORMS += [("m16n8k32", a, b, c, "") for a, b in (("e4m3", "e4m3"), ("e5m2", "e4m3")) for c in ("f32", "f16")]
FORMS += [(s, a, b, "s32", "") for s in ("m8n8k32", "m16n8k32", "m16n8k64") for a, b in (("s4", "s4"), ("u4", "s4"))]
FORMS += [(s, "b1", "b1", "s32", f".{o}.popc") for s in ("m8n8k128", "m16n8k128", "m16n8k256") for o in ("and", "xor")]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: ".".join(form))
def test_a_warp_multiplies_fragments_of_other_types(glass, form):
    shape, ta, tb, tc, how = form
    m, n, k = (int(v) for v in shape[1:].replace("n", " ").replace("k", " ").split())
    rng = np.random.default_rng(3)

    def matrix(kind, shape):
        if kind == "f64":
            return rng.standard_normal(shape).view(np.uint64)
        bits = rng.integers(0, 1 << WIDTH[kind], shape)
        return np.where((bits & 0x78) >= 0x48, bits & 0x8F | 0x20, bits) if WIDTH[kind] == 8 else bits  # exact sums

    a, b = matrix(ta, (m, k)), matrix(tb, (k, n))
    dtype = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "s32": np.int32}[tc]
    c = rng.integers(-20, 20, (m, n)).astype(dtype)
    place_a, place_b = PLACES[shape, WIDTH[ta]]
    given = [words(a, place_a, ta), words(b, place_b, tb), words(c.view(f"u{dtype().itemsize}"), c_place, tc)]
    word, letter = ("unsigned long long", "l") if tc == "f64" else ("unsigned", "r")
    counts = [w.shape[1] for w in given]
    count = counts[2]
    names, at = [], count
    for each in counts:
        names.append(f"{{{', '.join(f'%{at + i}' for i in range(each))}}}")
        at += each
    outputs = ", ".join(f"%{i}" for i in range(count))
    reads = ", ".join(f'"{letter}"({v}[t * {x} + {i}])' for v, x in zip("abc", counts, strict=True) for i in range(x))
    writes = ", ".join(f'"={letter}"(d[{i}])' for i in range(count))
    source = f"""KERNEL(const {word}* a, const {word}* b, const {word}* c, {word}* out) {{
        int t = threadIdx.x % 32; {word} d[{count}];
        if (t % 3) out[threadIdx.x * {count}] = 7;  // lanes part, and meet again
        asm volatile("mma.sync.aligned.{shape}.row.col.{tc}.{ta}.{tb}.{tc}{how} {{{outputs}}}, {", ".join(names)};"
                     : {writes} : {reads});
        for (int i = 0; i < {count}; i++) out[threadIdx.x * {count} + i] = d[i];
    }}"""
    out = gpu.zeros((2, 32, count), given[2].dtype)
    run(source, (1,), (64,), *map(gpu.asarray, given), out)
    x, y = values(a, ta), values(b, tb)
    expected = c + ((x[:, :, None] != y[None]).sum(axis=1) if how == ".xor.popc" else x @ y)
    for got in out.get():
        if tc == "f64":  # summed in another order than NumPy's
            for t in range(32):
                for i in range(count):
                    assert abs(got[t, i : i + 1].view(np.float64)[0] - expected[c_place(t // 4, t % 4, i)]) < 1e-13 * k
        else:
            assert (got == words(expected.astype(dtype).view(f"u{dtype().itemsize}"), c_place, tc)).all()


WMMA = """#include <mma.h>
using namespace nvcuda;
KERNEL(const STORED* a, const STORED* b, const SUM* c, SUM* out) {
    wmma::fragment<wmma::matrix_a, 8, 8, K, T, wmma::row_major> fa;
    wmma::fragment<wmma::matrix_b, 8, 8, K, T, wmma::col_major> fb;
    wmma::fragment<wmma::accumulator, 8, 8, K, SUM> fc;
    wmma::load_matrix_sync(fa, a, 2 * K);
    wmma::load_matrix_sync(fb, b, K);
    wmma::load_matrix_sync(fc, c, 8, wmma::mem_row_major);
    MULTIPLY;
    wmma::store_matrix_sync(out, fc, 8, wmma::mem_row_major);
}"""


@pytest.mark.parametrize(
    ("kind", "k", "how"), [("f64", 4, ""), ("s4", 32, ""), ("u4", 32, ""), ("b1", 128, "XOR"), ("b1", 128, "AND")]
)
def test_wmma_multiplies_f64_and_the_smallest_integers(glass, kind, k, how):
    rng = np.random.default_rng(4)
    a, b, c = rng.integers(0, 1 << min(4, WIDTH[kind]), (3, 8, 2 * k))
    b, c = b[:, :k], c[:, :8]
    multiply = "wmma::mma_sync(fc, fa, fb, fc)"
    if kind == "f64":
        stored, dtype, t, x, y = (a.astype(float), b.astype(float)), np.float64, "double", a[:, :k], b.T
    else:
        width, t = WIDTH[kind], f"wmma::experimental::precision::{kind}"
        parts = [m.reshape(8, -1, 32 // width) << width * np.arange(32 // width) for m in (a, b)]
        stored, dtype = [p.sum(axis=2).astype(np.uint32) for p in parts], np.int32
        x, y = values(a[:, :k], kind), values(b.T, kind)
    if how:
        operation = f"wmma::experimental::bmmaBitOp{how}"
        multiply = f"wmma::bmma_sync(fc, fa, fb, fc, {operation}, wmma::experimental::bmmaAccumulateOpPOPC)"
    names = {"STORED": "double" if kind == "f64" else "unsigned", "SUM": "double" if kind == "f64" else "int"}
    source = WMMA
    for name, value in (names | {"K": k, "T": t, "MULTIPLY": multiply}).items():
        source = re.sub(rf"\b{name}\b", str(value), source)
    out = gpu.zeros((8, 8), dtype)
    run(source, (1,), (32,), *map(gpu.asarray, stored), gpu.asarray(c.astype(dtype)), out)
    expected = (x[:, :, None] != y[None]).sum(axis=1) if how == "XOR" else x @ y
    assert (out.get() == c + expected).all()
