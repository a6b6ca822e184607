"""Numbers of several words: carries are passed on as Python's integers say, and 128 bits divide without a remainder."""

import operator
import sys

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu

NUMBERS = 64
CORNERS = [0, 1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1]


def words(seed):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(NUMBERS) < 0.4, rng.choice(np.array(CORNERS, np.uint64), NUMBERS),
                    rng.integers(0, 2**64 - 1, NUMBERS, np.uint64, endpoint=True))  # fmt: skip


SUM = "{first}.cc.{t} %0, %3, %5; {next}.cc.{t} %1, %4, %6; {next}.{t} %2, 0, 0;"
PRODUCT = """mul.lo.{t} %0, %3, %5; mul.hi.{t} %1, %3, %5; mad.lo.cc.{t} %1, %4, %5, %1; madc.hi.cc.{t} %2, %4, %5, 0;
    mad.hi.cc.{t} %1, %5, %6, %1; madc.lo.cc.{t} %2, %3, 7, %2; addc.{t} %2, %2, 0;"""
PROGRAMS = {  # of two words each -> three; what a and b, of two words, give, modulo three words of w bits
    "sum": (SUM.replace("{first}", "add").replace("{next}", "addc"), lambda a, b, w: a + b),
    "difference": (SUM.replace("{first}", "sub").replace("{next}", "subc"), lambda a, b, w: a - b),
    "the carry of a difference": (
        SUM.replace("{first}", "sub").replace("{next}.cc", "subc.cc").replace("{next}", "addc"),
        lambda a, b, w: (a - b) % (1 << 2 * w) | (a >= b) << 2 * w,  # of a + ~b + 1
    ),
    "product": (PRODUCT, lambda a, b, w: multiplied(a % (1 << w), a >> w, b % (1 << w), b >> w, w)),
}


def multiplied(a, c, b, d, w):
    """As PRODUCT has it: the carry of each line goes into the next."""
    m = (1 << w) - 1
    first, second = a * b & m, a * b >> w
    second += c * b & m
    third, second = (c * b >> w) + (second >> w), second & m
    second += b * d >> w
    third, second = (third & m) + (a * 7 & m) + (second >> w), second & m
    return first | second << w | ((third & m) + (third >> w) & m) << 2 * w


@pytest.mark.parametrize("width", [32, 64])
def test_carries_go_from_word_to_word(device, width):
    c_type, letter = {32: ("unsigned", "r"), 64: ("unsigned long long", "l")}[width]
    lines = []
    for i, (text, _) in enumerate(PROGRAMS.values()):
        outputs = ", ".join(f'"=&{letter}"(d{j})' for j in range(3))
        inputs = ", ".join(f'"{letter}"({v})' for v in ("a0", "a1", "b0", "b1"))
        one_line = " ".join(text.format(t=f"u{width}").split())
        lines.append(f'asm volatile("{{{one_line}}}" : {outputs} : {inputs});')
        lines.append(f"for (int j = 0; j < 3; j++) out[({3 * i} + j) * n + at] = j == 0 ? d0 : j == 1 ? d1 : d2;")
    source = f"""KERNEL(const unsigned long long* x, {c_type}* out, int n, int same) {{
        int t = threadIdx.x, i = same ? blockIdx.x : blockIdx.x * 32 + t, at = blockIdx.x * 32 + t;
        {c_type} a0 = x[i], a1 = x[{NUMBERS} + i], b0 = x[{2 * NUMBERS} + i], b1 = x[{3 * NUMBERS} + i], d0, d1, d2;
        if (t % 3 || same) {{ {" ".join(lines)} }} else {{ {" ".join(lines)} }}
    }}"""
    x = np.array([words(seed) for seed in range(4)])
    for same in (0, 1):
        out = gpu.zeros((len(PROGRAMS), 3, NUMBERS), np.uint64 if width == 64 else np.uint32)
        run(source, (NUMBERS // 32,), (32,), gpu.asarray(x), out, NUMBERS, same)
        for (name, (_, meaning)), got in zip(PROGRAMS.items(), out.get().tolist(), strict=True):
            for k in range(NUMBERS):
                a0, a1, b0, b1 = (int(v) % (1 << width) for v in x[:, k // 32 if same else k])
                expected = meaning(a0 | a1 << width, b0 | b1 << width, width) % (1 << 3 * width)
                assert sum(w[k] << width * j for j, w in enumerate(got)) == expected, (name, k)


@pytest.mark.skipif(sys.platform != "linux", reason="NVRTC has __int128 on Linux only")
def test_128_bits_divide_as_pythons_integers(device):
    signs = {"u": "unsigned __int128", "s": "__int128"}
    lines = "".join(
        f"{{ {c} a = ((unsigned __int128)x[t] << 64 | x[64 + t]) >> (t & 63), b = t % 2 ? ({c})x[128 + t] : a >> t;"
        f"b += b == 0; put(out + {256 * k} + t, a / b); put(out + {256 * k + 128} + t, a % b); }}"
        for k, c in enumerate(signs.values())
    )
    source = f"""typedef unsigned long long u64;
    __device__ void put(u64* out, unsigned __int128 v) {{ out[0] = (u64)v; out[64] = (u64)(v >> 64); }}
    KERNEL(const u64* x, u64* out) {{ int t = threadIdx.x; {lines} }}"""
    x, out = np.array([words(seed) for seed in (5, 6, 7)]), gpu.zeros((2, 2, 2, 64), np.uint64)
    run(source, (1,), (64,), gpu.asarray(x), out)
    for sign, got in zip(signs, out.get(), strict=True):
        for t in range(64):
            number = lambda v: v - (v >> 127 << 128) if sign == "s" else v  # noqa: B023, E731
            a = number((int(x[0, t]) << 64 | int(x[1, t])) >> (t & 63))
            b = int(x[2, t]) if t % 2 else number(a % (1 << 128)) >> t
            b += b == 0
            quotient = operator.floordiv(abs(a), abs(b)) * (1 if (a < 0) == (b < 0) else -1)
            for (low, high), expected in zip(got[:, :, t].tolist(), (quotient, a - quotient * b), strict=True):
                assert low | high << 64 == expected % (1 << 128), (sign, t, a, b)
