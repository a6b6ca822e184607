"""float16 with a scaled loss: gradients that would vanish are kept, and a scale too large is found and mended."""

import numpy as np
import torch

from course_lib.nn.loss_scaling import LossScale
from course_lib.nn.mixed_precision import MixedPrecision

TINY = 2.0**-23  # the share of one example in the mean of eight million


def model(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(6, 13), torch.nn.ReLU(), torch.nn.Linear(13, 3))


def batch(seed=1, n=8):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 6, generator=generator), torch.randint(3, (n,), generator=generator)


def small_loss(net, x, labels):
    dtype = next(net.parameters()).dtype
    return TINY * torch.nn.functional.cross_entropy(net(x.to(dtype)).float(), labels, reduction="sum")


def learner(scale, lr=0.1):
    net = model()
    return MixedPrecision(net, torch.optim.SGD(net.parameters(), lr=lr), LossScale(scale))


def test_without_a_scale_most_gradients_vanish_and_with_one_they_are_float32s():
    x, labels = batch()
    exact = model()
    small_loss(exact, x, labels).backward()
    wanted = torch.cat([parameter.grad.flatten() for parameter in exact.parameters()])
    lost = learner(1).gradient(lambda half: small_loss(half, x, labels))[1]
    kept = learner(2.0**20).gradient(lambda half: small_loss(half, x, labels))[1]
    assert lost.dtype == kept.dtype == torch.float16
    assert (lost == 0).float().mean() > 0.5 > (wanted == 0).float().mean()
    assert (kept.float() / 2.0**20 - wanted).abs().max() <= 2**-8 * wanted.abs().max()


def test_the_float32_weights_learn_what_float16_alone_would_lose():
    one = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.ones_(one.weight)
    learns = MixedPrecision(one, torch.optim.SGD(one.parameters(), lr=2.0**-12), LossScale(8))
    for _ in range(16):
        learns.step(lambda half: half(torch.ones(1, 1, dtype=torch.float16)).float().sum())
    assert one.weight.item() == 1 - 16 * 2.0**-12
    alone = torch.ones(1, dtype=torch.float16)
    for _ in range(16):
        alone -= 2.0**-12
    assert alone.item() == 1


def test_the_scale_goes_up_and_down_as_torchs_own():
    ours, theirs = LossScale(2.0**10, patience=3), torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=3)
    for overflow in [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]:
        weight = torch.nn.Parameter(torch.ones(1))
        theirs.scale((weight * (float("inf") if overflow else 1)).sum()).backward()
        theirs.step(torch.optim.SGD([weight], lr=0.1))
        theirs.update()
        ours.unscaled(np.array([np.inf if overflow else 1.0], "f2"))
        assert ours.scale == theirs.get_scale()


def test_a_step_that_overflows_is_left_out_and_the_scale_halved_until_it_fits():
    x, labels = batch()
    learns = learner(2.0**45)
    before = learns.model[0].weight.clone()
    learns.step(lambda half: small_loss(half, x, labels))
    assert learns.scaling.skipped == 1 and learns.scaling.scale == 2.0**44
    assert torch.equal(before, learns.model[0].weight)
    for _ in range(20):
        learns.step(lambda half: small_loss(half, x, labels))
    assert 1 < learns.scaling.skipped < 20 and not torch.equal(before, learns.model[0].weight)


def test_a_parameter_that_takes_no_part_is_left_alone_and_the_others_get_their_own():
    net = torch.nn.ModuleList([torch.nn.Linear(2, 3), torch.nn.Linear(2, 2)])
    learns = MixedPrecision(net, torch.optim.SGD(net.parameters(), lr=1.0), LossScale(8))
    before = [parameter.clone() for parameter in net.parameters()]
    learns.step(lambda half: half[1](torch.tensor([[1.0, 2.0]], dtype=torch.float16)).float().sum())
    moved = [(old - new).tolist() for old, new in zip(before, net.parameters(), strict=True)]
    assert moved[0] == [[0, 0]] * 3 and moved[1] == [0] * 3
    assert np.allclose(moved[2], [[1, 2]] * 2) and np.allclose(moved[3], [1, 1])
