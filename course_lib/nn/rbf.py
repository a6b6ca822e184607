"""LeNet-5's output: how far a row of numbers is from the picture of each class, and the loss that goes with it."""

from dataclasses import dataclass

import numpy as np

from course_lib.arrays import floats, on
from course_lib.nn.layer import Layer, LayerError, arrived, real
from course_lib.nn.softmax import checked


@dataclass(frozen=True, eq=False)
class RadialBasis(Layer):
    """y_i = sum_j (x_j - c_ij)²;  dx = 2 sum_i dy_i (x - c_i).

    The centres c, K x C, are fixed: there are no parameters. x N C, y N K: the smallest y is the class.
    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to Document Recognition*,
    Proc. IEEE 86(11), 1998, section II.B.
    """

    centres: np.ndarray

    def __post_init__(self):
        if getattr(self.centres, "ndim", 0) != 2 or not self.centres.size:
            came = getattr(self.centres, "shape", type(self.centres).__name__)
            raise LayerError(f"centres should be an array K x C, a row for each class, but {came} came")

    def __repr__(self):
        return f"RadialBasis({' x '.join(map(str, self.centres.shape))} centres)"

    def shape(self, x):
        if x != self.centres.shape[1:]:
            raise LayerError(f"{self!r} takes rows of {self.centres.shape[1]} numbers, but {x} comes")
        return self.centres.shape[:1]

    def macs(self, x):
        return self.centres.size

    def connections(self, x):
        return self.centres.size

    def forward(self, x, w=None, train=False):
        xp = floats(x=x)
        self.shape(x.shape[1:])
        off = x[:, None] - on(xp, self.centres, x.dtype)  # N K C
        return (off * off).sum(2), off

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept.shape[:2])
        return 2 * (dy[:, :, None] * kept).sum(1)

    def answer(self, y):
        """The class whose picture is nearest."""
        return y.argmin(1)


def competitive(y, labels, j: float = 0.1) -> tuple:
    """The mean over the batch of y[label] + log(exp(-j) + sum_i exp(-y_i)), and its gradient dy.

    It pulls the label's distance down and pushes the others up; j > 0 keeps it from pushing those that are far already.
    Source: as RadialBasis, equation 9. Raises LayerError.
    """
    if not real(j) > 0:
        raise LayerError(f"j should be above 0; it is {j!r}")
    j = float(j)
    xp, labels = floats(y=y), checked(y, labels)
    rows, n = xp.arange(len(y)), len(y)
    near = xp.minimum(y.min(1), j)[:, None]  # subtracted before exp, so that not all of them are 0
    each = xp.exp(near - y)
    total = each.sum(1, keepdims=True) + xp.exp(near - j)
    loss = float((y[rows, labels] + xp.log(total[:, 0]) - near[:, 0]).mean())
    dy = -each / total
    dy[rows, labels] += 1
    return loss, dy / n
