"""Floating-point formats by their definition, in fractions: nothing here knows how the glass GPU computes.

A number is a Python float, which holds every value of 16 and 32 bits exactly; encode() rounds a fraction to a format.
"""

import math
from fractions import Fraction
from typing import NamedTuple


class Format(NamedTuple):
    """width in bits; digits of the fraction; the exponents of the least and greatest normal numbers."""

    width: int
    digits: int
    least: int
    most: int


FORMATS = {
    "f16": Format(16, 10, -14, 15),
    "bf16": Format(16, 7, -126, 127),
    "e5m2": Format(8, 2, -14, 15),
    "e4m3": Format(8, 3, -6, 8),  # no infinity: its place holds numbers, and NaN
    "tf32": Format(19, 10, -126, 127),
    "f32": Format(32, 23, -126, 127),
    "f64": Format(64, 52, -1022, 1023),
}


def decode(bits: int, format: str) -> float:
    f = FORMATS[format]
    fraction, exponent = bits & ((1 << f.digits) - 1), bits >> f.digits & ((1 << (f.width - 1 - f.digits)) - 1)
    sign = -1.0 if bits >> (f.width - 1) & 1 else 1.0
    if format == "e4m3" and fraction == 7 and exponent == 15:
        return math.nan
    if exponent == f.most - f.least + 2 and format != "e4m3":
        return math.copysign(math.nan if fraction else math.inf, sign)
    if exponent == 0:
        return sign * math.ldexp(fraction, f.least - f.digits)
    return sign * math.ldexp(fraction + (1 << f.digits), exponent - 1 + f.least - f.digits)


def encode(value, format: str, mode: str = "nearest") -> int:
    """A float or fraction, rounded once: "nearest" (ties to even), "away" (ties away), or "zero", "down", "up"."""
    f = FORMATS[format]
    infinite = (f.most - f.least + 2) << f.digits
    sign = 1 << (f.width - 1) if math.copysign(1, value) < 0 else 0
    if isinstance(value, float) and math.isnan(value):
        return infinite + (1 << f.digits) - 1
    if value in (math.inf, -math.inf):
        return sign | infinite
    exact = abs(Fraction(value))
    unit = Fraction(2) ** (max(_exponent(exact), f.least) - f.digits) if exact else Fraction(1)
    below = exact / unit // 1
    rest = exact / unit - below
    upward = {"zero": False, "down": sign and rest, "up": not sign and rest, "away": rest >= Fraction(1, 2)}
    upward["nearest"] = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2)
    rounded = (below + bool(upward[mode])) * unit
    if rounded >= Fraction(2) ** (f.most + 1):
        outward = mode in ("nearest", "away") or mode == ("down" if sign else "up")
        return sign | (infinite if outward else infinite - 1)
    if rounded < Fraction(2) ** f.least:
        return sign | int(rounded / Fraction(2) ** (f.least - f.digits))
    e = _exponent(rounded)
    return sign | (e - f.least << f.digits) + int(rounded / Fraction(2) ** (e - f.digits))


def _exponent(positive: Fraction) -> int:
    """e with 2^e <= positive < 2^(e + 1); 0 for 0."""
    e = positive.numerator.bit_length() - positive.denominator.bit_length()
    return e if Fraction(2) ** e <= positive or not positive else e - 1


def fused(x: float, y: float, z: float):
    """x y + z, exactly: a fraction, or a float where it is zero, infinite or NaN."""
    if not all(map(math.isfinite, (x, y))):
        return _product(x, y) + z
    if not math.isfinite(z):
        return z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    return exact if exact else math.copysign(1, x) * math.copysign(1, y) * 0.0 + z if x * y == 0 or z == 0 else 0.0


def product(x: float, y: float):
    exact = all(map(math.isfinite, (x, y))) and x and y
    return Fraction(x) * Fraction(y) if exact else _product(x, y)


def plus(x: float, y: float):
    exact = all(map(math.isfinite, (x, y))) and Fraction(x) + Fraction(y)
    return exact if exact else x + y


def _product(x, y):
    if math.isnan(x) or math.isnan(y):
        return math.nan
    return x * y  # zero or infinite


def smallest_bits(format: str) -> list[int]:
    """Bits worth trying: zeros, ones, subnormals, the limits of every range, infinities, NaNs, powers of two."""
    f = FORMATS[format]
    top, infinite, one = 1 << (f.width - 1), (f.most - f.least + 2) << f.digits, -f.least + 1 << f.digits
    positive = [0, 1, 2, (1 << f.digits) - 1, 1 << f.digits, (1 << f.digits) + 1, one - 1, one, one + 1, one // 2 + 3]
    positive += [
        one + (1 << f.digits - 1),
        one + (3 << f.digits),
        infinite - 1,
        infinite,
        infinite + 1,
        infinite | top >> 1,
    ]
    positive += [one - (1 << f.digits), encode(math.pi, format), encode(2049.0, format), encode(100.5, format)]
    return [bits for p in positive for bits in (p, p | top)]
