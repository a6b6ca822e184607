"""f16 and bf16 are rounded once, whatever computes them: against fractions, over every special value."""

import math
from functools import partial

import numpy as np
import pytest
from floating_formats import FORMATS, decode, encode, fused, plus, product, smallest_bits
from gpu_instructions import NUMBERS, Form, check

HALVES = ("f16", "bf16")
NAMES = {"f16": "the numbers of IEEE 754", "bf16": "the upper halves of float32"}


def numbers(format, seed):
    """Special values and random ones, in patterns of 64 bits."""
    rng = np.random.default_rng(seed)
    special = rng.choice(smallest_bits(format), (4, NUMBERS)).astype(np.uint64)
    width = FORMATS[format].width
    packed = special[0] | special[1] << np.uint64(width) if width < 64 else special[0]
    random = rng.integers(0, 2**64 - 1, NUMBERS, dtype=np.uint64, endpoint=True)
    return np.where(rng.random(NUMBERS) < 0.6, packed, random)


def same_number(form, got, expected, format):
    """The same bits in each part of the register, any NaN being as good as another."""
    width = FORMATS[format].width
    parts = range(0, max(form.result, width), width)
    pairs = [((got >> at) % (1 << width), (expected >> at) % (1 << width)) for at in parts]
    return all(g == e or (math.isnan(decode(g, format)) and math.isnan(decode(e, format))) for g, e in pairs)


def saturated(v):
    return 0.0 if math.isnan(v) or v <= 0 else 1.0 if v >= 1 else v


def positive(v):
    return v if math.isnan(v) else 0.0 if v <= 0 else v


def no_number(x, y):
    return math.isnan(x) or math.isnan(y)


def smaller(x, y, sign=1):
    if no_number(x, y):
        return y if math.isnan(x) else x
    if x == y:
        return x if math.copysign(1, x) * sign < 0 else y
    return min(x, y) if sign > 0 else max(x, y)


def or_nan(function):
    return lambda x, y: math.nan if no_number(x, y) else function(x, y)


def of_magnitudes(function):
    def meaning(x, y):
        r = function(abs(x), abs(y))
        return r if math.isnan(r) else math.copysign(r, math.copysign(1, x) * math.copysign(1, y))

    return meaning


larger = partial(smaller, sign=-1)
EXACT = {
    "add": plus,
    "sub": lambda x, y: plus(x, -y),
    "mul": product,
    "fma.rn": fused,
    "fma.rn.relu": lambda x, y, z: positive(fused(x, y, z)),
    "neg": lambda x: -x,
    "abs": lambda x: abs(x),
    "min": smaller,
    "max": larger,
    "min.NaN": or_nan(smaller),
    "max.NaN": or_nan(larger),
    "min.xorsign.abs": of_magnitudes(smaller),
    "max.NaN.xorsign.abs": or_nan(of_magnitudes(larger)),
}
SATURATED = {
    "add.sat": lambda x, y: saturated(plus(x, y)),
    "sub.rn.sat": lambda x, y: saturated(plus(x, -y)),
    "mul.sat": lambda x, y: saturated(product(x, y)),
    "fma.rn.sat": lambda x, y, z: saturated(fused(x, y, z)),
}
FLUSHED = {"add.ftz": "add", "mul.ftz.sat": "mul.sat", "fma.rn.ftz": "fma.rn", "max.ftz": "max", "abs.ftz": "abs"}


def meaning_of(name, format):
    """What an instruction does to the bits of single numbers."""
    number = (EXACT | SATURATED)[FLUSHED.get(name, name)]

    def flush(bits):
        subnormal = name in FLUSHED and 0 < abs(decode(bits, format)) < 2.0 ** FORMATS[format].least
        return bits & 0x8000 if subnormal else bits

    def meaning(*bits):
        return flush(encode(number(*(decode(flush(b), format) for b in bits)), format))

    return meaning


def on_pairs(meaning):
    """The same on each half of 32 bits."""

    def both(*bits):
        return meaning(*(b & 0xFFFF for b in bits)) | meaning(*(b >> 16 for b in bits)) << 16

    return both


@pytest.mark.parametrize("format", HALVES)
def test_arithmetic_is_rounded_once(device, format):
    names = [*EXACT, *(SATURATED if format == "f16" else {}), *(FLUSHED if format == "f16" else {})]
    counts = [meaning_count(n) for n in names]
    singles = [Form(f"{n}.{format}", (16,) * c, 16) for n, c in zip(names, counts, strict=True)]
    pairs = [Form(f"{n}.{format}x2", (32,) * c, 32) for n, c in zip(names, counts, strict=True)]
    meanings = [meaning_of(n, format) for n in names]
    x, y, z = (numbers(format, seed) for seed in (1, 2, 3))
    z[::4] = x[::4] ^ np.uint64(0x8000_8000_8000_8000)  # cancellation
    y[::8] = 0x3C003C00 if format == "f16" else 0x3F803F80  # times one
    same = partial(same_number, format=format)
    check([*singles, *pairs], [*meanings, *map(on_pairs, meanings)], x, y, z, same)


def meaning_count(name):
    return 3 if name.startswith("fma") else 1 if name.split(".")[0] in ("neg", "abs") else 2


COMPARISONS = {
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x < y or x > y,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
}
COMPARISONS |= {f"{n}u": lambda x, y, f=f: no_number(x, y) or f(x, y) for n, f in COMPARISONS.items()}
COMPARISONS |= {"num": lambda x, y: not no_number(x, y), "nan": lambda x, y: no_number(x, y)}


@pytest.mark.parametrize("format", HALVES)
def test_comparisons_know_what_is_no_number(device, format):
    one, forms, meanings = encode(1.0, format), [], []
    for name, true in COMPARISONS.items():
        test = lambda x, y, true=true: true(decode(x, format), decode(y, format))  # noqa: E731
        forms += [Form(f"setp.{name}.{format}", (16, 16), 1), Form(f"set.{name}.{format}.{format}", (16, 16), 16)]
        meanings += [lambda x, y, test=test: int(test(x, y)), lambda x, y, test=test: one if test(x, y) else 0]
        forms.append(Form(f"set.{name}.{format}x2.{format}x2", (32, 32), 32))
        meanings.append(on_pairs(lambda x, y, test=test: one if test(x, y) else 0))
        forms.append(Form(f"set.{name}.u32.{format}x2", (32, 32), 32))
        meanings.append(on_pairs(lambda x, y, test=test: 0xFFFF if test(x, y) else 0))
        forms.append(Form(f"setp.{name}.xor.{format}", (16, 16, 1), 1))
        meanings.append(lambda x, y, z, test=test: int(test(x, y)) ^ z)
    x, y, z = (numbers(format, seed) for seed in (4, 5, 6))
    y[::3] = x[::3]
    check(forms, meanings, x, y, z)


MODES = {"rn": "nearest", "rz": "zero", "rm": "down", "rp": "up"}
TO_WHOLE = {"rzi": math.trunc, "rni": round, "rmi": math.floor, "rpi": math.ceil}
INTEGERS = ("s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64")


def to_integer(whole, format, kind, register):
    """Too large or small is the nearest limit; NaN is 0, or the highest bit alone of 64."""
    width, signed = int(kind[1:]), kind[0] == "s"
    least, most = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)

    def meaning(bits):
        value = decode(bits, format)
        if math.isnan(value):
            return 1 << 63 if width == 64 else 0
        limited = (least if value < 0 else most) if math.isinf(value) else max(least, min(most, whole(value)))
        return limited % (1 << register)

    return meaning


def from_integer(kind, format, mode):
    width, signed = int(kind[1:]), kind[0] == "s"
    sign = 1 << width - 1 if signed else 0
    return lambda bits: encode(((bits % (1 << width)) ^ sign) - sign, format, mode)


@pytest.mark.parametrize("format", HALVES)
def test_integers_become_the_nearest_half_and_halves_the_integer_asked_for(device, format):
    forms, meanings, whole = [], [], []
    for kind in INTEGERS[0 if format == "f16" else 2 :]:
        width = int(kind[1:])
        wide = max(32, width) if format == "f16" else width  # of the register; bf16 wants the very type
        for mode, direction in MODES.items():
            forms.append(Form(f"cvt.{mode}.{format}.{kind}", (width,), 16))
            meanings.append(from_integer(kind, format, direction))
        for mode, function in TO_WHOLE.items():
            whole.append((Form(f"cvt.{mode}.{kind}.{format}", (16,), wide), to_integer(function, format, kind, wide)))
    rng = np.random.default_rng(7)
    x = rng.integers(0, 2**64 - 1, NUMBERS, dtype=np.uint64) >> rng.integers(0, 64, NUMBERS).astype(np.uint64)
    halfway = (np.uint64(1) << rng.integers(9, 63, NUMBERS).astype(np.uint64)) + rng.integers(-1, 2, NUMBERS).astype(
        np.uint64
    )
    x[::3] += halfway[::3]
    x[:8] = [0, 1, 2**64 - 1, 2**63, 2**31, 65504, 65520, (257 << 55) + 1]
    check(forms, meanings, x, x, x, partial(same_number, format=format))
    x = numbers(format, 8)
    check(*zip(*whole, strict=True), x, x, x)


@pytest.mark.parametrize("format", HALVES)
@pytest.mark.parametrize("wide", ["f32", "f64", "other"])
def test_other_numbers_are_rounded_to_half_once(device, format, wide):
    source = wide if wide != "other" else "bf16" if format == "f16" else "f16"
    width, forms, meanings = FORMATS[source].width, [], []
    for mode, direction in MODES.items():
        if wide != "other" and not (wide == "f64" and format == "bf16" and mode != "rn"):
            forms.append(Form(f"cvt.{mode}.{format}.{source}", (width,), 16))
            meanings.append(lambda bits, d=direction: encode(decode(bits, source), format, d))
    if wide == "f32":
        for mode in ("rn", "rz"):
            direction = MODES[mode]
            forms += [
                Form(f"cvt.{mode}.relu.{format}.f32", (32,), 16),
                Form(f"cvt.{mode}.{format}x2.f32", (32, 32), 32),
            ]
            meanings.append(lambda bits, d=direction: encode(positive(decode(bits, "f32")), format, d))
            meanings.append(
                lambda high, low, d=direction: (
                    encode(decode(high, "f32"), format, d) << 16 | encode(decode(low, "f32"), format, d)
                )
            )
    forms.append(Form(f"cvt.f32.{format}", (16,), 32))
    meanings.append(lambda bits: encode(decode(bits, format), "f32"))
    x, y = numbers(source, 9), numbers(source, 10)
    x[::4] = halfway(format, source)[::4]

    def same(form, got, expected):
        return same_number(form, got, expected, "f32" if form.result == 32 and "x2" not in form.opcode else format)

    check(forms, meanings, x, y, x, same)


def halfway(format, source):
    """Numbers between two neighbours of the format, and a step to either side."""
    rng = np.random.default_rng(11)
    bits = rng.integers(0, 1 << 15, NUMBERS).tolist()
    middle = [(decode(b, format) + decode(b + 1, format)) / 2 for b in bits]
    step = rng.integers(-1, 2, NUMBERS).tolist()
    return np.array(
        [(encode(m, source) + (s if math.isfinite(m) else 0)) % 2**63 for m, s in zip(middle, step, strict=True)],
        np.uint64,
    )


def test_tensor_floats_keep_ten_digits(device):
    modes = {"rna": "away", "rn": "nearest"}
    forms = [Form(f"cvt.{mode}.tf32.f32", (32,), 32) for mode in modes]
    meanings = [lambda bits, d=d: encode(decode(bits, "f32"), "tf32", d) << 13 for d in modes.values()]
    x = numbers("f32", 12)
    x[::2] = (x[::2] & np.uint64(0xFFFFE000)) + np.uint64(0x1000)  # ties
    check(forms, meanings, x, x, x, partial(same_number, format="f32"))
