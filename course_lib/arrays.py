"""The arrays that layers and convolutions take: NumPy's on the CPU, CuPy's on a GPU, each through its own functions.

xp = floats(x=x, w=w)
y = xp.maximum(x, 0)          # of the kind that came
"""

import sys

import numpy as np

from course_lib.errors import UserError

NUMPYS = [{(np.ndarray, np.dtype(name))} for name in ("f4", "f8")]


class ArrayError(UserError, TypeError):
    """Something else than an array of floats, or arrays of two kinds."""


def namespace(array):
    """The module whose functions work on `array`: numpy, or cupy where it lies on a GPU. Raises ArrayError."""
    if isinstance(array, np.ndarray):
        return np
    if _on_gpu(array):
        return sys.modules["cupy"]  # its arrays have no __array_namespace__
    raise ArrayError(f"a NumPy or CuPy array was expected, but {_named(array)} came; make it one with np.asarray(...)")


def on(xp, values, dtype=None):
    """Numbers from anywhere, on the host or on a GPU, as an array of that namespace."""
    if xp is np and _on_gpu(values):
        values = values.get()  # CuPy never moves an array to the host unasked
    return xp.asarray(values, dtype)


def floats(**arrays):
    """The namespace that all of these arrays share. Raises ArrayError unless all are float32, or all float64."""
    if {(type(array), getattr(array, "dtype", None)) for array in arrays.values()} in NUMPYS:
        return np  # what nearly always comes
    first, lead = next(iter(arrays.items()))
    for name, array in arrays.items():
        try:
            xp = namespace(array)
        except ArrayError as error:
            raise ArrayError(f"{name}: {error}") from None
        if array.dtype not in (np.float32, np.float64):
            raise ArrayError(f"{name} is an array of {array.dtype}; float32 or float64 is needed: {name}.astype('f4')")
        if xp is not namespace(lead) or array.dtype != lead.dtype:
            raise ArrayError(
                f"{first} is {_named(lead)} and {name} is {_named(array)}; bring both to one kind and one dtype"
            )
    return namespace(lead)


def is_whole(value, least: int = 0) -> bool:
    """Whether it is an integer, of Python or NumPy, of at least that much; a bool is no number here."""
    return (type(value) is int or isinstance(value, np.integer)) and value >= least


def _on_gpu(value) -> bool:
    return type(value).__module__.split(".")[0] == "cupy"


def _named(value) -> str:
    kind = f"{type(value).__module__.split('.')[0]}.{type(value).__name__}"
    return f"a {kind} of {value.dtype}" if hasattr(value, "dtype") else f"a {type(value).__name__}"
