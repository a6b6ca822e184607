"""The learner's names: their functions are called and their values read, and only plain data leaves.

Plain data: None, bool, int, float, str, NumPy arrays of numbers, and tuples, lists and dicts of them. So what a test
gets can neither change what the test compares with, nor call itself equal to everything. A tensor of another library
becomes the NumPy array that it stands for, an array without axes the number in it, a range a tuple.

It knows nothing of tests: it runs where the answers are, in the notebook or in the sandbox of marks.
"""

import linecache

import numpy as np

from course_lib.grading.spec import AnswerError, describe


class Opaque:
    """Stands for an object that is not plain data; all that is left of it is the name of its type."""

    def __init__(self, type_name: str):
        self.type = type_name

    def __repr__(self):
        return f"an object of type {self.type}"


def plain(value):
    """A copy of `value` made of plain data only; what is not plain becomes Opaque."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray | np.generic) or hasattr(type(value), "__array__"):
        return _array(value)
    if isinstance(value, (tuple, list, range)):
        return type(value)(map(plain, value)) if type(value) in (tuple, list) else tuple(map(plain, value))
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return Opaque(type(value).__name__)


def _array(value):
    """Numbers in this machine's order of bytes, of at most 64 bits each (128 if complex); of a tensor, its values."""
    try:
        found = value.numpy(force=True) if hasattr(value, "detach") else np.asarray(value)
    except Exception:  # noqa: BLE001  an object may call itself an array, and be none
        return Opaque(type(value).__name__)
    kind, size = found.dtype.kind, found.dtype.itemsize
    if kind not in "biufc":
        return found.item() if isinstance(value, np.str_) else Opaque(f"{found.dtype} array")
    made = np.array(found, f"{kind}{min(size, {'f': 8, 'c': 16}.get(kind, size))}")
    return made if made.ndim else made.item()


def read(namespace: dict, name: str):
    """The value of that name, as plain data. Raises AnswerError if there is none."""
    return plain(_find(namespace, name))


def call(namespace: dict, name: str, args: tuple, kwargs: dict):
    """What the function of that name gives, as plain data. Raises AnswerError, whatever the function raised."""
    function = find_function(namespace, name)
    try:
        return plain(function(*args, **kwargs))
    except (Exception, SystemExit) as error:  # noqa: BLE001  a learner's code may raise anything
        raise told(error, namespace) from None


def find_function(namespace: dict, name: str):
    """The function of that name. Raises AnswerError if there is none."""
    function = _find(namespace, name)
    if not callable(function):
        raise AnswerError(f"{name} should be a function, but it is {describe(plain(function))}", "TypeError")
    return function


def told(error: BaseException, namespace: dict) -> AnswerError:
    """What the learner's code raised, with the line of theirs where it did."""
    return AnswerError(f"{type(error).__name__}: {error}{_line(error, namespace)}", type(error).__name__)


def _find(namespace: dict, name: str):
    if name not in namespace:
        raise AnswerError(f"{name} is not defined: run its cell first, and keep the name", "NameError")
    return namespace[name]


def _line(error: BaseException, namespace: dict) -> str:
    """Where in the learner's own cells an exception was raised, or ""."""
    trace, number, text = error.__traceback__, 0, ""
    while trace:
        if trace.tb_frame.f_globals is namespace:
            number = trace.tb_lineno
            text = linecache.getline(trace.tb_frame.f_code.co_filename, number).strip()
        trace = trace.tb_next
    return f" (in your line {number}{': ' + text if text else ''})" if number else ""
