"""Conversions to and from floats of 8 bits, and those that keep what is too large finite."""

import math
from fractions import Fraction

import numpy as np
import pytest
from floating_formats import FORMATS, decode, encode, smallest_bits
from gpu_instructions import NUMBERS, Form, check

NUMBERS_OF = {kind: {b: decode(b, kind) for b in range(128)} for kind in ("e4m3", "e5m2")}
FINITE = {kind: {b: Fraction(v) for b, v in found.items() if math.isfinite(v)} for kind, found in NUMBERS_OF.items()}


def nearest(value: float, kind: str) -> int:
    """The bits of 8 whose number is nearest, the even of two; too large is the largest; NaN is 0x7f."""
    if math.isnan(value):
        return 0x7F
    size = Fraction(min(abs(value), 1e6))
    bits = min(FINITE[kind], key=lambda b: (abs(FINITE[kind][b] - size), b & 1))
    return bits | (0x80 if math.copysign(1, value) < 0 else 0)


def relu(value: float) -> float:
    return value if math.isnan(value) or value > 0 else 0.0


def limited(value: float, kind: str) -> float:
    most = decode((FORMATS[kind].most - FORMATS[kind].least + 2 << FORMATS[kind].digits) - 1, kind)
    return value if math.isnan(value) else max(-most, min(most, value))


def halves(bits: int, width: int, kind: str) -> list[float]:
    """[upper, lower] number of a pair."""
    return [decode(bits >> width & (1 << width) - 1, kind), decode(bits & (1 << width) - 1, kind)]


FORMS = {}
for sign, keep in (("", float), (".relu", relu)):
    for t in ("e4m3", "e5m2"):
        FORMS[Form(f"cvt.rn.satfinite{sign}.{t}x2.f32", (32, 32), 16)] = lambda x, y, t=t, keep=keep: (
            nearest(keep(decode(x, "f32")), t) << 8 | nearest(keep(decode(y, "f32")), t)
        )
        FORMS[Form(f"cvt.rn.satfinite{sign}.{t}x2.f16x2", (32,), 16)] = lambda x, t=t, keep=keep: (
            nearest(keep(halves(x, 16, "f16")[0]), t) << 8 | nearest(keep(halves(x, 16, "f16")[1]), t)
        )
        FORMS[Form(f"cvt.rn{sign}.f16x2.{t}x2", (16,), 32)] = lambda x, t=t, keep=keep: (
            encode(keep(halves(x, 8, t)[0]), "f16") << 16 | encode(keep(halves(x, 8, t)[1]), "f16")
        )
    for t in ("f16", "bf16"):
        for mode, rounding in (("rn", "nearest"), ("rz", "zero")):
            FORMS[Form(f"cvt.{mode}{sign}.satfinite.{t}.f32", (32,), 16)] = lambda x, t=t, keep=keep, r=rounding: (
                encode(limited(keep(decode(x, "f32")), t), t, r)
            )
            FORMS[Form(f"cvt.{mode}{sign}.satfinite.{t}x2.f32", (32, 32), 32)] = (
                lambda x, y, t=t, keep=keep, r=rounding: (
                    encode(limited(keep(decode(x, "f32")), t), t, r) << 16
                    | encode(limited(keep(decode(y, "f32")), t), t, r)
                )
            )


def operands(seed):
    """Floats of 32 bits near what 8 bits hold, and any bits at all."""
    rng = np.random.default_rng(seed)
    near = (rng.standard_normal(NUMBERS) * 2.0 ** rng.integers(-20, 20, NUMBERS)).astype(np.float32).view(np.uint32)
    coarse = near & np.uint32(0xFFF80000)  # many ties
    bits = np.where(rng.random(NUMBERS) < 0.5, near, coarse)
    special = np.array(smallest_bits("f32"), np.uint32)
    bits[: special.size] = special
    half = rng.integers(0, 1 << 32, NUMBERS, dtype=np.uint32)
    return np.where(np.arange(NUMBERS) % 3 == 0, half, bits).astype(np.uint64)


@pytest.mark.parametrize("part", range(3))
def test_small_floats_are_the_nearest_and_stay_finite(device, part):
    forms = list(FORMS)[part::3]
    x, y = operands(part), operands(part + 10)
    check(forms, [FORMS[f] for f in forms], x, y, y)
