"""Functions of one number, applied to each: without them, layers of sums would collapse into a single sum.

The derivative of each is a function of y alone, so that x need not be kept.
"""

from dataclasses import dataclass

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, arrived


@dataclass(frozen=True)
class ReLU(Layer):
    """y = max(x, 0);  dx = dy where y > 0, else 0 (at 0 too, where there is no derivative)."""

    def forward(self, x, w=None, train=False):
        y = floats(x=x).maximum(x, 0)
        return y, y

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept.shape)
        return dy * (kept > 0)


@dataclass(frozen=True)
class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x));  dx = dy y (1 - y)."""

    def forward(self, x, w=None, train=False):
        xp = floats(x=x)
        small = xp.exp(-abs(x))  # never overflows
        y = xp.where(x < 0, small, 1) / (1 + small)
        return y, y

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept.shape)
        return dy * kept * (1 - kept)


@dataclass(frozen=True)
class Tanh(Layer):
    """y = tanh x;  dx = dy (1 - y²)."""

    def forward(self, x, w=None, train=False):
        y = floats(x=x).tanh(x)
        return y, y

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept.shape)
        return dy * (1 - kept * kept)


@dataclass(frozen=True)
class ScaledTanh(Layer):
    """y = A tanh(S x), A = 1.7159, S = 2/3, so that f(1) = 1, f(-1) = -1;  dx = dy S (A - y²/A).

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to Document Recognition*,
    Proc. IEEE 86(11), 1998, appendix A.
    """

    A = 1.7159
    S = 2 / 3

    def forward(self, x, w=None, train=False):
        y = self.A * floats(x=x).tanh(self.S * x)
        return y, y

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept.shape)
        return dy * (self.S * (self.A - kept * kept / self.A))
