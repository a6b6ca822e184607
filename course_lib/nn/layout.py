"""The order in which an image's numbers lie in memory: N images, C channels, H rows, W columns, the last one closest.

A network always speaks of x N C H W; which of them are neighbours in memory is another matter. CHWN, batch last, lets
a loop over pixels run along whole batches; NHWC puts the channels of a pixel side by side, as tensor cores want them.
"""

from dataclasses import dataclass

from course_lib.arrays import namespace
from course_lib.nn.layer import Layer, LayerError, arrived, image


def transform(x, order: str, given: str = "NCHW"):
    """The same numbers with the axes in another order, laid out so: transform(x, "NHWC")[n, h, w, c] = x[n, c, h, w].

    Raises LayerError unless both orders hold the letters N, C, H, W once, and x has four axes.
    """
    _letters(order), _letters(given)
    xp = namespace(x)
    if x.ndim != 4:
        raise LayerError(f"x should have the four axes {given}, but its shape is {x.shape}")
    return xp.ascontiguousarray(x.transpose([given.index(axis) for axis in order]))


@dataclass(frozen=True)
class Layout(Layer):
    """y = x, N C H W as before, but in memory in another order;  dx = dy."""

    order: str = "CHWN"

    def __post_init__(self):
        _letters(self.order)

    def shape(self, x):
        return image(self, x)

    def forward(self, x, w=None, train=False):
        laid = transform(x, self.order)
        return laid.transpose([self.order.index(axis) for axis in "NCHW"]), x.shape

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept)
        return dy


def _letters(order) -> None:
    if not isinstance(order, str) or sorted(order) != sorted("NCHW"):
        raise LayerError(f"an order of the letters N, C, H and W was expected, such as NHWC; {order!r} came")
