"""LeNet-5's pooling: the sum of a window, times a trainable coefficient, plus a trainable bias, one pair a channel."""

from dataclasses import dataclass

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, Tensor, arrived, image, views
from course_lib.nn.window import Window


@dataclass(frozen=True)
class Subsampling(Layer):
    """y = w_c (sum of the window) + b_c, the windows side by side.

        dx = w_c dy,   dw_c = sum of dy (sum of the window),   db_c = sum of dy

    x N C H W, w and b C, y N C P Q. w starts from 1 / (pixels of the window), b from 0: a mean.
    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to Document Recognition*,
    Proc. IEEE 86(11), 1998, section II.B.
    """

    size: int | tuple[int, int] = 2

    def __post_init__(self):
        self._window()

    def _window(self):
        return Window.of(self.size, None, 0, False)

    def shape(self, x):
        channels, *size = image(self, x)
        return channels, *self._window().outputs(tuple(size))

    def tensors(self, x):
        r, s = self._window().size
        return {"w": Tensor((x[0],), 1 / (r * s)), "b": Tensor((x[0],), 0.0)}

    def macs(self, x):
        channels, p, q = self.shape(x)
        return channels * p * q

    def connections(self, x):
        r, s = self._window().size
        return self.macs(x) * (r * s + 1)

    def forward(self, x, w=None, train=False):
        floats(x=x, w=w)
        self.shape(x.shape[1:])
        total = sum(self._window().parts(x, x.shape[2:]))
        weights, b = (part[:, None, None] for part in views(w, self.tensors(x.shape[1:])).values())
        return weights * total + b, (x.shape, total)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        shape, total = kept
        xp = arrived(dy, total.shape)
        dweights, db = views(dw, self.tensors(shape[1:])).values()
        dweights[...] = (dy * total).sum((0, 2, 3))
        db[...] = dy.sum((0, 2, 3))
        dx, here = xp.zeros(shape, dy.dtype), dy * views(w, self.tensors(shape[1:]))["w"][:, None, None]
        for part in self._window().parts(dx, shape[2:]):
            part[...] = here
        return dx
