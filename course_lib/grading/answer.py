"""The learner's named objects, as a test sees them.

    answer.grid_for(100, 100, (16, 16))     calls the learner's function
    answer.value("threads")                 reads a value
    answer.launch("tiled_kernel", "matmul", grid, block, [A, B, C, m, n, k], TILE=16)
                                            runs the learner's CUDA C
    answer.count(...)                       the same, and counts what its warps do, line by line
    answer.check(...)                       the same, and looks for races, unwritten reads and the like

Everything that crosses is plain (None, bool, int, float, str, NumPy arrays, and tuples, lists and dicts of them), and
is copied on its way in. So the answer may live in another process than the test, and it can neither change what the
test compares with nor hand back an object that calls itself equal to everything.

An answer keeps a log of what it was asked and what came: mistakes.py asks known mistakes the same.
"""

import copy
import linecache

import numpy as np

from course_lib.errors import UserError
from course_lib.grading import kernels
from course_lib.grading.spec import AnswerError, describe

STUB = "your code here"  # what release.py leaves where the learner is to write
UNWRITTEN = f"it is not written yet: put your code in place of the line “{STUB}”, and run the cell"


class Opaque:
    """Stands for an object that is not plain data; all that is left of it is the name of its type."""

    def __init__(self, value):
        self.type = type(value).__name__

    def __repr__(self):
        return f"an object of type {self.type}"


class Answer:
    """The answers found in `namespace`, a notebook's global names."""

    def __init__(self, namespace: dict):
        self._namespace = namespace
        self.log: list[tuple] = []  # (method, arguments, what came: a value or an AnswerError)
        self.unwritten = False  # whether a launch changed nothing, and its text still holds the starter's line

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.ask("_call", name, args, kwargs)

    def value(self, name: str):
        """The learner's value of that name, as plain data. Raises AnswerError if there is none."""
        return self.ask("_read", name)

    def launch(self, name: str, kernel: str, grid: tuple, block: tuple, args: list, **defines) -> kernels.Launched:
        """Run `kernel` of the CUDA C text `name`; see kernels.run. Raises AnswerError if it does not end well."""
        return self.ask("_launch", name, kernel, grid, block, args, defines)

    def count(self, name: str, kernel: str, grid: tuple, block: tuple, args: list, **defines) -> kernels.Launched:
        """The same launch, and in `lines` what its warps did."""
        return self.ask("_count", name, kernel, grid, block, args, defines)

    def check(self, name: str, kernel: str, grid: tuple, block: tuple, args: list, **defines) -> kernels.Launched:
        """The same launch in several orders, and in `findings` what kernel.check found."""
        return self.ask("_check", name, kernel, grid, block, args, defines)

    def ask(self, method: str, *arguments):
        """One logged request. Raises AnswerError."""
        try:
            came = getattr(self, method)(*copy.deepcopy(arguments))
        except AnswerError as error:
            came = error
        self.log.append((method, arguments, came))
        if isinstance(came, AnswerError):
            raise came
        return came

    def _read(self, name):
        return plain(self._find(name))

    def _find(self, name):
        if name not in self._namespace:
            raise AnswerError(f"{name} is not defined: run its cell first, and keep the name", "NameError")
        return self._namespace[name]

    def _call(self, name, args, kwargs):
        function = self._find(name)
        if not callable(function):
            raise AnswerError(f"{name} should be a function, but it is {describe(plain(function))}", "TypeError")
        try:
            return plain(function(*args, **kwargs))
        except (Exception, SystemExit) as error:  # noqa: BLE001  a learner's code may raise anything
            where = _line(error, self._namespace)
            raise AnswerError(f"{type(error).__name__}: {error}{where}", type(error).__name__) from None

    def _count(self, *launch):
        return self._launch(*launch, counted=True)

    def _check(self, *launch):
        return self._launch(*launch, checked=True)

    def _launch(self, name, kernel, grid, block, args, defines, **how):
        source = plain(self._find(name))
        if not isinstance(source, str):
            raise AnswerError(f"{name} should be a string of CUDA C, but it is {describe(source)}", "TypeError")
        try:
            ran = kernels.run(source, name, kernel, grid, block, args, defines, **how)
        except UserError as error:
            text = _first_lines(f"{type(error).__name__}: {error}")
            place = tuple(getattr(error, part, None) for part in ("array", "index", "thread"))
            raise AnswerError(text, type(error).__name__, getattr(error, "block", None), place) from None
        before = [value for value in args if isinstance(value, np.ndarray)]
        self.unwritten = STUB in source and all(map(np.array_equal, ran.arrays, before))
        return ran


def _first_lines(text: str, most: int = 12) -> str:
    """A compiler that has lost its way says much; what it says first is what helps."""
    lines = text.splitlines()
    return "\n".join(lines[:most] + ["..."] if len(lines) > most else lines)


def plain(value):
    """A copy of `value` made of plain data only; what is not plain becomes Opaque."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return np.array(value, subok=False)
    if isinstance(value, (tuple, list)):
        return type(value)(map(plain, value)) if type(value) in (tuple, list) else tuple(map(plain, value))
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return Opaque(value)


def _line(error: BaseException, namespace: dict) -> str:
    """Where in the learner's own cells an exception was raised, or ""."""
    trace, number, text = error.__traceback__, 0, ""
    while trace:
        if trace.tb_frame.f_globals is namespace:
            number = trace.tb_lineno
            text = linecache.getline(trace.tb_frame.f_code.co_filename, number).strip()
        trace = trace.tb_next
    return f" (in your line {number}{': ' + text if text else ''})" if number else ""
