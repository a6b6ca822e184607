"""Fixed point: numbers of WL bits with the point at a fixed place, held exactly in NumPy's or CuPy's floats.

    number = FixedPoint(8, 8)                               # <IL, FL>, 16 bits
    y = nearest(x, number)
    y = stochastic(x, number, np.random.default_rng(0))
    C = product(A, B, number, nearest)                      # one rounding for each element

A rounding is a function of an array and a FixedPoint, so functools.partial(stochastic, rng=rng) is one too.

    symbol  meaning
    IL      bits before the point, the sign among them
    FL      bits after it
    WL      IL + FL, the length of a word
    eps     2^-FL, the gap between neighbours
    range   -2^(IL-1) to 2^(IL-1) - eps; what lies beyond becomes the nearer end (saturation)

Source: S. Gupta, A. Agrawal, K. Gopalakrishnan, P. Narayanan, *Deep Learning with Limited Numerical Precision*,
ICML 2015, arXiv:1502.02551, section 3.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_lib.arrays import floats, is_whole
from course_lib.errors import UserError

BITS = {"float32": 24, "float64": 53}  # whole numbers up to 2^BITS are all there


class FixedPointError(UserError, ValueError):
    """A format that cannot be, or numbers that it cannot hold."""


@dataclass(frozen=True)
class FixedPoint:
    """The format <IL, FL>. Raises FixedPointError unless IL >= 1, FL >= 0 and float64 holds IL + FL bits."""

    IL: int
    FL: int

    def __post_init__(self):
        if not is_whole(self.IL, 1) or not is_whole(self.FL) or self.WL > 54:
            raise FixedPointError(
                f"IL should be a whole number from 1 on, since the sign is a bit too, FL one from 0 on, and both "
                f"together at most 54 bits; they are {self.IL!r} and {self.FL!r}"
            )
        for name in ("IL", "FL"):
            object.__setattr__(self, name, int(getattr(self, name)))  # NumPy's whole numbers as Python's

    @property
    def WL(self) -> int:
        return self.IL + self.FL

    @property
    def eps(self) -> float:
        return 2.0**-self.FL

    @property
    def least(self) -> float:
        return -(2.0 ** (self.IL - 1))

    @property
    def most(self) -> float:
        return -self.least - self.eps

    def __str__(self):
        return f"<{self.IL}, {self.FL}>"


Rounding = Callable  # (x, number) -> an array of x's kind, shape and dtype


def nearest(x, number: FixedPoint):
    """The nearest multiple of eps in the range; half way between two, the upper one.

    So what is smaller than eps/2 becomes 0. NaN stays NaN. x: float32 or float64, of any shape.
    Raises FixedPointError, ArrayError.
    """
    xp, below, rest = _split(x, number)
    return xp.asarray((below + (rest >= 0.5)) * x.dtype.type(number.eps))


def stochastic(x, number: FixedPoint, rng: np.random.Generator):
    """The multiple of eps below x, or the one above with probability (x - below) / eps.

    Beyond the range it is the end of it. Inside, the mean over many roundings is x, up to
    eps 2^-24 in float32 and eps 2^-53 in float64. Each element has a random number of its own,
    drawn on the host: the same seed rounds alike everywhere. Raises FixedPointError, ArrayError.
    """
    if not isinstance(rng, np.random.Generator):
        wanted = "rng=np.random.default_rng(0) was expected"
        raise FixedPointError(f"stochastic draws random numbers: {wanted}, but {rng!r} came")
    xp, below, rest = _split(x, number)
    drawn = xp.asarray(rng.random(x.shape, np.dtype(x.dtype.name)))
    return xp.asarray((below + (drawn < rest)) * x.dtype.type(number.eps))


def product(A, B, number: FixedPoint, rounding: Rounding):
    """A B, each element rounded once: the sum before is exact, as in an accumulator of many bits.

    A (m, k) and B (k, n) hold multiples of eps in the range -> (m, n). A term has 2 FL bits after the point; a
    float64 holds sums of k of them as long as 2 (WL - 1) + log2(k) <= 53. Raises FixedPointError, ArrayError.
    """
    xp = floats(A=A, B=B)
    require_rounding(number, rounding)
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise FixedPointError(f"A (m, k) and B (k, n) were expected, but they are {A.shape} and {B.shape}")
    needed = 2 * (number.WL - 1) + (A.shape[1] - 1).bit_length()
    if needed > BITS["float64"]:
        raise FixedPointError(
            f"a sum of {A.shape[1]} products of {number} needs {needed} bits, but the accumulator has "
            f"{BITS['float64']}; take fewer terms, or shorter words"
        )
    for name, array in (("A", A), ("B", B)):
        off = array != nearest(array, number)
        if off.any():
            place = tuple(int(i[0]) for i in xp.nonzero(off))
            raise FixedPointError(
                f"{name}{list(place)} is {float(array[place])!r}, which {number} does not hold; round {name} first"
            )
    return rounding(A.astype("f8") @ B.astype("f8"), number).astype(A.dtype)


def saturated(x, number: FixedPoint):
    """Where x lies beyond the range, so that rounding moves it to an end. Raises FixedPointError, ArrayError."""
    _require_format(number)
    floats(x=x)
    return (x < number.least) | (x > number.most)


def require_rounding(number, rounding) -> None:
    """Raises FixedPointError unless the one is a format and the other may be a rounding."""
    _require_format(number)
    if not callable(rounding):
        raise FixedPointError(f"rounding should be nearest, or partial(stochastic, rng=rng); it is {rounding!r}")


def _require_format(number) -> None:
    if not isinstance(number, FixedPoint):
        raise FixedPointError(f"a format such as FixedPoint(8, 8) was expected, but {number!r} came")


def _split(x, number: FixedPoint) -> tuple:
    """x's namespace; x / eps as a whole number and a rest from 0 to below 1: both exact, for eps is a power of two."""
    _require_format(number)
    xp, bits = floats(x=x), BITS[x.dtype.name]
    if number.WL - 1 > bits:
        raise FixedPointError(f"{number} has {number.WL} bits, which {x.dtype} does not hold; use x.astype('f8')")
    inside = xp.clip(x, number.least, number.most)
    scaled = inside * x.dtype.type(2.0**number.FL)
    below = xp.floor(scaled)
    return xp, below, scaled - below
