"""Floating point: the same bits as NumPy's where IEEE 754 defines them, a bound in ulps where it does not."""

import math
from fractions import Fraction

import numpy as np
import pytest
from exact import fma32, fma64, rounded
from gpu_device import at_once, ulps
from gpu_expressions import WAYS, evaluate, judge

SPECIAL = [
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    1.5,
    2.5,
    -2.5,
    3.7,
    -3.7,
    1e-3,
    1e10,
    16777217,
    2.0**31,
    -(2.0**31),
    2.0**32,
    2.0**63,
]
SPECIAL += [math.inf, -math.inf, math.nan, math.pi, -1e-10, 8388608.5, 4503599627370497.5, 1.0000001, 0.9999999]
DTYPES = {"float": np.float32, "double": np.float64}
DECLARED = {  # F: the name of a function in this precision; LIKE: a literal; ADD, MUL: never fused
    "float": "#define F(name) name##f\n#define ADD __fadd_rn\n#define MUL __fmul_rn\n#define LIKE(x) x##f\n"
    "#define TO_BITS __float_as_int\n#define FROM_BITS __int_as_float\n",
    "double": "#define F(name) name\n#define ADD __dadd_rn\n#define MUL __dmul_rn\n#define LIKE(x) x\n"
    "#define TO_BITS __double_as_longlong\n#define FROM_BITS __longlong_as_double\n",
}


def operands(dtype, count=960):
    """Special values, subnormal numbers, the largest ones, and random bits, in pairs."""
    info, rng = np.finfo(dtype), np.random.default_rng(7)
    edges = [info.smallest_subnormal, -info.smallest_subnormal, info.tiny, info.max, -info.max, info.eps, 3 * info.tiny]
    edges += [*SPECIAL, info.tiny - info.smallest_subnormal]
    random = rng.integers(0, 2**info.bits, count, dtype=f"uint{info.bits}").view(dtype)
    usual = rng.standard_normal(count).astype(dtype)
    x = np.concatenate([np.repeat(np.array(edges, dtype), len(edges)), random, usual])
    y = np.concatenate([np.tile(np.array(edges, dtype), len(edges)), rng.permutation(random), usual[::-1]])
    whole = -(-len(x) // 320) * 320
    return np.resize(x, whole), np.resize(y, whole)


def evaluated(cases, c_type, way, x, y):
    """(text, meaning, a, b, values) of each case."""
    dtype = DTYPES[c_type]
    a, b, got = evaluate(cases, WAYS[way], x, y, c_type, c_type, dtype, before=DECLARED[c_type])
    with np.errstate(all="ignore"):
        for (text, meaning), values in zip(cases.items(), got, strict=True):
            yield text, meaning, a, b, values


def smaller(a, b):
    """Of a number and NaN the number; -0 is below +0."""
    return np.where((a < b) | np.isnan(b) | ((a == b) & np.signbit(a)), a, b)


def larger(a, b):
    return np.where((a > b) | np.isnan(b) | ((a == b) & ~np.signbit(a)), a, b)


def half_away_from_zero(a):
    return np.copysign(np.where(np.abs(a) % 1 == 0.5, np.ceil(np.abs(a)), np.rint(np.abs(a))), a)


def remainder(a, b):
    undefined = math.isnan(a) or math.isnan(b) or math.isinf(a) or b == 0
    return math.nan if undefined else math.remainder(float(a), float(b))


def exact(dtype):
    """C -> NumPy, for what IEEE 754 defines."""
    one, fma = dtype(1), fma32 if dtype is np.float32 else fma64
    integer = "int32" if dtype is np.float32 else "int64"
    same = "a + b|a - b|a * b|a / b|-a|a < b|a <= b|a == b|a != b|a > b|a >= b|a + 1|1 / a|2 - b|a == 0"
    return {text: (lambda a, b, text=text: eval(text)) for text in same.split("|")} | {
        "F(fma)(a, b, LIKE(1.0))": lambda a, b: fma(a, b, one),
        "F(fma)(a, b, -a)": lambda a, b: fma(a, b, -a),
        "a * 5 + b": lambda a, b: fma(a, dtype(5), b),  # NVRTC fuses these unless told not to
        "2 - a * 7": lambda a, b: fma(-a, dtype(7), dtype(2)),
        "ADD(MUL(a, b), b)": lambda a, b: a * b + b,
        "a * LIKE(0.1)": lambda a, b: a * dtype(0.1),
        "F(fmin)(a, b)": smaller,
        "F(fmax)(a, b)": larger,
        "a < b ? a : b": lambda a, b: np.where(a < b, a, b),
        "a > 0 ? a : 0": lambda a, b: np.where(a > 0, a, dtype(0)),
        "a ? b : 1": lambda a, b: np.where(a != 0, b, one),
        "F(fabs)(a)": lambda a, b: np.abs(a),
        "F(sqrt)(a)": lambda a, b: np.sqrt(a),
        "F(floor)(a)": lambda a, b: np.floor(a),
        "F(ceil)(a)": lambda a, b: np.ceil(a),
        "F(trunc)(a)": lambda a, b: np.trunc(a),
        "F(rint)(a)": lambda a, b: np.rint(a),
        "F(round)(a)": lambda a, b: half_away_from_zero(a),
        "F(fmod)(a, b)": lambda a, b: np.fmod(a, b),
        "F(remainder)(a, b)": np.vectorize(remainder, otypes=[dtype]),
        "F(copysign)(a, b)": np.copysign,
        "F(nextafter)(a, b)": np.nextafter,
        "F(fdim)(a, b)": lambda a, b: np.where(a <= b, dtype(0), a - b),
        "F(ldexp)(a, 3)": lambda a, b: np.ldexp(a, 3),
        "F(ldexp)(a, -140)": lambda a, b: np.ldexp(a, -140),
        "FROM_BITS(TO_BITS(a) ^ 1)": lambda a, b: (np.ascontiguousarray(a).view(integer) ^ 1).view(dtype),
        "isnan(a)": lambda a, b: np.isnan(a),
        "isinf(a)": lambda a, b: np.isinf(a),
        "isfinite(a)": lambda a, b: np.isfinite(a),
        "signbit(a) ? 1 : 0": lambda a, b: np.signbit(a),
        "a < b && b < 1": lambda a, b: (a < b) & (b < 1),
        "a < b || !(b >= a)": lambda a, b: (a < b) | ~(b >= a),
        "!(a == b)": lambda a, b: ~(a == b),
    }


def test_what_ieee_754_defines_is_exact(device):
    at_once(judge_exact, [("float", "uniform"), ("float", "apart"), ("double", "lanes"), ("double", "apart")])


def judge_exact(c_type, way):
    dtype = DTYPES[c_type]
    for text, meaning, a, b, values in evaluated(exact(dtype), c_type, way, *operands(dtype)):
        judge(text, a, b, values, meaning(a, b).astype(dtype))


@pytest.mark.parametrize("c_type", DTYPES)
def test_directed_rounding_goes_the_way_it_says(device, c_type):
    dtype, letter = DTYPES[c_type], c_type[0]
    rng, modes = np.random.default_rng(3), {"rn": "nearest", "rz": "zero", "rd": "down", "ru": "up"}
    x, y = (rng.standard_normal((2, 320)) * 2.0 ** rng.integers(-30, 30, (2, 320))).astype(dtype)
    operation = {
        "add({}, {})": lambda p, q: p + q,
        "sub({}, {})": lambda p, q: p - q,
        "mul({}, {})": lambda p, q: p * q,
        "div({}, {})": lambda p, q: p / q,
        "rcp({})": lambda p, q: 1 / p,
    }
    cases = {
        f"__{letter}{name.replace('(', f'_{mode}(').format('a', 'b')}": (meaning, direction)
        for name, meaning in operation.items()
        for mode, direction in modes.items()
    }
    for text, (meaning, direction), a, b, values in evaluated(cases, c_type, "lanes", x, y):
        each = zip(a.tolist(), b.tolist(), strict=True)
        truth = [rounded(meaning(Fraction(p), Fraction(q)), dtype, direction) for p, q in each]
        judge(text, a, b, values, np.array(truth, dtype))


# Largest errors in ulps: those that the CUDA C++ Programming Guide states (appendix on mathematical functions), and one
# more for NumPy's own. a: -1 to 1, b: 1e-30 to 1e30. Factors are powers of 2, so that operands are exact.
ULPS = {
    "F(exp)(a * 64)": (2, lambda a, b: np.exp(a * 64)),
    "F(exp2)(a * 128)": (3, lambda a, b: np.exp2(a * 128)),
    "F(exp10)(a * 32)": (3, lambda a, b: np.power(10.0, a * 32)),
    "F(expm1)(a)": (2, lambda a, b: np.expm1(a)),
    "F(log)(b)": (2, lambda a, b: np.log(b)),
    "F(log2)(b)": (2, lambda a, b: np.log2(b)),
    "F(log10)(b)": (3, lambda a, b: np.log10(b)),
    "F(log1p)(b)": (2, lambda a, b: np.log1p(b)),
    "F(sin)(a * 4)": (3, lambda a, b: np.sin(a * 4)),
    "F(sin)(a * 1048576)": (3, lambda a, b: np.sin(a * 1048576)),  # reduced by a table, in local memory
    "F(cos)(a * 1048576)": (3, lambda a, b: np.cos(a * 1048576)),
    "F(cos)(b)": (3, lambda a, b: np.cos(b)),
    "F(tan)(a * 256)": (5, lambda a, b: np.tan(a * 256)),
    "F(asin)(a)": (3, lambda a, b: np.arcsin(a)),
    "F(acos)(a)": (3, lambda a, b: np.arccos(a)),
    "F(atan)(b)": (3, lambda a, b: np.arctan(b)),
    "F(atan2)(a, b)": (4, lambda a, b: np.arctan2(a, b)),
    "F(sinh)(a * 16)": (4, lambda a, b: np.sinh(a * 16)),
    "F(cosh)(a * 16)": (3, lambda a, b: np.cosh(a * 16)),
    "F(tanh)(a * 8)": (3, lambda a, b: np.tanh(a * 8)),
    "F(asinh)(a * 1024)": (4, lambda a, b: np.arcsinh(a * 1024)),
    "F(rsqrt)(b)": (3, lambda a, b: 1 / np.sqrt(b)),
    "F(cbrt)(b)": (2, lambda a, b: np.cbrt(b)),
    "F(erf)(a * 4)": (3, np.vectorize(lambda a, b: math.erf(a * 4))),
    "F(pow)(b, a)": (5, lambda a, b: np.power(b, a)),
    "F(hypot)(a, b)": (4, lambda a, b: np.hypot(a, b)),
}
DOUBLES = (
    "exp)(a * 64",
    "log)(b",
    "sin)(a * 1048576",
    "cos)(b",
    "tanh",
    "pow",
    "atan2",
    "cbrt",
)  # the rest is no different
FLOAT_ONLY = {
    "__expf(a * 16)": (24, lambda a, b: np.exp(a * 16)),
    "__logf(b + 2)": (4, lambda a, b: np.log(np.float32(b) + np.float32(2.0)).astype(float)),
    "__powf(b, a / 4)": (64, lambda a, b: np.power(b, a / 4)),
    "__fdividef(a, b)": (3, lambda a, b: a / b),
    "__frsqrt_rn(b)": (1, lambda a, b: 1 / np.sqrt(b)),
    "__sinf(a * 2)": (2**13, lambda a, b: np.sin(a * 2)),
    "__cosf(a)": (2**13, lambda a, b: np.cos(a)),
}


def test_functions_are_as_close_as_nvidia_says(device):
    at_once(judge_functions, [("float", "apart"), ("double", "lanes")])


def judge_functions(c_type, way):
    dtype, rng = DTYPES[c_type], np.random.default_rng(11)
    x, y = rng.uniform(-1, 1, 320).astype(dtype), (10.0 ** rng.uniform(-30, 30, 320)).astype(dtype)
    x[:4], y[:2] = (0, -0.0, 1, -1), (1, 2)
    doubles = {text: row for text, row in ULPS.items() if any(part in text for part in DOUBLES)}
    cases = ULPS | FLOAT_ONLY if c_type == "float" else doubles
    for text, (bound, function), a, b, values in evaluated(cases, c_type, way, x, y):
        truth = function(a.astype(np.float64), b.astype(np.float64))
        judge(text, a, b, values, truth, ulps(values, truth) <= bound)


def test_functions_know_the_special_values(device):
    nan, inf = math.nan, math.inf
    x = np.resize(np.array([0.0, -0.0, inf, -inf, nan, -1, 1e38, -1e38, 1e-40], np.float32), 320)
    cases = {
        "expf(a)": np.exp,
        "logf(a)": np.log,
        "sqrtf(a)": np.sqrt,
        "rsqrtf(a)": lambda a: 1 / np.sqrt(a),
        "tanhf(a)": np.tanh,
        "sinf(a)": np.sin,
        "powf(a, 2.0f)": np.square,
        "powf(2.0f, a)": np.exp2,
        "atanf(a)": np.arctan,
        "1.0f / a": lambda a: 1 / a,
        "cbrtf(a)": np.cbrt,
    }
    for text, function, a, b, values in evaluated(cases, "float", "lanes", x, x):
        truth = function(a.astype(np.float64))
        judge(text, a, b, values, truth, ulps(values, truth) <= 3)
        zero = truth == 0
        assert (np.signbit(values[zero]) == np.signbit(truth[zero])).all(), f"the sign of {text} where it is 0"
