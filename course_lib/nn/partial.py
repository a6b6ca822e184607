"""A convolution whose filters see only some of the channels, by a table: LeNet-5's C3."""

from dataclasses import dataclass

from course_lib.arrays import floats
from course_lib.conv import im2col
from course_lib.nn.layer import Layer, LayerError, Tensor, image, settle, views, whole


@dataclass(frozen=True)
class PartialConvolution(Layer):
    """y[n, k] = b[k] + sum over the channels c in table[k] of (x[n, c] convolved with a size x size filter of its own).

    Computed as a convolution of all channels whose other filters are zero; only those of the table are parameters:
    w T size size with one filter for each entry of the table, in its order, and b K.
    """

    table: tuple[tuple[int, ...], ...]
    size: int

    def __post_init__(self):
        settle(self, size=whole("size", self.size))
        if not isinstance(self.table, (tuple, list)) or not self.table or not all(map(_channels, self.table)):
            raise LayerError("table should name, for each filter, one channel or more, each once, counted from 0")

    def shape(self, x):
        channels, h, w = image(self, x)
        if max(map(max, self.table)) >= channels or self.size > min(h, w):
            most = max(map(max, self.table))
            raise LayerError(
                f"this table needs channels 0 to {most} of at least {self.size} x {self.size} pixels; {x} comes"
            )
        return len(self.table), h - self.size + 1, w - self.size + 1

    def tensors(self, x):
        count, taps = sum(map(len, self.table)), self.size**2
        fans = count * taps / len(self.table), count * taps / x[0]  # in the mean
        return {"w": Tensor((count, self.size, self.size), fans=fans), "b": Tensor((len(self.table),), 0.0)}

    def macs(self, x):
        _, p, q = self.shape(x)
        return sum(map(len, self.table)) * self.size**2 * p * q

    def connections(self, x):
        filters, p, q = self.shape(x)
        return self.macs(x) + filters * p * q

    def _owners(self, xp):
        """For each entry of the table, its filter and its channel: two vectors, by which an array can be indexed."""
        pairs = [(k, c) for k, row in enumerate(self.table) for c in row]
        return tuple(xp.asarray(numbers) for numbers in zip(*pairs, strict=True))

    def _dense(self, xp, weights, channels):
        dense = xp.zeros((len(self.table), channels, self.size, self.size), weights.dtype)
        dense[self._owners(xp)] = weights
        return dense

    def forward(self, x, w=None, train=False):
        xp = floats(x=x, w=w)
        self.shape(x.shape[1:])
        weights, b = views(w, self.tensors(x.shape[1:])).values()
        y = im2col.forward(x, self._dense(xp, weights, x.shape[1]))
        y += b[:, None, None]
        return y, x

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        x, xp, tensors = kept, floats(dy=dy), self.tensors(kept.shape[1:])
        dense = self._dense(xp, views(w, tensors)["w"], x.shape[1])
        dweights, db = views(dw, tensors).values()
        dweights[...] = im2col.grad_w(x, dy, dense.shape)[self._owners(xp)]
        db[...] = dy.sum((0, 2, 3))
        return im2col.grad_x(dy, dense, x.shape) if want_dx else None


def _channels(row) -> bool:
    """Whether this names one channel or more, each once."""
    listed = isinstance(row, (tuple, list)) and row and all(type(c) is int and c >= 0 for c in row)
    return bool(listed) and len(set(row)) == len(row)
