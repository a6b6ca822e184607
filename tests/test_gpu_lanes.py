"""Values that are the same in all lanes of a warp, or linear in the lane, take short cuts that do not show."""

import numpy as np
import pytest
from gpu_device import at_once, run

from course_lib import gpu

# C of an index into y, which points at element 100 of x (0 .. 299); the element of x that it is.
INDICES = {
    "(int)(t - 16u)": lambda t: 84 + t,
    "-(int)t": lambda t: 100 - t,
    "(int)(t * 0x80000001u + t * 0x80000000u)": lambda t: 100 + t,
    "(signed char)(t * 8 + 100) / 2": lambda t: 100 + np.trunc((t * 8 + 100).astype(np.int8) / 2).astype(int),
    "(unsigned char)(t * 9) - 100": lambda t: t * 9 % 256,
    "(short)(t * 0x1001) % 100": lambda t: 100 + np.fmod((t * 0x1001).astype(np.int16), 100),
    "(t + n) * 0x10000001u - n * 0x10000001u - (t << 28)": lambda t: 100 + t,
    "(t + 0xFFFFFFF0u) % 200u": lambda t: 100 + (t + 0xFFFFFFF0) % 2**32 % 200,
    "(int)(n * 0x40000000u + t)": lambda t: 100 + t,
    "(long long)(int)(t - 50u) / 2": lambda t: 100 + np.trunc((t - 50.0) / 2).astype(int),
    "(((unsigned long long)t << 33) + t) & 63": lambda t: 100 + t,
    "(int)((t ^ 21u) - 20u)": lambda t: 80 + (t ^ 21),
    "(t - 5u) / 0x20000000u": lambda t: 100 + (t - 5) % 2**32 // 0x20000000,
    "(int)(t - 31u) >> 1": lambda t: 100 + ((t - 31) >> 1),
    "min((int)t, (int)n)": lambda t: 100 + np.minimum(t, 12),
    "t < 9 ? (int)t : -(int)t": lambda t: np.where(t < 9, 100 + t, 100 - t),
}


@pytest.mark.parametrize("block", [32, 64, 24])
def test_an_index_wraps_around_where_its_type_does(device, block):
    x = np.arange(300, dtype=np.int32) * 7
    lines = "\n".join(f"    out[{k} * blockDim.x + t] = y[{index}];" for k, index in enumerate(INDICES))
    out = gpu.zeros((len(INDICES), block), np.int32)
    source = (
        f"KERNEL(const int* x, int* out, unsigned n) {{ unsigned t = threadIdx.x; const int* y = x + 100;\n{lines}\n}}"
    )
    run(source, (1,), (block,), gpu.asarray(x), out, np.uint32(12))
    t = np.arange(block)
    for (index, meaning), got in zip(INDICES.items(), out.get(), strict=True):
        assert (got == 7 * meaning(t)).all(), index


UNIFORM = [
    "x[n & 3]",
    "s[n & 3]",
    "l[n & 3]",
    "n & 7",
    "n | 8",
    "n >> 1",
    "n / 3",
    "n % 3",
    "min(n, 4)",
    "__popc(n)",
    "n > 3",
    "abs(n)",
]
UNIFORM += [
    "n",
    "7",
    "-n",
    "~n",
    "n << 2",
    "n + 5",
    "n * n",
    "(int)(n * 0.5f)",
    "(short)n",
    "(int)blockIdx.x",
    "(int)(x[0] * 9ll >> 2)",
]


def test_a_uniform_value_may_replace_one_that_differs_between_lanes(device):
    """The result of a branch that whole blocks take; the volatile store keeps it a branch."""
    branches = "\n".join(
        f"{{ int a = 2 * t + n; if (blockIdx.x == 1) {{ *seen = 1; a = {text}; }} out[{64 * k} + i] = a; }}"
        for k, text in enumerate(UNIFORM)
    )
    source = f"""KERNEL(const int* x, int n, volatile int* seen, int* out) {{
        __shared__ int s[32];
        int t = threadIdx.x, i = blockIdx.x * 32 + t, l[4] = {{1, 2, 3, 4}};
        s[t] = t + 50; l[n % 4] = n; __syncthreads();
    {branches}
    }}"""
    n, x, out = 13, np.arange(100, 132, dtype=np.int32), gpu.zeros((len(UNIFORM), 2, 32), np.int32)
    run(source, (2,), (32,), gpu.asarray(x), n, gpu.zeros(1, np.int32), out)
    expected = [x[1], 51, 13, 5, 13, 6, 4, 1, 4, 3, 1, 13, 13, 7, -13, -14, 52, 18, 169, 6, 13, 1, 225]
    pairs = zip(UNIFORM, expected, out.get(), strict=True)
    wrong = [text for text, value, got in pairs if (got != [2 * np.arange(32) + n, [value] * 32]).any()]
    assert not wrong, wrong


M = 2**32 - 1
# C beside Python: x, y are threadIdx.x and .y, k is blockIdx.x, n a parameter; a, b begin as x + 8 y and n, sum as 0.
LOOPS = {
    "for (unsigned i = a; i < 300; i += 64) sum += data[i];": "sum = total(data[a:300:64])",
    "const unsigned* p = data + a; for (int i = 0; i < 4; ++i, p += n) sum += *p;": """
sum = total(data[a : a + 4 * n : n])""",
    "const unsigned* p = data + 250 - 2 * x; for (int i = 0; i < 9; ++i) sum = sum * 3 + *--p;": """
for i in range(9):
    sum = sum * 3 + data[249 - 2 * x - i] & M""",
    "for (unsigned i = 0; i < n; ++i) { sum += a; a += x + i; }": """
for i in range(n):
    sum, a = sum + a & M, a + x + i""",
    "for (unsigned i = 0; i < n; ++i) { a = a * 3 - b; b += k; } sum = a;": """
for i in range(n):
    a, b = a * 3 - b & M, b + k
sum = a""",
    "for (unsigned i = 0; i < n; ++i) { unsigned c = a; a = b; b = c + i; *seen = 1; } sum = a * 1000 + b;": """
for i in range(n):
    a, b = b, a + i
sum = a * 1000 + b & M""",
    "for (unsigned i = 0; i < n; ++i) { if (i + k & 1) { *seen = 1; a = data[i]; } else a += x; sum += a; }": """
for i in range(n):
    a = data[i] if i + k & 1 else a + x & M
    sum = sum + a & M""",
    "for (unsigned i = 0; i < n; ++i) { if (k) { *seen = 1; b = a; } else b = i; sum += b * i; a -= y; }": """
for i in range(n):
    b = a if k else i
    sum, a = sum + b * i & M, a - y & M""",
    "for (unsigned i = 0; i < n; ++i) { unsigned all = 0; for (unsigned j = 0; j < i; ++j) all += x; sum += all; }": """
sum = x * (n * (n - 1) // 2) & M""",
    "while (a > b) { a -= b; sum += y + 1; } sum = sum * 100 + a;": """
while a > b:
    a, sum = a - b, sum + y + 1
sum = sum * 100 + a & M""",
    "sum = (x * 5 + 3) - x * 5 + (y << n) - (a >> 1);": "sum = 3 + (y << n) - (a >> 1) & M",
    "sum = (unsigned)(((long long)x * -1000000007 + y * n) >> 3);": "sum = x * -1000000007 + y * n >> 3 & M",
    "sum = (x - n) / 5 + (n - x) % 7 + x * x + x * y;": "sum = (x - n & M) // 5 + (n - x & M) % 7 + x * x + x * y & M",
    "sum = n > 5 ? a : b; if (k == 1) sum += *(data + (k ? x : y));": """
sum = (a if n > 5 else b) + (data[x] if k == 1 else 0) & M""",
    "for (unsigned char i = x * 9; i != (unsigned char)(x * 9 + n); ++i) sum += i;": """
sum = total((x * 9 + i) % 256 for i in range(n))""",
    "for (short i = 32760 + (short)x; i < 0 || i > 32700; ++i) { if (++sum > 50) break; }": """
i = signed(32760 + x)
while i < 0 or i > 32700:
    sum, i = sum + 1, signed(i + 1)
    if sum > 50: break""",
}


def expected(python, block, data, n):
    meaning, results = compile(python.strip(), python, "exec"), []
    for k, y, x in np.ndindex(2, block[1], block[0]):
        signed = lambda v: (v + 2**15) % 2**16 - 2**15  # noqa: E731
        names = {"total": lambda v: sum(v) & M, "M": M, "data": data, "signed": signed, "sum": 0}
        names |= {"k": k, "y": y, "x": x, "n": n, "a": x + 8 * y, "b": n}
        exec(meaning, names)  # noqa: S102 - the text is ours
        results.append(names["sum"])
    return results


def test_loops_over_linear_values_count_as_python_does(device):
    at_once(judge_loops, [((32, 1),), ((8, 8),), ((16, 2),), ((5, 7),)])


def judge_loops(block):
    loops = "\n".join(
        f"    {{ unsigned a = x + 8 * y, b = n, sum = 0; {c} out[{number} * size + i] = sum; }}"
        for number, c in enumerate(LOOPS)
    )
    source = f"""KERNEL(const unsigned* data, unsigned n, volatile int* seen, unsigned* out) {{
        unsigned x = threadIdx.x, y = threadIdx.y, k = blockIdx.x;
        unsigned i = (k * blockDim.y + y) * blockDim.x + x, size = 2 * blockDim.x * blockDim.y;
    {loops}
    }}"""
    data, n = np.arange(300, dtype=np.uint32) * 12345677, 11
    out = gpu.zeros((len(LOOPS), 2 * block[0] * block[1]), np.uint32)
    run(source, (2,), block, gpu.asarray(data), np.uint32(n), gpu.zeros(1, np.int32), out)
    pairs = zip(LOOPS.items(), out.get().tolist(), strict=True)
    wrong = [c for (c, python), got in pairs if got != expected(python, block, data.tolist(), n)]
    assert not wrong, "\n".join(wrong)
