"""Steps down the gradient, on the flat vector w: momentum with weight decay, or a rate of its own for each weight.

    step = SGD(0.01, momentum=0.9, decay=0.0005)
    step(w, dw)                # w changes in place

A rate is a number, or a schedule: a function of the number of steps taken before.
"""

import math
from collections.abc import Callable

from course_lib.arrays import floats
from course_lib.errors import UserError
from course_lib.nn.layer import real


class StepError(UserError, ValueError):
    """A step that cannot be taken."""


class SGD:
    """v <- momentum v - decay eta w - eta dw;  w <- w + v. Krizhevsky's update, with v = 0 at first.

    The rate eta is inside v, so that a lower rate brakes little by little.
    Source: A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*,
    NIPS 25, 2012, section 5 (momentum 0.9, decay 0.0005).
    """

    def __init__(self, eta: float | Callable[[int], float], momentum: float = 0.0, decay: float = 0.0):
        if not 0 <= real(momentum) < 1 or not real(decay) >= 0:
            raise StepError(
                f"momentum should be from 0 to below 1, decay 0 or more; they are {momentum!r} and {decay!r}"
            )
        self.eta, self.momentum, self.decay = _schedule(eta), float(momentum), float(decay)
        self.steps, self.v = 0, None

    def __call__(self, w, dw) -> None:
        xp, eta = _fitting(w, dw, self.v), _rate(self.eta, self.steps)
        if self.v is None:
            self.v = xp.zeros_like(w)
        self.v *= self.momentum
        if self.decay:
            self.v -= (self.decay * eta) * w
        self.v -= eta * dw
        w += self.v
        self.steps += 1


class Adagrad:
    """s <- s + dw²;  w <- w - eta dw / (sqrt(s) + eps): a weight that has moved much moves less.

    Source: J. Duchi, E. Hazan, Y. Singer, *Adaptive Subgradient Methods*, JMLR 12, 2011.
    """

    def __init__(self, eta: float | Callable[[int], float], eps: float = 1e-10):
        if not real(eps) > 0:
            raise StepError(f"eps should be above 0, since it keeps a division from failing; it is {eps!r}")
        self.eta, self.eps = _schedule(eta), float(eps)
        self.steps, self.s = 0, None

    def __call__(self, w, dw) -> None:
        xp, eta = _fitting(w, dw, self.s), _rate(self.eta, self.steps)
        if self.s is None:
            self.s = xp.zeros_like(w)
        self.s += dw * dw
        w -= eta * dw / (xp.sqrt(self.s) + self.eps)
        self.steps += 1


def constant(eta: float) -> Callable[[int], float]:
    """The same rate at every step. Raises StepError."""
    _require_rate(eta)
    return lambda step: eta


def stairs(eta: float, every: int, factor: float = 0.1) -> Callable[[int], float]:
    """eta factor^floor(step / every): a tenth, after every so many steps. Raises StepError."""
    _require_rate(eta), _require_factor(factor)
    if not real(every) >= 1:
        raise StepError(f"every should be 1 step or more; it is {every!r}")
    return lambda step: eta * factor ** (step // every)


def exponential(eta: float, factor: float, per: int = 1) -> Callable[[int], float]:
    """eta factor^(step / per): by the factor after each `per` steps, a little at each of them. Raises StepError."""
    _require_rate(eta), _require_factor(factor)
    if not real(per) >= 1:
        raise StepError(f"per should be 1 step or more; it is {per!r}")
    return lambda step: eta * factor ** (step / per)


def _schedule(eta):
    return eta if callable(eta) else constant(eta)


def _rate(schedule, steps) -> float:
    """Of the next step; a number of Python's, which changes no dtype. Raises StepError."""
    eta = schedule(steps)
    if not 0 <= real(eta) < math.inf:
        raise StepError(f"the schedule should give a rate of 0 or more; after {steps} steps it gave {eta!r}")
    return real(eta)


def _require_rate(eta) -> None:
    if not 0 <= real(eta) < math.inf:
        raise StepError(f"eta should be a rate of 0 or more, or a schedule such as stairs(0.1, 1000); it is {eta!r}")


def _require_factor(factor) -> None:
    if not 0 <= real(factor) < math.inf:
        raise StepError(f"factor should be a number of 0 or more, such as 0.1; it is {factor!r}")


def _fitting(w, dw, state):
    kept = {} if state is None else {"what this step keeps": state}
    xp = floats(w=w, dw=dw, **kept)
    if w.shape != dw.shape or (state is not None and state.shape != w.shape):
        known = w.shape if state is None else state.shape
        raise StepError(f"w and dw should have one shape, {known} here, but they have {w.shape} and {dw.shape}")
    return xp
