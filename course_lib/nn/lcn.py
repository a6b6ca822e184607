"""Local contrast normalisation: an image without its local brightness and its local contrast."""

import math
from dataclasses import dataclass

import numpy as np

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, LayerError, arrived, image, settle, whole


@dataclass(frozen=True)
class LCN(Layer):
    """v = x - m,  y = v / max(sigma, c),  where m and sigma² are local means over all channels, c the mean of sigma.

        m = G mean_c x,   sigma = sqrt(G mean_c v²),   c = mean of sigma over the image

    G averages over size x size pixels with Gaussian weights of sum 1 and standard deviation size / 4 (zeros beyond the
    border). It is the same along rows and columns and symmetric, so G v = g v g with a matrix g, and its gradient is
    G again. x, y N C H W.
    Source: K. Jarrett, K. Kavukcuoglu, M. Ranzato, Y. LeCun, *What is the Best Multi-Stage Architecture for Object
    Recognition?*, ICCV 2009, section 2.
    """

    size: int = 9

    def __post_init__(self):
        if whole("size", self.size) % 2 == 0:
            raise LayerError(f"size should be odd, so that a pixel is in the middle; it is {self.size}")
        settle(self, size=whole("size", self.size))

    def shape(self, x):
        return image(self, x)

    def macs(self, x):
        _, h, w = x
        return 2 * h * w * (h + w)

    def forward(self, x, w=None, train=False):
        xp = floats(x=x)
        self.shape(x.shape[1:])
        v = x - self._smooth(xp, x.mean(1, keepdims=True))
        sigma = xp.sqrt(self._smooth(xp, (v * v).mean(1, keepdims=True)))
        c = sigma.mean((2, 3), keepdims=True)
        divisor = xp.maximum(sigma, c)
        if not bool((divisor > 0).all()):
            divisor = xp.where(divisor > 0, divisor, 1)  # an image without any contrast stays 0
        return v / divisor, (v, sigma, c, divisor)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        v, sigma, c, divisor = kept
        xp = arrived(dy, v.shape)
        ddivisor = -(dy * v).sum(1, keepdims=True) / divisor**2
        local = sigma > c
        dc = (ddivisor * ~local).mean((2, 3), keepdims=True)
        dsigma = ddivisor * local + dc
        dsquare = xp.where(sigma > 0, dsigma / (2 * xp.where(sigma > 0, sigma, 1)), 0)
        dv = dy / divisor + 2 * v * self._smooth(xp, dsquare) / v.shape[1]
        return dv - self._smooth(xp, dv.mean(1, keepdims=True))

    def _smooth(self, xp, x):
        """G x = g x g."""
        rows, columns = (xp.asarray(self._matrix(length), x.dtype) for length in x.shape[2:])
        return rows @ x @ columns

    def _matrix(self, length: int):
        """g: its row i holds the weights of the pixels around i."""
        reach = self.size // 2
        weights = [math.exp(-0.5 * (4 * off / self.size) ** 2) for off in range(-reach, reach + 1)]
        g = sum(weight * np.eye(length, k=off) for off, weight in zip(range(-reach, reach + 1), weights, strict=True))
        return g / sum(weights)
