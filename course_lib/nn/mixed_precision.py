"""Training in float16 with torch: what is small is kept, by three means.

    learner = MixedPrecision(model, torch.optim.SGD(model.parameters(), lr=0.1), LossScale())
    loss = learner.step(lambda half: cross_entropy(half(x.half()).float(), labels))

float16 has 10 bits after the leading one. Its largest number is 65504, its least normal one 2^-14, its least of all
2^-24: what is not above 2^-25 becomes 0. So

    a float32 copy of the weights learns; in float16, w + dw = w as soon as |dw| < 2^-12 |w|
    the loss is multiplied by a scale, so that its gradients are larger (loss_scaling.py)
    the loss is summed in float32

Source: P. Micikevicius et al., *Mixed Precision Training*, ICLR 2018, arXiv:1710.03740.
"""

import copy
from collections.abc import Callable

import torch

from course_lib.nn.loss_scaling import LossScale


class MixedPrecision:
    """`model`, of float32, learns; `half`, its float16 copy, computes. optimiser: torch's, over model's parameters."""

    def __init__(self, model: torch.nn.Module, optimiser: torch.optim.Optimizer, scaling: LossScale):
        self.model, self.optimiser, self.scaling = model, optimiser, scaling
        self.half = copy.deepcopy(model).half()

    def gradient(self, loss_of: Callable) -> tuple[float, torch.Tensor]:
        """The loss, and the gradient of the scaled loss in float16, all of it in one flat vector."""
        with torch.no_grad():
            for ours, theirs in zip(self.half.parameters(), self.model.parameters(), strict=True):
                ours.copy_(theirs)
                ours.grad = None
        loss = loss_of(self.half)
        (loss * self.scaling.scale).backward()
        parts = [parameter.grad.flatten() for parameter in self.half.parameters() if parameter.grad is not None]
        return loss.item(), torch.cat(parts)

    def step(self, loss_of: Callable) -> float:
        """loss_of(half) is the loss, a tensor of float32. A step with an infinite gradient is left out."""
        loss, scaled = self.gradient(loss_of)
        dw = self.scaling.unscaled(scaled.cpu().numpy())
        if dw is None:
            return loss
        begin, dw = 0, torch.from_numpy(dw)
        for parameter, half in zip(self.model.parameters(), self.half.parameters(), strict=True):
            if half.grad is not None:  # else it took no part in the loss
                part, begin = dw[begin : begin + parameter.numel()], begin + parameter.numel()
                parameter.grad = part.view_as(parameter).to(parameter.device)
        self.optimiser.step()
        return loss
