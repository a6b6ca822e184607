"""What every layer is: a formula forward, its gradient backward, both by hand, and its own count.

    y, kept = layer.forward(x, w, train)       # kept: what backward needs of this forward pass
    dx = layer.backward(dy, kept, w, dw)       # and dw is filled in

A layer has no arrays of its own. It is given `w`, its part of the one flat vector that holds all parameters of a
network, and `dw`, its part of the gradient, of the same size; where it has no parameters both may be left out.
"""

import math
from numbers import Real
from typing import NamedTuple

from course_lib.arrays import floats, is_whole
from course_lib.errors import UserError


class LayerError(UserError, ValueError):
    """A layer that cannot be, or an input that does not fit it."""


class Tensor(NamedTuple):
    """A named part of w. start: the value from which all its elements start; None: they are drawn at random.

    fans: how many of the weights an output sums, and how many outputs an input meets; None: of K C R S, C R S and
    K R S, as where every output sees every channel.
    """

    shape: tuple[int, ...]
    start: float | None = None
    fans: tuple[float, float] | None = None

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Layer:
    """The methods that all layers have. Shapes without N, such as (C, H, W), are those of one example.

    train is false to evaluate; to train, it is the numpy Generator from which random layers draw (True will do where
    there are none). A layer that `joins` takes a tuple of arrays and gives a tuple of gradients. One that
    `remembers` numbers beside w has one place in a network.
    """

    joins = False
    remembers = False

    def shape(self, x: tuple) -> tuple:
        """Of y, from that of x. Raises LayerError where x does not fit."""
        return x

    def tensors(self, x: tuple) -> dict[str, Tensor]:
        """The parts of w, in the order in which they lie there."""
        return {}

    def macs(self, x: tuple) -> int:
        """Multiplications, each with its addition, for one example; biases and what costs little are left out."""
        return 0

    def connections(self, x: tuple) -> int:
        """Terms of all weighted sums, biases among them, for one example: as LeCun counts."""
        return 0

    def workspace(self, x: tuple, batch: int, itemsize: int = 4) -> int:
        """Bytes of the arrays that exist only while the layer computes, where they are larger than x and y."""
        return 0

    def forward(self, x, w=None, train=False):
        """y, and what backward needs. Raises LayerError or ArrayError."""
        raise NotImplementedError

    def backward(self, dy, kept, w=None, dw=None, want_dx: bool = True):
        """dx; fills dw. A layer for which dx is work of its own gives None unless it is wanted."""
        raise NotImplementedError

    def answer(self, y):
        """The class of each example, where this layer is the last of a network: the column of the largest y."""
        return y.argmax(1)


def views(w, tensors: dict[str, Tensor]) -> dict:
    """name -> its part of the flat vector w, in its own shape. Raises LayerError if w has another size."""
    sizes = [math.prod(tensor.shape) for tensor in tensors.values()]
    size = sum(sizes)
    if w is None or w.shape != (size,):
        came = "none came" if w is None else f"one of shape {w.shape} came"
        raise LayerError(f"w should be a vector of {size} parameters, but {came}")
    parts, begin = {}, 0
    for (name, tensor), size in zip(tensors.items(), sizes, strict=True):
        parts[name] = w[begin : begin + size].reshape(tensor.shape)
        begin += size
    return parts


def arrived(dy, shape: tuple):
    """The namespace of dy, the gradient of y. Raises ArrayError, or LayerError unless it has the shape of y.

    Without it NumPy would stretch a dy of another shape, and the gradients would be wrong without a word.
    """
    xp = floats(dy=dy)
    if dy.shape != shape:
        raise LayerError(f"dy is the gradient of y and has its shape, {shape}, but one of shape {dy.shape} came")
    return xp


def pair(what: str, value, least: int) -> tuple[int, int]:
    """3 -> (3, 3); (1, 7) stays. Raises LayerError, saying `what` it was, unless both are whole and >= least."""
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2 or not all(is_whole(v, least) for v in both):
        raise LayerError(f"{what} should be a whole number from {least} on, or two of them; it is {value!r}")
    return int(both[0]), int(both[1])


def whole(what: str, value, least: int = 1) -> int:
    """The value, NumPy's integers as Python's. Raises LayerError, saying `what` it was, unless it is whole and >=
    least."""
    if not is_whole(value, least):
        raise LayerError(f"{what} should be a whole number from {least} on; it is {value!r}")
    return int(value)


def real(value) -> float:
    """The value; where it is no number NaN, which no comparison lets pass."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def settle(layer: Layer, **checked) -> None:
    """Fields of a frozen layer as Python's numbers: with a float64 of NumPy a float32 array would become one too."""
    for name, value in checked.items():
        object.__setattr__(layer, name, value)


def bias(value) -> float | None:
    """The value from which b starts. Raises LayerError unless it is a number, or None for no b."""
    if value is not None and not math.isfinite(real(value)):
        raise LayerError(f"bias should be the number from which b starts, or None to have no b; it is {value!r}")
    return None if value is None else real(value)


def image(layer: Layer, x: tuple) -> tuple[int, int, int]:
    """C, H, W. Raises LayerError if one example is no image."""
    if len(x) != 3:
        raise LayerError(f"{layer!r} takes images, (channels, height, width), but {x} comes")
    return x
