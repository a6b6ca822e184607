"""Where the paths of a network meet, or change their form: concatenation, addition, scaling, flattening."""

import math
from dataclasses import dataclass

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, LayerError, arrived, real, settle


@dataclass(frozen=True)
class Flatten(Layer):
    """An image becomes a row of numbers, channel by channel: N C H W -> N (C H W);  dx = dy in the old shape."""

    def shape(self, x):
        return (math.prod(x),)

    def forward(self, x, w=None, train=False):
        floats(x=x)
        return x.reshape(len(x), math.prod(x.shape[1:])), x.shape

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, (kept[0], math.prod(kept[1:])))
        return dy.reshape(kept)


@dataclass(frozen=True)
class Scale(Layer):
    """y = s x;  dx = s dy. Inception-ResNet makes a branch small by it before it is added."""

    s: float

    def __post_init__(self):
        if math.isnan(real(self.s)):
            raise LayerError(f"s should be a number, such as 0.2; it is {self.s!r}")
        settle(self, s=float(self.s))

    def forward(self, x, w=None, train=False):
        floats(x=x)
        return self.s * x, x.shape

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept)
        return self.s * dy


class Join(Layer):
    """x is a tuple of arrays, dx a tuple of gradients; in `shape`, x is a tuple of shapes."""

    joins = True

    def together(self, x):
        """The namespace of all of x. Raises LayerError unless they are arrays of one batch that fit, or ArrayError."""
        if not isinstance(x, (tuple, list)) or not x:
            came = "none" if isinstance(x, (tuple, list)) else type(x).__name__
            raise LayerError(f"{self!r} takes a tuple of arrays, such as (x_1, x_2), but {came} came")
        xp = floats(**{f"x_{number}": part for number, part in enumerate(x, 1)})
        self.shape(tuple(part.shape[1:] for part in x))
        if len({len(part) for part in x}) != 1:
            sizes = ", ".join(str(len(part)) for part in x)
            raise LayerError(f"{self!r} takes arrays of one batch, but they have {sizes} examples")
        return xp


@dataclass(frozen=True)
class Add(Join):
    """y = x_1 + x_2 + …;  dx_i = dy: the gradient flows into every path unhindered."""

    def shape(self, x):
        if len(set(x)) != 1:
            raise LayerError(f"{self!r} takes arrays of one shape, but {', '.join(map(str, x)) or 'nothing'} comes")
        return x[0]

    def forward(self, x, w=None, train=False):
        self.together(x)
        y = x[0] + x[1] if len(x) > 1 else x[0].copy("K")
        for part in x[2:]:
            y += part
        return y, (len(x), y.shape)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        count, shape = kept
        arrived(dy, shape)
        return (dy,) * count


@dataclass(frozen=True)
class Concat(Join):
    """y = the channels of x_1, then those of x_2, …;  dx_i = its own channels of dy."""

    def shape(self, x):
        if len({part[1:] for part in x}) != 1:
            raise LayerError(
                f"{self!r} takes arrays that differ in their channels only, but "
                f"{', '.join(map(str, x)) or 'nothing'} comes"
            )
        return sum(part[0] for part in x), *x[0][1:]

    def forward(self, x, w=None, train=False):
        y = self.together(x).concatenate(x, 1)
        return y, (y.shape, [part.shape[1] for part in x])

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        shape, widths = kept
        arrived(dy, shape)
        dx, begin = [], 0
        for channels in widths:
            dx.append(dy[:, begin : begin + channels])
            begin += channels
        return tuple(dx)
