"""The layer of images: the same small filters at every place, whatever algorithm computes them."""

import math
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from types import ModuleType

from course_lib.arrays import floats
from course_lib.conv import im2col, problem
from course_lib.conv.algorithms import Algorithm
from course_lib.nn.layer import Layer, LayerError, Tensor, bias, image, pair, settle, views, whole


@dataclass(frozen=True)
class Convolution(Layer):
    """y[n, k, p, q] = b[k] + sum over c, r, s of x[n, c, p stride + r, q stride + s] w[k, c, r, s].

        dx, dw as the algorithm's grad_x and grad_w,   db_k = sum of dy over all but k

    x N C H W (with zeros around it), w K C/groups R S, b K, y N K P Q. size, stride, padding, dilation: a number or a
    pair (height, width). bias: the value from which b starts; None: there is no b. algorithm: a module of
    course_lib.conv, or one with options from its algorithms.py. Raises LayerError, or ConvError where the algorithm
    cannot do this convolution.
    """

    filters: int
    size: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    padding: int | tuple[int, int] = 0
    dilation: int | tuple[int, int] = 1
    groups: int = 1
    bias: float | None = 0.0
    algorithm: ModuleType | Algorithm = im2col

    def __post_init__(self):
        filters, groups = whole("filters", self.filters), whole("groups", self.groups)
        settle(self, filters=filters, groups=groups, bias=bias(self.bias))
        _ = self._taps
        if not hasattr(self.algorithm, "grad_w"):
            raise LayerError(
                f"algorithm should be a module such as course_lib.conv.im2col, but {self.algorithm!r} came; "
                "algorithms.py has them by name"
            )
        if self.filters % self.groups:
            raise LayerError(f"groups should divide the {self.filters} filters; it is {self.groups}")

    def __getstate__(self):
        """For copy and pickle, which take of a module only its name."""
        algorithm = self.algorithm
        return self.__dict__ | {"algorithm": algorithm.__name__ if isinstance(algorithm, ModuleType) else algorithm}

    def __setstate__(self, state):
        algorithm = state["algorithm"]
        settle(self, **state | {"algorithm": import_module(algorithm) if isinstance(algorithm, str) else algorithm})

    def __repr__(self):
        shown = [f"filters={self.filters}", f"size={self.size}"]
        plain = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": 0.0}
        shown += [f"{name}={getattr(self, name)}" for name, usual in plain.items() if getattr(self, name) != usual]
        return f"Convolution({', '.join(shown)})"

    def shape(self, x):
        self.workspace(x, 1, 8)  # which the algorithm refuses to say of a convolution that it cannot do
        return self._sizes(x).y[1:]

    def tensors(self, x):
        if image(self, x)[0] % self.groups:
            raise LayerError(f"{self!r} has groups that do not divide the {x[0]} channels of its input")
        channels, taps = x[0] // self.groups, math.prod(self._taps)
        fans = channels * taps, self.filters // self.groups * taps
        w = {"w": Tensor((self.filters, channels, *self._taps), fans=fans)}
        return w if self.bias is None else w | {"b": Tensor((self.filters,), self.bias)}

    def macs(self, x):
        sizes = self._sizes(x)
        return math.prod(sizes.y[1:]) * math.prod(sizes.w[1:])

    def connections(self, x):
        return self.macs(x) + (0 if self.bias is None else math.prod(self._sizes(x).y[1:]))

    def workspace(self, x, batch, itemsize=4):
        shape = self.tensors(x)["w"].shape
        return self.algorithm.count((batch, *x), shape, *self._how, itemsize=itemsize).workspace

    @cached_property
    def _taps(self):
        return pair("size", self.size, 1)

    @cached_property
    def _how(self):
        return self.stride, self.padding, self.dilation, self.groups

    def _sizes(self, x):
        return problem.sizes((1, *x), self.tensors(x)["w"].shape, *self._how)

    def forward(self, x, w=None, train=False):
        floats(x=x, w=w)
        weights, *bias = views(w, self.tensors(x.shape[1:])).values()
        y = self.algorithm.forward(x, weights, *self._how)
        for b in bias:
            y += b[:, None, None]
        return y, x

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        x, tensors = kept, self.tensors(kept.shape[1:])
        weights = views(w, tensors)["w"]
        dweights, *dbias = views(dw, tensors).values()
        dweights[...] = self.algorithm.grad_w(x, dy, weights.shape, *self._how)
        for db in dbias:
            db[...] = dy.sum((0, 2, 3))
        return self.algorithm.grad_x(dy, weights, x.shape, *self._how) if want_dx else None
