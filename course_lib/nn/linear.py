"""Every output is a weighted sum of all inputs: one matrix product for a whole batch."""

from dataclasses import dataclass

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, LayerError, Tensor, arrived, bias, settle, views, whole


@dataclass(frozen=True)
class Linear(Layer):
    """y = x wᵀ + b, as a convolution whose image is one pixel.

        dx = dy w,   dw = dyᵀ x,   db = sum of dy over the batch

    x N C, w K C, b K, y N K. bias: the value from which b starts; None: there is no b. Raises LayerError.
    """

    outputs: int
    bias: float | None = 0.0

    def __post_init__(self):
        settle(self, outputs=whole("outputs", self.outputs), bias=bias(self.bias))

    def shape(self, x):
        if len(x) != 1:
            raise LayerError(f"{self!r} takes a row of numbers for each example, but {x} comes; put Flatten() before")
        return (self.outputs,)

    def tensors(self, x):
        w = {"w": Tensor((self.outputs, *x))}
        return w if self.bias is None else w | {"b": Tensor((self.outputs,), self.bias)}

    def macs(self, x):
        return self.outputs * x[0]

    def connections(self, x):
        return self.macs(x) + (0 if self.bias is None else self.outputs)

    def forward(self, x, w=None, train=False):
        floats(x=x, w=w)
        self.shape(x.shape[1:])
        weights, *bias = views(w, self.tensors(x.shape[1:])).values()
        y = x @ weights.T
        for b in bias:
            y += b
        return y, x

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, (len(kept), self.outputs))
        x, tensors = kept, self.tensors(kept.shape[1:])
        dweights, *dbias = views(dw, tensors).values()
        dweights[...] = dy.T @ x
        for db in dbias:
            db[...] = dy.sum(0)
        return dy @ views(w, tensors)["w"] if want_dx else None
