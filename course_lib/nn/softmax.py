"""Numbers become probabilities, and wrong probabilities a loss.

softmax(z)_i = exp(z_i) / sum_j exp(z_j), here after the largest z was subtracted from all, which changes nothing but
keeps exp from overflowing.
"""

from dataclasses import dataclass

from course_lib.arrays import floats, on
from course_lib.nn.layer import Layer, LayerError, arrived


def softmax(z):
    """The probabilities of N K numbers, row by row. Raises ArrayError, or LayerError for other than rows of numbers."""
    xp = floats(z=z)
    _rows("softmax", z)
    y = xp.exp(z - z.max(1, keepdims=True))
    y /= y.sum(1, keepdims=True)
    return y


def cross_entropy(z, labels) -> tuple:
    """The mean of -log softmax(z)[label] over the batch, and its gradient: dz = (softmax(z) - one at label) / N.

    z N K, labels N whole numbers from 0 to K - 1. Raises LayerError.
    """
    xp, labels = floats(z=z), checked(z, labels)
    rows = xp.arange(len(z))
    z = z - z.max(1, keepdims=True)
    y = xp.exp(z)
    total = y.sum(1, keepdims=True)
    loss = float((xp.log(total[:, 0]) - z[rows, labels]).sum()) / len(z)
    y /= total
    y[rows, labels] -= 1
    y /= len(z)
    return loss, y


def checked(z, labels):
    """The labels, on the device of z. Raises LayerError unless there is one for each row, each a column of z."""
    _rows("a loss", z)
    if not len(z):
        raise LayerError(f"a loss is a mean over one row or more, but an array of shape {z.shape} came")
    try:
        labels = on(floats(z=z), labels)
    except ValueError:
        raise LayerError(f"{len(z)} whole numbers were expected as labels; lists of several lengths came") from None
    if labels.shape != (len(z),) or labels.dtype.kind not in "iu":
        raise LayerError(f"{len(z)} whole numbers were expected as labels; {labels.dtype} of {labels.shape} came")
    if labels.min() < 0 or labels.max() >= z.shape[1]:
        least, most = int(labels.min()), int(labels.max())
        raise LayerError(f"labels should be from 0 to {z.shape[1] - 1}, a class each; they go from {least} to {most}")
    return labels


def _rows(what, z):
    if z.ndim != 2 or not z.shape[1]:
        raise LayerError(f"{what} takes N rows of K numbers, but an array of shape {z.shape} came")


@dataclass(frozen=True)
class Softmax(Layer):
    """y = softmax(x), row by row;  dx = y (dy - sum_j dy_j y_j). To train, cross_entropy takes what comes before it."""

    def shape(self, x):
        if len(x) != 1:
            raise LayerError(f"{self!r} takes a row of numbers for each example, but {x} comes")
        return x

    def forward(self, x, w=None, train=False):
        floats(x=x)
        self.shape(x.shape[1:])
        y = softmax(x)
        return y, y

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept.shape)
        return kept * (dy - (dy * kept).sum(1, keepdims=True))
