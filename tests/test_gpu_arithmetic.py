"""Integer arithmetic is what CUDA C says, bit by bit, whichever way the operands come.

Python's integers have no size: a result is right if it agrees with Python's modulo 2^32 or 2^64.
"""

import numpy as np
import pytest
from c_in_python import quotient, signed
from gpu_device import at_once, run
from gpu_expressions import LINEAR, WAYS, evaluate, judge

from course_lib import gpu

CORNERS = [0, 1, -1, 2, 3, 7, 10, 31, 32, 33, 100, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**32 - 1]
CORNERS += [2**63 - 1, -(2**63), -7, -128, -32768, 0x12345678, 0x7654321089ABCDEF]

# a, b: signed; u, v: the same bits unsigned; c, d: a and b without the lowest number and without zero.
SAME_IN_PYTHON = [
    *("a + b", "a - b", "a * b", "-a", "~a", "a & b", "a | b", "a ^ b", "a << (b & 31)", "a >> (b & 31)"),
    *("u >> (v & 31)", "u << (v & 31)", "a << 5", "a >> 7", "u >> 3", "(a + b) * (a - 3)", "a * 3 + b"),
    *("a * -7 - b * 1000003", "a * a * a", "(a & 255) * (b & 255)", "(a ^ b) & (a + b)", "u / (1 << 20) > 3"),
    *("a < b", "a <= b", "a == b", "a != b", "a > b", "a >= b", "u < v", "u >= v", "a < 5", "u > 100", "(a & 3) == 2"),
]
IN_PYTHON = {
    "c / d": "quotient(c, d)",
    "c % d": "c - d * quotient(c, d)",
    "u / (v | 1)": "u // (v | 1)",
    "u % (v | 1)": "u % (v | 1)",
    "c / 3": "quotient(c, 3)",
    "c % 10": "c - 10 * quotient(c, 10)",
    "c / -16": "quotient(c, -16)",
    "u / 3": "u // 3",
    "u / 7 + u % 7": "u // 7 + u % 7",
    "u % 1000": "u % 1000",
    "a && b": "bool(a and b)",
    "a || b": "bool(a or b)",
    "!a": "not a",
    "a ? b : 5": "b if a else 5",
    "a < b ? a : b": "min(a, b)",
    "min(a, b)": "min(a, b)",
    "max(a, b)": "max(a, b)",
    "min(u, v)": "min(u, v)",
    "max(u, v)": "max(u, v)",
    "(signed char)a": "signed(a, 8)",
    "(unsigned char)a": "a % 256",
    "(short)a": "signed(a, 16)",
    "(unsigned short)a": "a % 65536",
    "(bool)a": "bool(a)",
    "(int)a": "signed(a, 32)",
    "(unsigned)a": "a % 2**32",
    "(long long)a * b": "a * b",
    "(unsigned long long)u * v >> 32": "u * v % 2**64 >> 32",
    "(short)a * (short)b": "signed(a, 16) * signed(b, 16)",
    "(short)((short)a * (short)b) >> 3": "signed(signed(a, 16) * signed(b, 16), 16) >> 3",
    "(unsigned char)(a + b)": "(a + b) % 256",
    "(signed char)a / ((short)b | 1)": "quotient(signed(a, 8), signed(b, 16) | 1)",
    "(unsigned char)a < (signed char)b": "a % 256 < signed(b, 8)",
    "(unsigned short)a % ((unsigned char)b | 1)": "a % 65536 % (b % 256 | 1)",
}
INTRINSICS = {
    32: {
        "abs(c)": "abs(c)",
        "__popc(a)": "bits(u).count('1')",
        "__clz(a)": "32 - u.bit_length()",
        "__ffs(a)": "bits(u)[::-1].find('1') + 1",
        "__brev(u)": "int(bits(u)[::-1], 2)",
        "__mulhi(a, b)": "a * b >> 32",
        "__umulhi(u, v)": "u * v >> 32",
        "__mul24(a, b)": "signed(a, 24) * signed(b, 24)",
        "__umul24(u, v)": "(u % 2**24) * (v % 2**24)",
        "__sad(a, b, 3u)": "abs(a - b) + 3",
        "__usad(u, v, 3u)": "abs(u - v) + 3",
        "__hadd(a, b)": "(a + b) >> 1",
        "__urhadd(u, v)": "(u + v + 1) >> 1",
        "__byte_perm(u, v, 0x3715)": "sum((u + v * 2**32 >> 8 * k & 255) << 8 * i for i, k in enumerate([5, 1, 7, 3]))",
        "__funnelshift_l(u, v, a)": "(v << 32 | u) << (a & 31) >> 32",
        "__funnelshift_rc(u, v, a)": "(v << 32 | u) >> min(u, 32)",
    },
    64: {
        "llabs(c)": "abs(c)",
        "__popcll(a)": "bits(u).count('1')",
        "__clzll(a)": "64 - u.bit_length()",
        "__ffsll(a)": "bits(u)[::-1].find('1') + 1",
        "__brevll(u)": "int(bits(u)[::-1], 2)",
        "__mul64hi(a, b)": "a * b >> 64",
        "__umul64hi(u, v)": "u * v >> 64",
        "a >> (b & 63)": "a >> (b & 63)",
        "u >> (v & 63)": "u >> (v & 63)",
        "a << (b & 63)": "a << (b & 63)",
        "a << 40": "a << 40",
        "(int)(a >> 32) ^ (int)b": "signed(a >> 32, 32) ^ signed(b, 32)",
    },
}


@pytest.mark.parametrize("width", [32, 64])
def test_integers_agree_with_pythons(device, width):
    ways = WAYS | LINEAR
    at_once(
        judge_integers, [(width, way) for way in (ways.values() if width == 32 else (ways["lanes"], ways["linear"]))]
    )


def judge_integers(width, way):
    rng = np.random.default_rng(width)
    dtype, c_type = (np.int32, "int") if width == 32 else (np.int64, "long long")
    corners, lowest = sorted({signed(v, width) for v in CORNERS}), -(2 ** (width - 1))
    x = np.array([*corners, *rng.integers(lowest, -lowest - 1, 320 - len(corners))], dtype)
    y = rng.permutation(x)
    y[::7] %= 100
    cases = {text: text for text in SAME_IN_PYTHON} | IN_PYTHON | INTRINSICS[width]
    declared = f"unsigned {c_type} u = a, v = b; {c_type} c = u == 1ull << {width - 1} ? 77 : a, d = b == 0 ? 7 : b;"
    a, b, got = evaluate(cases, way, x, y, c_type, f"unsigned {c_type}", f"uint{width}", declared)
    known = {"quotient": quotient, "signed": signed, "bits": lambda u: f"{u:0{width}b}"}
    operands = [
        known | {"a": p, "b": q, "u": p % 2**width, "v": q % 2**width, "c": 77 if p == lowest else p, "d": q or 7}
        for p, q in zip(a.tolist(), b.tolist(), strict=True)
    ]
    for (text, python), values in zip(cases.items(), got, strict=True):
        meaning = compile(python, text, "eval")
        expected = np.array([int(eval(meaning, each)) % 2**width for each in operands], values.dtype)
        judge(text, a, b, values, expected)


def test_dividing_by_zero_or_the_lowest_number_by_minus_one_stops_nothing(device):
    numbers = np.array([0, 1, -1, 5, -(2**31), 2**31 - 1] * 16, np.int32)
    out = gpu.zeros((5, 96), np.int32)
    source = """KERNEL(const int* x, int zero, int minus, int* out) {
        int i = blockIdx.x * blockDim.x + threadIdx.x, a = x[i];
        out[i] = a / zero; out[96 + i] = a % zero; out[192 + i] = a / minus; out[288 + i] = a % minus;
        out[384 + i] = (unsigned)a / (unsigned)zero;
    }"""
    for block in (32, 24):
        run(source, (96 // block,), (block,), gpu.asarray(numbers), 0, -1, out)
        assert (out[2:4].get() == [(0 - numbers.astype(np.int64)).astype(np.int32), numbers * 0]).all()
        assert (out[4].get() == -1).all()  # all ones
