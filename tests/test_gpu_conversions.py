"""Conversions between numbers round as asked, and what does not fit becomes what PTX says.

To an integer (PTX ISA 9.0, cvt): too large or too small gives the nearest limit; NaN gives 0 if neither side has 64
bits, else the lowest number (of an unsigned type the middle one, which has the same bits).
"""

import math
from fractions import Fraction

import numpy as np
import pytest
from exact import rounded
from gpu_expressions import WAYS, evaluate, judge

MODES = {"rn": "nearest", "rz": "zero", "rd": "down", "ru": "up"}
WHOLE = {"rn": round, "rz": math.trunc, "rd": math.floor, "ru": math.ceil}
INTEGERS = {  # C type -> (the word in an intrinsic, bits, signed)
    "int": ("int", 32, True),
    "unsigned": ("uint", 32, False),
    "long long": ("ll", 64, True),
    "unsigned long long": ("ull", 64, False),
}
FLOATS = {"float": np.float32, "double": np.float64}
EDGES = [2.0**e for e in (7, 8, 15, 16, 23, 24, 31, 32, 52, 53, 62, 63, 64, 65, 100)]
NUMBERS = [
    *(s * e * f for s in (1, -1) for e in EDGES for f in (1, 0.999999, 1.0000001)),
    math.nan,
    math.inf,
    -math.inf,
]
NUMBERS += [
    s * v for s in (1, -1) for v in (0.0, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 3.5, 100.5, 1e-40, 8388607.5, 12345.678)
]


def to_integer(value, bits, signed, mode, from_double):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    if math.isnan(value):
        return 2 ** (bits - 1) if bits == 64 or from_double else 0
    if math.isinf(value):
        return high if value > 0 else low
    return min(max(WHOLE[mode](Fraction(value)), low), high)


@pytest.mark.parametrize(
    "c_type, way", [("float", "uniform"), ("float", "apart"), ("double", "lanes"), ("double", "apart")]
)
def test_floats_become_integers(device, c_type, way):
    x = np.resize(np.array(NUMBERS), 320)
    with np.errstate(over="ignore"):
        x = x.astype(FLOATS[c_type])
    cases = {f"({name})a": (bits, signed, "rz") for name, (_, bits, signed) in INTEGERS.items()}
    for word, bits, signed in INTEGERS.values():
        cases |= {f"__{c_type}2{word}_{mode}(a)": (bits, signed, mode) for mode in MODES}
    a, _, got = evaluate(cases, WAYS[way], x, x, c_type, "unsigned long long", "uint64")
    for (text, (bits, signed, mode)), values in zip(cases.items(), got, strict=True):
        truth = [to_integer(v, bits, signed, mode, c_type == "double") % 2**bits for v in a.tolist()]
        judge(text, a, a, values & np.uint64(2**bits - 1), np.array(truth, np.uint64))


@pytest.mark.parametrize("way", WAYS)
def test_integers_become_floats(device, way):
    rng = np.random.default_rng(5)
    near = [s * 2**e + d for s in (1, -1) for e in (24, 25, 31, 32, 53, 54, 62) for d in (-1, 0, 1, 3)]
    x = np.array([0, 1, -1, 2**63 - 1, -(2**63), *near, *rng.integers(-(2**63), 2**63 - 1, 259)], np.int64)
    cases = {}
    for name, (word, bits, signed) in INTEGERS.items():
        for result, dtype in FLOATS.items():
            cases[f"({result})({name})a"] = (bits, signed, dtype, "rn")
            modes = ["rn"] if result == "double" and bits == 32 else MODES  # these always fit
            cases |= {f"__{word}2{result}_{mode}(({name})a)": (bits, signed, dtype, mode) for mode in modes}
    a, _, got = evaluate(cases, WAYS[way], x, x, "long long", "double", np.float64)
    for (text, (bits, signed, dtype, mode)), values in zip(cases.items(), got, strict=True):
        whole = [v % 2**bits - (2**bits if signed and v % 2**bits >= 2 ** (bits - 1) else 0) for v in a.tolist()]
        truth = np.array([rounded(Fraction(v), dtype, MODES[mode]) for v in whole], np.float64)
        judge(text, a, a, values, truth)


@pytest.mark.parametrize("way", WAYS)
def test_double_and_float_become_each_other(device, way):
    rng = np.random.default_rng(6)
    x = np.resize(np.array([*NUMBERS, 1e-45, 2e-46, 7e-46, 3.4028236e38, 1e300, *rng.standard_normal(100) * 1e3]), 320)
    cases = {f"__double2float_{mode}(a)": mode for mode in MODES} | {"(float)a": "rn"}
    a, _, got = evaluate([*cases, "(float)a * (double)(float)b"], WAYS[way], x, x, "double", "double", np.float64)

    def narrow(value, mode):
        exact = Fraction(value) if math.isfinite(value) and value else None
        return np.float64(value) if exact is None else np.float64(rounded(exact, np.float32, MODES[mode]))

    for (text, mode), values in zip(cases.items(), got, strict=False):
        judge(text, a, a, values, np.array([narrow(v, mode) for v in a.tolist()]))
    with np.errstate(all="ignore"):
        once = a.astype(np.float32).astype(np.float64)
        judge("(float)a * (double)(float)b", a, a, got[-1], once * once)


@pytest.mark.parametrize("way", ["uniform", "apart"])
def test_small_types_wrap_on_the_way(device, way):
    x = np.arange(-160, 160, dtype=np.int32) * 1237
    cases = {
        "(signed char)a": lambda a: a.astype(np.int8),
        "(unsigned char)a": lambda a: a.astype(np.uint8),
        "(short)a": lambda a: a.astype(np.int16),
        "(unsigned short)a": lambda a: a.astype(np.uint16),
        "(float)(signed char)a": lambda a: a.astype(np.int8),
        "(float)(unsigned short)a": lambda a: a.astype(np.uint16),
        "(double)(short)a / 2": lambda a: np.trunc(a.astype(np.int16) / 2),
        "(signed char)(a / 5000.0f)": lambda a: np.trunc(a.astype(np.float32) / np.float32(5000)),
        "(unsigned char)(a & 127) * 2.5f": lambda a: np.trunc((a & 127) * 2.5),
        "(float)(bool)(a & 4)": lambda a: (a & 4) != 0,
        "(bool)(a * 0.5f)": lambda a: a != 0,
    }
    a, _, got = evaluate(cases, WAYS[way], x, x, "int", "int", np.int32)
    for (text, meaning), values in zip(cases.items(), got, strict=True):
        judge(text, a, a, values, meaning(a).astype(np.int32))


def test_thread_indices_become_floats_too(device):
    """threadIdx is known before the kernel runs; as a float it is still a float."""
    x = np.arange(320, dtype=np.int32)
    cases = {
        "(float)i": 1,
        "(double)i * 0.5": 0.5,
        "(float)(i + 3) - 3.0f": 1,
        "__int2float_rn(i * 4)": 4,
        "(float)(unsigned)i": 1,
    }
    cases |= {"(float)threadIdx.x + (float)blockIdx.x * blockDim.x": 1, "(double)((long long)i << 40)": 2.0**40}
    for way in ("lanes", "apart"):
        _, _, got = evaluate(cases, WAYS[way], x, x, "int", "double", np.float64)
        for (text, factor), values in zip(cases.items(), got, strict=True):
            judge(text, x, x, values, x * float(factor))
