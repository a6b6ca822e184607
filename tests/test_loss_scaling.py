"""float16 with a scaled loss: gradients that would vanish are kept, and a scale too large is found and mended."""

import pytest
import torch

from course_lib.nn.loss_scaling import LossScale, MixedPrecision, ScaleError

TINY = 2.0**-22  # the share of one example in the mean of four million


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
    return MixedPrecision(net, torch.optim.SGD(net.parameters(), lr=lr), scale)


def test_without_a_scale_most_gradients_vanish_and_with_one_they_are_float32s():
    x, labels = batch()
    exact = model()
    small_loss(exact, x, labels).backward()
    wanted = [parameter.grad for parameter in exact.parameters()]
    lost = learner(LossScale(1, patience=None)).gradients(lambda half: small_loss(half, x, labels))[1]
    kept = learner(LossScale(2.0**20, patience=None)).gradients(lambda half: small_loss(half, x, labels))[1]
    assert (lost[0] == 0).float().mean() > 0.5 > (wanted[0] == 0).float().mean()
    for ours, theirs in zip(kept, wanted, strict=True):
        assert ours.dtype == torch.float32 and (ours - theirs).abs().max() <= 2**-8 * theirs.abs().max()


def test_the_float32_weights_learn_what_float16_alone_would_lose():
    one = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.ones_(one.weight)
    learns = MixedPrecision(one, torch.optim.SGD(one.parameters(), lr=2.0**-12), LossScale(8, None))
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
        ours.update(bool(overflow))
        assert ours.value == theirs.get_scale()


def test_a_step_that_overflows_is_left_out_and_the_scale_halved_until_it_fits():
    x, labels = batch()
    learns = learner(LossScale(2.0**45))
    before = learns.model[0].weight.clone()
    learns.step(lambda half: small_loss(half, x, labels))
    assert learns.skipped == 1 and learns.scale.value == 2.0**44 and torch.equal(before, learns.model[0].weight)
    for _ in range(20):
        learns.step(lambda half: small_loss(half, x, labels))
    assert 1 < learns.skipped < 20 and not torch.equal(before, learns.model[0].weight)


def test_a_parameter_that_takes_no_part_is_left_alone():
    net = torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)])
    learns = MixedPrecision(net, torch.optim.SGD(net.parameters(), lr=1.0), LossScale(8))
    before = net[1].weight.clone()
    learns.step(lambda half: half[0](torch.ones(1, 2, dtype=torch.float16)).float().sum())
    assert learns.skipped == 0 and torch.equal(net[1].weight, before)


@pytest.mark.parametrize(("scale", "patience"), [(0, 5), (-1, 5), (float("inf"), 5), (float("nan"), 5), (8, 0)])
def test_a_scale_that_cannot_be_is_told_in_one_sentence(scale, patience):
    with pytest.raises(ScaleError, match="scale should be above 0, patience 1 or more or None; they are"):
        LossScale(scale, patience)
