"""Correctly rounded arithmetic, written apart from the glass GPU: with fractions, and in NumPy where speed matters."""

from fractions import Fraction

import numpy as np


def fma32(x, y, z) -> np.ndarray:
    """x y + z of float32 arrays, rounded once, in NumPy.

    In float64 the product of two float32 is exact, and the sum s = x y + z has an exact error e (Knuth's two-sum).
    Rounding s to odd (if e is not 0 and the last bit of s is 0, step towards e) keeps enough to round once more to
    float32: Boldo and Melquiond, *Emulation of FMA and correctly rounded sums*, 2008.
    """
    with np.errstate(all="ignore"):
        x, y, z = (np.asarray(v, np.float32).astype(np.float64) for v in (x, y, z))
        product = x * y
        s = product + z
        rest = s - product
        e = (product - (s - rest)) + (z - rest)
        even = s.view(np.int64) % 2 == 0
        odd = np.where((e != 0) & even & np.isfinite(s), np.nextafter(s, np.copysign(np.inf, e)), s)
        return odd.astype(np.float32)


@np.vectorize
def fma64(x, y, z):
    """x y + z of float64, rounded once, by fractions."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return x * y + z
    if not np.isfinite(z):
        return z
    exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
    return rounded(exact, np.float64) if exact else x * y + z


def rounded(exact: Fraction, dtype, mode="nearest"):
    """A fraction as the NumPy float in that direction: "nearest" (even), "zero", "down", "up"."""
    with np.errstate(over="ignore"):
        nearest = _nearest(exact, dtype)
    mode = mode if mode != "zero" else "down" if exact > 0 else "up"
    too_high = np.isposinf(nearest) or (np.isfinite(nearest) and Fraction(float(nearest)) > exact)
    too_low = np.isneginf(nearest) or (np.isfinite(nearest) and Fraction(float(nearest)) < exact)
    if mode == "down" and too_high:
        return np.nextafter(nearest, dtype(-np.inf))
    return np.nextafter(nearest, dtype(np.inf)) if mode == "up" and too_low else nearest


def _nearest(exact, dtype):
    """Scaled so that the last place of the result is 1, then rounded half to even, which is what round() does."""
    info = np.finfo(dtype)
    if exact == 0:
        return dtype(0)
    exponent = _exponent(abs(exact))
    last = max(exponent - info.nmant, info.minexp - info.nmant)
    whole = round(exact / Fraction(2) ** last)
    if abs(whole) * Fraction(2) ** last >= Fraction(2) ** info.maxexp:
        return dtype(np.inf if whole > 0 else -np.inf)
    return np.copysign(dtype(np.ldexp(float(whole), last)), dtype(1 if exact > 0 else -1))


def _exponent(positive: Fraction) -> int:
    """e with 2^e <= positive < 2^(e + 1)."""
    e = positive.numerator.bit_length() - positive.denominator.bit_length()
    return e if Fraction(2) ** e <= positive else e - 1
