"""Products of matrices by whole warps agree with NumPy's, and every element is where the PTX manual puts it."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import Misaligned, OutOfBounds, WarpError


def to_bits(values, kind):
    """Numbers as the bits of one element."""
    if kind == "f16":
        return values.astype(np.float16).view(np.uint16).astype(np.uint32)
    if kind == "bf16":
        return values.astype(np.float32).view(np.uint32) >> 16
    if kind in ("f32", "tf32"):
        return values.astype(np.float32).view(np.uint32)
    return values.astype(np.int64).astype(np.uint32) & (0xFF if kind in ("s8", "u8") else 0xFFFFFFFF)


def from_bits(bits, kind):
    if kind == "f16":
        return bits.astype(np.uint16).view(np.float16).astype(np.float64)
    return bits.view(np.float32).astype(np.float64) if kind == "f32" else bits.view(np.int32).astype(np.float64)


PER_WORD = {"f16": 2, "bf16": 2, "tf32": 1, "f32": 1, "s8": 4, "u8": 4, "s32": 1}
# The manual's formulas: (row, column) of element i of A, B and C in lane `t`, with group g = t / 4 and p = t % 4.
A_OF = {
    ("m16n8k16", 2): lambda g, p, i: (g + 8 * (i // 2 % 2), 2 * p + i % 2 + 8 * (i >= 4)),
    ("m16n8k8", 2): lambda g, p, i: (g + 8 * (i >= 2), 2 * p + i % 2),
    ("m16n8k4", 1): lambda g, p, i: (g + 8 * i, p),
    ("m16n8k8", 1): lambda g, p, i: (g + 8 * (i % 2), p + 4 * (i >= 2)),
    ("m8n8k16", 4): lambda g, p, i: (g, 4 * p + i),
    ("m16n8k16", 4): lambda g, p, i: (g + 8 * (i >= 4), 4 * p + i % 4),
    ("m16n8k32", 4): lambda g, p, i: (g + 8 * (i // 4 % 2), 4 * p + i % 4 + 16 * (i >= 8)),
}
B_OF = {
    ("m16n8k16", 2): lambda g, p, i: (2 * p + i % 2 + 8 * (i >= 2), g),
    ("m16n8k8", 2): lambda g, p, i: (2 * p + i, g),
    ("m16n8k4", 1): lambda g, p, i: (p, g),
    ("m16n8k8", 1): lambda g, p, i: (p + 4 * i, g),
    ("m8n8k16", 4): lambda g, p, i: (4 * p + i, g),
    ("m16n8k16", 4): lambda g, p, i: (4 * p + i, g),
    ("m16n8k32", 4): lambda g, p, i: (4 * p + i % 4 + 16 * (i >= 4), g),
}


def c_of(g, p, i):
    return (g + 8 * (i >= 2), 2 * p + i % 2)


def fragments(bits, place, count, per):
    """Registers [lane, word] of a matrix of bits; per: elements in a word."""
    words = np.zeros((32, count // per), np.uint32)
    for t in range(32):
        for i in range(count):
            words[t, i // per] |= np.uint32(bits[place(t // 4, t % 4, i)]) << np.uint32(32 // per * (i % per))
    return words


def gathered(words, shape, kind):
    """The matrix behind the registers of D."""
    result, per = np.zeros(shape), PER_WORD[kind]
    for t in range(32):
        for i in range(words.shape[1] * per):
            bits = words[t, i // per] >> np.uint32(32 // per * (i % per)) & np.uint32((1 << 32 // per) - 1)
            result[c_of(t // 4, t % 4, i)] = from_bits(np.array([bits], np.uint32), kind)[0]
    return result


MMAS = [(shape, "f16", "f16", d, d) for shape in ("m16n8k8", "m16n8k16") for d in ("f16", "f32")]
MMAS += [(shape, "bf16", "bf16", "f32", "f32") for shape in ("m16n8k8", "m16n8k16")]
MMAS += [(shape, "tf32", "tf32", "f32", "f32") for shape in ("m16n8k4", "m16n8k8")]
MMAS += [(s, a, b, "s32", "s32") for s in ("m8n8k16", "m16n8k16", "m16n8k32") for a, b in (("s8", "s8"), ("u8", "s8"))]


@pytest.mark.parametrize("form", MMAS, ids=".".join)
def test_a_warp_multiplies_fragments(device, form):
    shape, ta, tb, td, tc = form
    m, n, k = (int(v) for v in shape[1:].replace("n", " ").replace("k", " ").split())
    per, rng = PER_WORD[ta], np.random.default_rng(1)
    low = {"u8": 0}.get(ta, -8)
    a, b, c = rng.integers(low, 9, (m, k)), rng.integers(-8, 9, (k, n)), rng.integers(-20, 20, (m, n))
    # eighths in floats: with their products and sums still exact in every format here
    scale = 1 if tc == "s32" else 0.125
    na, nb, nc = m * k // 32, k * n // 32, m * n // 32
    words = [fragments(to_bits(a * scale, ta), A_OF[shape, per], na, per)]
    words.append(fragments(to_bits(b * scale, tb), B_OF[shape, per], nb, per))
    words.append(fragments(to_bits(c * scale, tc), c_of, nc, PER_WORD[tc]))
    counts = [w.shape[1] for w in words]
    out = gpu.zeros((2, 32, nc // PER_WORD[td]), np.uint32)
    outputs = ", ".join(f"%{i}" for i in range(out.shape[2]))
    names, at = [], out.shape[2]
    for count in counts:
        names.append(f"{{{', '.join(f'%{at + i}' for i in range(count))}}}")
        at += count
    opcode = f"mma.sync.aligned.{shape}.row.col.{td}.{ta}.{tb}.{tc}"
    reads = ", ".join(f'"r"({v}[t * {n} + {i}])' for v, n in zip("abc", counts, strict=True) for i in range(n))
    writes = ", ".join(f'"=r"(d[{i}])' for i in range(out.shape[2]))
    multiply = f'asm volatile("{opcode} {{{outputs}}}, {", ".join(names)};" : {writes} : {reads});'
    source = f"""KERNEL(const unsigned* a, const unsigned* b, const unsigned* c, unsigned* out) {{
        int t = threadIdx.x % 32; unsigned d[{out.shape[2]}];
        if (t % 3) out[threadIdx.x * {out.shape[2]}] = 7;  // lanes part, and meet again
        {multiply}
        for (int i = 0; i < {out.shape[2]}; i++) out[threadIdx.x * {out.shape[2]} + i] = d[i];
    }}"""
    run(source, (1,), (64,), *map(gpu.asarray, words), out)
    expected = (a @ b) * scale * scale + c * scale
    for got in out.get():
        assert (gathered(got, (m, n), td) == expected).all()


def test_integer_sums_can_be_limited_instead_of_wrapping(device):
    names = "{%0, %1}, {%2}, {%3}, {%4, %5}"
    source = "\n".join(
        f"""KERNEL_{kind}(const unsigned* c, int* out) {{ int d, e; unsigned x = 0x7f7f7f7f;
            asm volatile("mma.sync.aligned.m8n8k16.row.col{sat}.s32.s8.s8.s32 {names};"
                         : "=r"(d), "=r"(e) : "r"(x), "r"(x), "r"(c[0]), "r"(c[1]));
            out[threadIdx.x] = d ^ e; }}"""
        for kind, sat in (("wrap", ""), ("limit", ".satfinite"))
    ).replace("KERNEL_", 'extern "C" __global__ void ')
    module, c = gpu.compile(source), gpu.asarray(np.array([2**31 - 5, 0], np.uint32))
    for name, value in (("wrap", -(2**31) + 16 * 127**2 - 5), ("limit", 2**31 - 1)):
        out = gpu.zeros(32, np.int32)
        module.get_function(name)((1,), (32,), (c, out))
        assert (out.get() == (value ^ 16 * 127**2)).all()


# ---- wmma ----

WMMA = """using namespace nvcuda;
typedef wmma::fragment<wmma::matrix_a, M, N, K, T, wmma::LA> FA;
typedef wmma::fragment<wmma::matrix_b, M, N, K, T, wmma::LB> FB;
typedef wmma::fragment<wmma::accumulator, M, N, K, C> FC;
KERNEL(const S* a, const S* b, const C* c, C* out) {
    __shared__ S shared[M * K];
    for (int i = threadIdx.x; i < M * K; i += blockDim.x) shared[i] = a[i / CA * (CA + 8) + i % CA];
    __syncthreads();
    FA fa; FB fb; FC fc;
    wmma::load_matrix_sync(fa, shared, CA);
    wmma::load_matrix_sync(fb, b, CB + 8);
    wmma::load_matrix_sync(fc, c, N + 8, wmma::mem_row_major);
    wmma::mma_sync(fc, fa, fb, fc);
    for (int i = 0; i < fc.num_elements; i++) fc.x[i] = fc.x[i] > C(0) ? fc.x[i] : C(0);
    wmma::store_matrix_sync(out, fc, M, wmma::mem_col_major);
}"""
TYPES = {
    "half": ("half", "float", np.float16, np.float32),
    "half sums": ("half", "half", np.float16, np.float16),
    "bf16": ("__nv_bfloat16", "float", np.uint16, np.float32),
    "tf32": ("float", "float", np.float32, np.float32),
    "int8": ("signed char", "int", np.int8, np.int32),
    "uint8": ("unsigned char", "int", np.uint8, np.int32),
}


@pytest.mark.parametrize("layouts", ["row row", "row col", "col row"])
@pytest.mark.parametrize("shape", [(16, 16, 16), (32, 8, 16), (8, 32, 16)], ids=str)
@pytest.mark.parametrize("kind", TYPES)
def test_wmma_multiplies_what_it_loads(device, kind, shape, layouts):
    stored, sums, dtype, out_dtype = TYPES[kind]
    if kind == "tf32":
        shape = (16, 16, 8)
    (m, n, k), (la, lb) = shape, layouts.split()
    rng = np.random.default_rng(2)
    low = 0 if kind == "uint8" else -8
    a, b, c = rng.integers(low, 9, (m, k)), rng.integers(low, 9, (k, n)), rng.integers(-99, 99, (m, n))
    scale = 1 if "int" in kind else 0.25

    def stripes(matrix, layout):
        """Rows, or columns, one after another with 8 elements of nothing between."""
        lines = np.pad((matrix if layout == "row" else matrix.T) * scale, ((0, 0), (0, 8)))
        return to_bits(lines, "bf16").astype(np.uint16) if kind == "bf16" else lines.astype(dtype)

    precision = "wmma::precision::tf32" if kind == "tf32" else stored
    names = {"M": m, "N": n, "K": k, "T": precision, "S": stored, "C": sums, "LA": f"{la}_major", "LB": f"{lb}_major"}
    names |= {"CA": k if la == "row" else m, "CB": n if lb == "row" else k}
    source = "#include <mma.h>\n" + "".join(f"#define {name} {value}\n" for name, value in names.items()) + WMMA
    out = gpu.zeros((n, m), out_dtype)
    c_padded = np.pad(c * scale, ((0, 0), (0, 8))).astype(out_dtype)
    run(source, (1,), (32,), *map(gpu.asarray, (stripes(a, la), stripes(b, lb), c_padded)), out)
    assert (out.get().T == np.maximum((a @ b) * scale**2 + c * scale, 0)).all()


@pytest.mark.parametrize(("first", "across"), [(1, 16), (8, 16), (0, 20), (0, 24)])
def test_a_fragment_begins_each_line_at_a_multiple_of_16_bytes(glass, first, across):
    source = """#include <mma.h>
    using namespace nvcuda;
    KERNEL(const half* a, int first, int across, float* out) {
        wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> f;
        wmma::load_matrix_sync(f, a + first, across);
        out[threadIdx.x] = f.x[0];
    }"""
    arguments = gpu.zeros(512, np.float16), first, across, gpu.zeros(32)
    if first % 8 or across % 8:
        with pytest.raises(Misaligned, match=r"line 5, .*reads 16 bytes at once at byte \d+ of a, .* multiple of 16"):
            run(source, (1,), (32,), *arguments)
    else:
        run(source, (1,), (32,), *arguments)


def test_a_fragment_outside_its_array_and_lanes_elsewhere_are_named(glass):
    source = """#include <mma.h>
    using namespace nvcuda;
    KERNEL(const half* a, int only, float* out) {
        wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> f;
        if (threadIdx.x < only) {
            wmma::load_matrix_sync(f, a, 16);
            out[threadIdx.x] = f.x[0];
        }
    }"""
    out = gpu.zeros(32, np.float32)
    run(source, (1,), (32,), gpu.zeros((16, 16), np.float16), 32, out)
    with pytest.raises(OutOfBounds, match=r"line 6, .*reads the indices 240 to 247 of a, which has 15 x 16"):
        run(source, (1,), (32,), gpu.zeros((15, 16), np.float16), 32, out)
    with pytest.raises(WarpError, match="line 6"):
        run(
            source.replace("}\n    }", "} else out[0] = out[1] + out[2];\n __syncwarp(); }"),
            (1,),
            (32,),
            gpu.zeros((16, 16), np.float16),
            5,
            out,
        )


# ---- ldmatrix ----


@pytest.mark.parametrize("words", ["m8n8.x{}{}.shared.b16", "x{}{}.m8n8.shared.b16"])  # any order will do
@pytest.mark.parametrize("turned", ["", ".trans"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_ldmatrix_gives_each_lane_two_neighbours(device, count, turned, words):
    registers = ", ".join(f"%{i}" for i in range(count))
    writes = ", ".join(f'"=r"(r[{i}])' for i in range(count))
    source = f"""KERNEL(const unsigned short* x, unsigned* out) {{
        __shared__ __align__(16) unsigned short s[{count} * 64];
        int t = threadIdx.x; unsigned r[{count}];
        for (int i = t; i < {count} * 64; i += 32) s[i] = x[i];
        __syncthreads();
        unsigned at = __cvta_generic_to_shared(s + t % ({count} * 8) * 8);
        asm volatile("ldmatrix.sync.aligned.{words.format(count, turned)} {{{registers}}}, [%{count}];"
                     : {writes} : "r"(at));
        for (int i = 0; i < {count}; i++) out[t * {count} + i] = r[i];
    }}"""
    x, out = np.arange(count * 64, dtype=np.uint16), gpu.zeros((32, count), np.uint32)
    run(source, (1,), (32,), gpu.asarray(x), out)
    matrices = x.reshape(count, 8, 8).astype(np.uint32)
    matrices = matrices.transpose(0, 2, 1) if turned else matrices
    pairs = matrices[:, :, 0::2] | matrices[:, :, 1::2] << np.uint32(16)
    assert (out.get() == pairs.reshape(count, 32).T).all()


@pytest.mark.parametrize("turned", ["", ".trans"])
def test_stmatrix_undoes_ldmatrix(device, turned):
    source = f"""KERNEL(unsigned short* out) {{
        __shared__ __align__(16) unsigned short s[128];
        int t = threadIdx.x;
        unsigned at = __cvta_generic_to_shared(s + t % 16 * 8), low = 4 * t | (4 * t + 1) << 16, high = low + 0x20002;
        asm volatile("stmatrix.sync.aligned.m8n8.x2{turned}.shared.b16 [%0], {{%1, %2}};"
                     :: "r"(at), "r"(low), "r"(high));
        __syncthreads();
        for (int i = t; i < 128; i += 32) out[i] = s[i];
    }}"""
    out = gpu.zeros((2, 8, 8), np.uint16)
    run(source, (1,), (32,), out)
    got = out.get().transpose(0, 2, 1) if turned else out.get()
    lanes = 4 * np.arange(32).reshape(8, 4)
    assert (got[0, :, 0::2] == lanes).all() and (got[1, :, 1::2] == lanes + 3).all()


def test_movmatrix_transposes_what_the_lanes_hold(device):
    source = """KERNEL(const unsigned* x, unsigned* out) {
        int t = threadIdx.x; unsigned r, same;
        asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(r) : "r"(x[t]));
        asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(same) : "r"(x[0]));
        out[t] = r; out[32 + t] = same;
    }"""
    x, out = np.arange(1, 65, dtype=np.uint16).reshape(8, 8), gpu.zeros((2, 32), np.uint32)
    run(source, (1,), (32,), gpu.asarray(x.view(np.uint32)), out)
    turned, same = out.get().view(np.uint16).reshape(2, 8, 8)
    assert (turned == x.T).all() and (same == np.tile([[1], [2]], (4, 8))).all()


def test_rows_of_a_matrix_begin_at_multiples_of_16_bytes(glass):
    source = """KERNEL(unsigned* out) {
        __shared__ __align__(16) unsigned short s[72];
        unsigned r, at = __cvta_generic_to_shared(s + threadIdx.x % 8 * 9);
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];" : "=r"(r) : "r"(at));
        out[threadIdx.x] = r;
    }"""
    with pytest.raises(Misaligned, match="line 4"):
        run(source, (1,), (32,), gpu.zeros(32, np.uint32))
