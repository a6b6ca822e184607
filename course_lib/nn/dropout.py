"""Dropout: in training each unit is silent with probability p, so that none can rely on another."""

from dataclasses import dataclass

import numpy as np

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, LayerError, arrived, real, settle


@dataclass(frozen=True)
class Dropout(Layer):
    """Training: y = x mask / (1 - p), where each element of mask is 1 with probability 1 - p;  dx = dy mask / (1 - p).

    So the mean of y is x, and evaluation leaves x as it is. (Krizhevsky does not divide, and halves y in evaluation.)
    The mask is drawn on the host from the Generator given as train: the same seed gives the same mask everywhere.
    Source: G. Hinton et al., *Improving neural networks by preventing co-adaptation of feature detectors*, 2012.
    """

    p: float = 0.5

    def __post_init__(self):
        if not 0 <= real(self.p) < 1:
            raise LayerError(f"p, the share that falls silent, should be from 0 to below 1; it is {self.p!r}")
        settle(self, p=float(self.p))

    def forward(self, x, w=None, train=False):
        xp = floats(x=x)
        if not train:
            return x, (x.shape, None)
        if not isinstance(train, np.random.Generator):
            raise LayerError(
                f"{self!r} draws random numbers to train: train=np.random.default_rng(0) was expected; {train!r} came"
            )
        mask = xp.asarray(train.random(x.shape, np.float32) >= self.p, x.dtype)
        mask /= 1 - self.p
        return x * mask, (x.shape, mask)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        shape, mask = kept
        arrived(dy, shape)
        return dy if mask is None else dy * mask
