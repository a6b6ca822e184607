"""Training in float16: gradients too small for it are kept from vanishing, by multiplying the loss (torch).

    learner = MixedPrecision(model, torch.optim.SGD(model.parameters(), lr=0.1), LossScale())
    loss = learner.step(lambda half: cross_entropy(half(x.half()).float(), labels))

float16 has 10 bits after the leading one. Its largest number is 65504, its least normal one 2^-14, its least of all
2^-24: what is not above 2^-25 becomes 0. Three things make it enough:

    a float32 copy of the weights learns; in float16, w + dw = w as soon as |dw| < 2^-12 |w|
    the loss is multiplied by a scale before the backward pass, and the gradients divided by it, in float32
    sums are made in float32

Source: P. Micikevicius et al., *Mixed Precision Training*, ICLR 2018, arXiv:1710.03740.
"""

import copy
from collections.abc import Callable

import torch

from course_lib.errors import UserError


class ScaleError(UserError, ValueError):
    """A loss scale that cannot be."""


class LossScale:
    """A power of two that looks for its own size: half of it after an overflow, twice after `patience` good steps.

    patience: None keeps the scale as it is. Raises ScaleError.
    """

    def __init__(self, scale: float = 2.0**16, patience: int | None = 2000):
        if not 0 < scale < float("inf") or (patience is not None and patience < 1):
            raise ScaleError(f"scale should be above 0, patience 1 or more or None; they are {scale} and {patience}")
        self.value, self.patience, self._good = float(scale), patience, 0

    def update(self, overflow: bool) -> None:
        """After each step: whether a gradient was infinite or NaN, so that the step was left out."""
        if self.patience is None:
            return
        self._good = 0 if overflow else self._good + 1
        if overflow:
            self.value /= 2
        elif self._good == self.patience:
            self.value, self._good = self.value * 2, 0


class MixedPrecision:
    """`model`, of float32, learns; its float16 copy `half` computes. optimiser: torch's, over model's parameters."""

    def __init__(self, model: torch.nn.Module, optimiser: torch.optim.Optimizer, scale: LossScale):
        self.model, self.optimiser, self.scale = model, optimiser, scale
        self.half = copy.deepcopy(model).half()
        self.skipped = 0  # steps left out

    def gradients(self, loss_of: Callable) -> tuple[float, list[torch.Tensor | None]]:
        """The loss, and the gradient of each parameter as float16 gave it, divided by the scale in float32."""
        with torch.no_grad():
            for ours, theirs in zip(self.half.parameters(), self.model.parameters(), strict=True):
                ours.copy_(theirs)
        self.half.zero_grad()
        loss = loss_of(self.half)
        (loss * self.scale.value).backward()
        found = [parameter.grad for parameter in self.half.parameters()]  # None: it took no part
        return loss.item(), [None if grad is None else grad.float() / self.scale.value for grad in found]

    def step(self, loss_of: Callable) -> float:
        """loss_of(half) is the loss, summed in float32. A step with an infinite gradient is left out."""
        loss, gradients = self.gradients(loss_of)
        overflow = not all(bool(gradient.isfinite().all()) for gradient in gradients if gradient is not None)
        self.scale.update(overflow)
        if overflow:
            self.skipped += 1
            return loss
        for parameter, gradient in zip(self.model.parameters(), gradients, strict=True):
            parameter.grad = gradient
        self.optimiser.step()
        return loss
