"""Training with few bits: an ordinary network whose numbers are rounded at four named places.

    number, rounding = FixedPoint(8, 8), nearest            # or partial(stochastic, rng=rng)
    here = Rounded(number, rounding)
    net = Net((64,), Linear(64), here, ReLU(), Linear(10))
    loss = rounded_loss(cross_entropy, number, rounding)
    step = RoundedStep(SGD(0.1), number, rounding)

    activations   Rounded, forward: the sums of a layer, each rounded once
    deltas        Rounded, backward, and rounded_loss: the gradients of activations
    gradients     RoundedStep: dw, before the step
    weights       RoundedStep: w, after it

In float64 every sum between two of these places is exact, as in an accumulator of 48 bits. Softmax and loss are not
rounded. Source: S. Gupta et al., *Deep Learning with Limited Numerical Precision*, ICML 2015.
"""

from collections.abc import Callable
from dataclasses import dataclass

from course_lib.nn.layer import Layer, LayerError, arrived, real
from course_lib.precision.fixed_point import FixedPoint, Rounding, require_rounding, saturated


@dataclass(frozen=True)
class Rounded(Layer):
    """y = rounding(x, number);  dx = rounding(dy, number), but 0 where x was beyond the range.

    There y does not move. Elsewhere the derivative is taken for 1, as that of the mean of y is.
    """

    number: FixedPoint
    rounding: Rounding

    def __post_init__(self):
        require_rounding(self.number, self.rounding)

    def forward(self, x, w=None, train=False):
        return self.rounding(x, self.number), saturated(x, self.number)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        arrived(dy, kept.shape)
        return self.rounding(dy, self.number) * ~kept


def rounded_loss(loss: Callable, number: FixedPoint, rounding: Rounding, scale: float = 1.0) -> Callable:
    """loss(y, labels), whose gradient is multiplied by `scale` and rounded; the step is to be divided by it.

    Raises FixedPointError, LayerError.
    """
    require_rounding(number, rounding)
    if not callable(loss) or not 0 < real(scale) < float("inf"):
        raise LayerError(f"a loss such as cross_entropy and a scale above 0 were expected; {loss!r}, {scale!r} came")
    scale = float(scale)

    def scaled(y, labels):
        value, dy = loss(y, labels)
        return value, rounding(dy * scale, number)

    return scaled


class RoundedStep:
    """dw and, after the step, w become numbers of the format; what `step` keeps does not."""

    def __init__(self, step: Callable, number: FixedPoint, rounding: Rounding):
        require_rounding(number, rounding)
        if not callable(step):
            raise LayerError(f"a step such as SGD(0.1) was expected, but {step!r} came")
        self.step, self.number, self.rounding = step, number, rounding

    def __call__(self, w, dw) -> None:
        dw[...] = self.rounding(dw, self.number)
        self.step(w, dw)
        w[...] = self.rounding(w, self.number)
