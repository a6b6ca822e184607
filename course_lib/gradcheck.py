"""Finite differences: a gradient that was written by hand, against the slope of the function itself.

    check_gradient(lambda x, w: x @ w, (x, w), (dx, dw), dy)

With L = sum(dy * f(x, w)), the claim is dx = dL/dx and dw = dL/dw. Each judged coordinate is moved by a step h to
either side, and all is computed in float64 (arrays of any kind that has NumPy's methods: NumPy's, CuPy's).

    h = eps^(1/3) scale of x      balances the error of the formula, ~ h^2, with that of rounding, ~ eps / h
    allowed = 100 eps^(2/3) scale of the gradient + rounding

eps is that of what f gives: a function that computes in float32 is moved further and judged less strictly. Where the
slope to the left and that to the right differ (relu at 0, a tie in a maximum) there is no derivative: a claim between
the two, unless it is their mean, is neither right nor wrong and not counted; if most are so, the point is refused.

Source: Press, Teukolsky, Vetterling, Flannery, *Numerical Recipes*, section 5.7.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from course_lib.errors import UserError


class GradientError(UserError, ValueError):
    """A check that makes no sense: wrong shapes, no floats, a function that is not the same twice, a kink."""


class WrongGradient(UserError):
    """A gradient that the slope of the function contradicts."""


def check_gradient(
    f: Callable, arrays: Sequence, gradients: Sequence, dy=None, coordinates: int | None = None, seed: int = 0
) -> float:
    """Hold claimed gradients against central differences; the largest difference, relative to the gradient's scale.

    f(*arrays)   gives a number, or with `dy` an array of dy's shape; it must give the same for the same arrays
    arrays       float arrays, none of which is changed
    gradients    dL/d array for each of them, of the same shape; None for one that shall not be judged
    dy           dL/df; without it L = f, a number
    coordinates  so many of each array, drawn from `seed`, are judged; all of them if it is None

    Raises WrongGradient, naming the coordinate that differs most; GradientError where nothing can be judged.
    """
    if not callable(f):
        raise GradientError(f"f should be a function of the arrays, but {f!r} came")
    names = _names(f, len(arrays))
    if len(gradients) != len(arrays):
        raise GradientError(
            f"a gradient (or None) for each of {len(arrays)} arrays was expected; {len(gradients)} came"
        )
    if coordinates is not None and (not isinstance(coordinates, (int, np.integer)) or coordinates < 1):
        raise GradientError(f"coordinates should be 1 or more, or None for all of them; it is {coordinates!r}")
    for name, array, gradient in zip(names, arrays, gradients, strict=True):
        _require_floats(name, array)
        if not hasattr(array, "__setitem__"):
            raise GradientError(f"{name} should be an array, but it is a number; make it one by np.array({name})")
        if gradient is not None:
            _require_like(f"the gradient of {name}", gradient, array)
    slopes = _Slopes(f, [array.astype("f8") for array in arrays], dy)
    rng, worst = np.random.default_rng(seed), 0.0
    for number, (name, gradient) in enumerate(zip(names, gradients, strict=True)):
        if gradient is not None and math.prod(gradient.shape):
            worst = max(worst, _judge(slopes, number, name, gradient, coordinates, rng))
    return worst


class Slope(NamedTuple):
    """Of L, where one coordinate moves; rounding: how far the arithmetic may have put it off."""

    left: float
    right: float
    rounding: float

    @property
    def central(self) -> float:
        return (self.left + self.right) / 2


def _judge(slopes: "_Slopes", number: int, name: str, gradient, coordinates: int | None, rng) -> float:
    """One array; the largest difference relative to its gradient's scale."""
    count = math.prod(gradient.shape)
    chosen = range(count)
    if coordinates is not None and coordinates < count:
        chosen = sorted(rng.choice(count, coordinates, replace=False).tolist())
    places = [tuple(map(int, np.unravel_index(flat, gradient.shape))) for flat in chosen]
    found = [(place, float(gradient[place]), slopes.at(number, place)) for place in places]
    scale = max(_largest(gradient), *(abs(slope.central) for _, _, slope in found))
    relative = 100 * (slopes.eps ** (2 / 3) + float(np.finfo(gradient.dtype.name).eps))
    close, wrong, open_ = [0.0], [], []
    for place, claim, slope in found:
        off, allowed = abs(claim - slope.central), relative * scale + slope.rounding
        if off <= allowed:
            close.append(off)
        elif off <= abs(slope.right - slope.left) / 2 + allowed:
            open_.append((place, slope))
        else:
            wrong.append((off, place, claim, slope.central))
    if wrong:
        off, place, claim, central = max(wrong)
        raise WrongGradient(
            f"the gradient of {name} is {claim:.6g} at {name}{list(place)}, but the slope of f there is {central:.6g}: "
            f"they differ by {off:.3g}, and {len(wrong)} of {len(found)} judged elements of {name} are wrong"
        )
    if 2 * len(open_) > len(found):
        place, slope = open_[0]
        raise GradientError(
            f"f has a kink at {name}{list(place)}, where its slope is {slope.left:.6g} to the left and "
            f"{slope.right:.6g} to the right, and at {len(open_)} of {len(found)} judged elements in all; choose "
            "another point, such as this one with small random numbers added"
        )
    return max(close) / scale if scale else 0.0


class _Slopes:
    """The one-sided slopes of L = sum(dy * f) at one point."""

    def __init__(self, f: Callable, arrays: list, dy):
        self._f, self._arrays, self._dy = f, arrays, 1.0
        here = self._value()
        if dy is None:
            if here.shape != ():
                raise GradientError(f"f gives an array of shape {here.shape}, so it needs a dy of that shape")
        else:
            _require_floats("dy", dy)
            _require_like("dy", dy, here)
            self._dy = dy.astype("f8")
        if not math.isfinite(_largest(here)):
            raise GradientError("f gives infinity or NaN at this point, where nothing has a slope")
        if _largest(here - self._value()) != 0:
            raise GradientError("f gives two results for the same arrays; let its random numbers start from a seed")
        self.eps = float(np.finfo(here.dtype.name).eps)
        self._here = here.astype("f8")

    def at(self, number: int, place: tuple) -> Slope:
        array = self._arrays[number]
        x, size = float(array[place]), math.sqrt(float((array * array).mean())) or 1.0
        step = self.eps ** (1 / 3) * max(abs(x), size)
        low, high = x - step, x + step
        below, above = self._value(number, place, low), self._value(number, place, high)
        if not math.isfinite(_largest(below)) or not math.isfinite(_largest(above)):
            raise GradientError(f"f gives infinity or NaN {step:.1g} beside this point, so no slope can be measured")
        down, up = self._dy * (self._here - below), self._dy * (above - self._here)
        touched = abs(self._dy * self._here) * ((down != 0) | (up != 0))
        rounding = 10 * self.eps * float(touched.sum()) / step
        return Slope(float(down.sum()) / (x - low), float(up.sum()) / (high - x), rounding)

    def _value(self, number: int | None = None, place: tuple = (), value: float = 0.0):
        """f of fresh copies, one element of one of them replaced."""
        copies = [array.copy() for array in self._arrays]
        if number is not None:
            copies[number][place] = value
        came = self._f(*copies)
        came = np.float64(came) if isinstance(came, (int, float)) else came
        _require_floats("what f gives", came)
        return came


def _names(f: Callable, count: int) -> list[str]:
    """What f calls its arguments."""
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):  # some functions written in C do not say
        names = []
    return names if len(names) == count else [f"argument {number}" for number in range(1, count + 1)]


def _require_floats(what: str, array) -> None:
    if getattr(getattr(array, "dtype", None), "kind", "") != "f":
        kind = getattr(array, "dtype", None) or type(array).__name__
        raise GradientError(
            f"{what} should be an array of floats, but it is {kind}; what has no slope, such as labels, belongs "
            "into f, as in lambda x: loss(x, labels)"
        )


def _require_like(what: str, array, other) -> None:
    _require_floats(what, array)
    if array.shape != other.shape:
        raise GradientError(f"{what} should have the shape {other.shape}, but it has {array.shape}")
    if not math.isfinite(_largest(array)):
        raise WrongGradient(f"{what} holds infinity or NaN")


def _largest(array) -> float:
    return float(abs(array).max()) if math.prod(array.shape) else 0.0
