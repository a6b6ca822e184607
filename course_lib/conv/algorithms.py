"""The family of array functions, by name: every algorithm with its options, for whoever compares them."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import NamedTuple

from course_lib.conv import direct, fft, im2col, im2col_textbook, problem, winograd


class Algorithm(NamedTuple):
    """A module of the family with options of its own, such as m=4. All take what the modules' functions take."""

    module: ModuleType
    options: Mapping = MappingProxyType({})

    def forward(self, x, w, *given, **named):
        return self.module.forward(x, w, *given, **named, **self.options)

    def grad_x(self, dy, w, shape, *given, **named):
        return self.module.grad_x(dy, w, shape, *given, **named, **self.options)

    def grad_w(self, x, dy, shape, *given, **named):
        return self.module.grad_w(x, dy, shape, *given, **named, **self.options)

    def count(self, x_shape, w_shape, *given, **named) -> problem.Counts:
        # a workspace of one's own is as large as any
        options = {name: value for name, value in self.options.items() if name != "workspace"}
        return self.module.count(x_shape, w_shape, *given, **named, **options)

    def __reduce__(self):
        """For copy and pickle, which take of a module only its name."""
        return _by_name, (self.module.__name__, dict(self.options))


def _by_name(module, options) -> Algorithm:
    return Algorithm(import_module(module), MappingProxyType(options))


SLOW = {"direct": Algorithm(direct), "im2col, textbook": Algorithm(im2col_textbook)}  # to understand, not to use
FAST = {
    "im2col": Algorithm(im2col),
    "F(2x2)": Algorithm(winograd, {"m": 2}),
    "F(4x4)": Algorithm(winograd, {"m": 4}),
    "FFT": Algorithm(fft),
    "FFT by tiles of 32": Algorithm(fft, {"tile": 32}),
}
ALGORITHMS = {**SLOW, **FAST}
