"""How many operations a formula makes, found out by handing it numbers that count.

operations(lambda x: np.exp(x).sum(1), x)     # one for each exp, one for each addition

Any function will do that is written in NumPy and does not ask for floats. +, -, *, /, a power, a comparison, exp, log,
sqrt and tanh count one each, whatever they cost on a machine; a change of sign counts nothing.
"""

import math
import operator
from collections.abc import Callable

import numpy as np

from course_lib.errors import UserError


def operations(f: Callable, *arrays) -> int:
    """Of f(*arrays). Each array is handed over as one of numbers that count; it is not changed itself.

    Raises UserError unless f is a function.
    """
    if not callable(f):
        raise UserError(f"f should be a function of the arrays, such as np.exp; it is {f!r}")
    tally = [0]
    f(*(np.vectorize(lambda value: _Number(float(value), tally), otypes=[object])(array) for array in arrays))
    return tally[0]


class _Number:
    """A float; every operation adds one to the tally that all numbers of a call share."""

    __slots__ = ("tally", "value")
    __hash__ = None

    def __init__(self, value: float, tally: list[int]):
        self.value, self.tally = value, tally

    def __float__(self):
        return self.value

    def __neg__(self):
        return _Number(-self.value, self.tally)

    def __abs__(self):
        return _Number(abs(self.value), self.tally)


def _of_two(function: Callable, turned: bool, kind: type):
    def method(self, other):
        self.tally[0] += 1
        a, b = self.value, float(other)
        result = function(b, a) if turned else function(a, b)
        return result if kind is bool else _Number(result, self.tally)

    return method


def _of_one(function: Callable):
    def method(self):
        self.tally[0] += 1
        return _Number(function(self.value), self.tally)

    return method


for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(_Number, f"__{_name}__", _of_two(getattr(operator, _name), False, _Number))
    setattr(_Number, f"__r{_name}__", _of_two(getattr(operator, _name), True, _Number))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(_Number, f"__{_name}__", _of_two(getattr(operator, _name), False, bool))
for _name in ("exp", "log", "sqrt", "tanh"):
    setattr(_Number, _name, _of_one(getattr(math, _name)))
