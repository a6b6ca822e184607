"""A window of pixels becomes one: their maximum, or their mean. Windows may overlap, as AlexNet's do."""

from dataclasses import dataclass
from functools import cached_property

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, arrived, image
from course_lib.nn.window import Window


@dataclass(frozen=True)
class _Pool(Layer):
    """size, stride, padding: a number or a pair (height, width); stride None: windows lie side by side.

    ceil: the number of windows is rounded up, so that each pixel is seen (Caffe's rule). x N C H W, y N C P Q.
    """

    size: int | tuple[int, int]
    stride: int | tuple[int, int] | None = None
    padding: int | tuple[int, int] = 0
    ceil: bool = False

    def __post_init__(self):
        self.window((1, 1))

    def window(self, x) -> Window:
        """On an image x, H W."""
        return self._window

    @cached_property
    def _window(self):
        return Window.of(self.size, self.stride, self.padding, self.ceil)

    def shape(self, x):
        channels, *size = image(self, x)
        return channels, *self.window(tuple(size)).outputs(tuple(size))


@dataclass(frozen=True)
class MaxPool(_Pool):
    """y = the largest x in the window;  dx = dy there, and at the first of them where several are equal.

    Padding is never the largest.
    """

    def forward(self, x, w=None, train=False):
        xp = floats(x=x)
        self.shape(x.shape[1:])
        window = self.window(x.shape[2:])
        first, *others = window.parts(window.padded(x, -xp.inf), x.shape[2:])
        y = first.copy("K")
        where = xp.zeros_like(y, "u1" if len(others) < 256 else "i4")  # which place of the window had the largest
        for place, part in enumerate(others, 1):
            part = part.copy("K")  # its pixels lie apart, and are read twice
            xp.maximum(where, (part > y) * where.dtype.type(place), out=where)
            xp.maximum(y, part, out=y)
        return y, (where, x.shape)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        where, shape = kept
        xp = arrived(dy, where.shape)
        window = self.window(shape[2:])
        dwide = xp.empty_like(dy, shape=window.room(shape))
        dwide.fill(0)
        for place, dpart in enumerate(window.parts(dwide, shape[2:])):
            here = dy * (where == place)
            dpart[...] = dpart + here if window.overlaps else here
        return window.inside(dwide, shape)


@dataclass(frozen=True)
class AveragePool(_Pool):
    """y = the mean of those pixels of the image that the window sees;  dx = dy / their number, for each of them.

    size None: the window is the whole image, so that each channel becomes one number, 1 x 1.
    """

    size: int | tuple[int, int] | None = None

    def window(self, x):
        return Window(x, x) if self.size is None else super().window(x)

    def forward(self, x, w=None, train=False):
        xp = floats(x=x)
        self.shape(x.shape[1:])
        if self.size is None:
            return x.mean((2, 3), keepdims=True), x.shape
        window = self.window(x.shape[2:])
        first, *others = window.parts(window.padded(x, 0), x.shape[2:])
        y = first.copy("K")
        for part in others:
            y += part
        y /= self._seen(xp, x.dtype, x.shape)
        return y, x.shape

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        shape = kept
        xp = arrived(dy, (shape[0], *self.shape(shape[1:])))
        if self.size is None:
            return xp.broadcast_to(dy / (shape[2] * shape[3]), shape)
        window = self.window(shape[2:])
        dy = dy / self._seen(xp, dy.dtype, shape)
        dwide = xp.empty_like(dy, shape=window.room(shape))
        dwide.fill(0)
        for dpart in window.parts(dwide, shape[2:]):
            dpart += dy
        return window.inside(dwide, shape)

    def _seen(self, xp, dtype, shape):
        """P Q: how many pixels of the image each window sees."""
        window = self.window(shape[2:])
        ones = window.padded(xp.ones((1, 1, *shape[2:]), dtype), 0)
        return sum(part for part in window.parts(ones, shape[2:]))[0, 0]
