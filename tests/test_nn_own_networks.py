"""Networks that the course does not have: torch makes the same of them, and they can be copied and kept.

Depthwise filters, shuffled channels, dense paths, layers of one's own; what such a layer does wrong is told by name.
"""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.conv import batch_last, direct, fft, im2col, winograd
from course_lib.conv.algorithms import Algorithm
from course_lib.conv.workspace import Workspace
from course_lib.gradcheck import check_gradient
from course_lib.nn.activations import ReLU, Tanh
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.count import count, memory
from course_lib.nn.initial import glorot
from course_lib.nn.joins import Add, Concat, Flatten
from course_lib.nn.layer import Layer, LayerError, Tensor
from course_lib.nn.linear import Linear
from course_lib.nn.net import Net
from course_lib.nn.networks import lenet
from course_lib.nn.partial import PartialConvolution
from course_lib.nn.pooling import AveragePool, MaxPool

ALGORITHMS = {
    "im2col": im2col,
    "batch last": batch_last,
    "direct": direct,
    "FFT": fft,
    "F(4x4)": Algorithm(winograd, {"m": 4, "workspace": Workspace()}),
}
torch.set_num_threads(1)  # two would wait for each other where other tests run beside


@dataclass(frozen=True)
class Shuffle(Layer):
    """ShuffleNet's: a channel of each group, then the next of each."""

    groups: int

    def forward(self, x, w=None, train=False):
        return self._turned(x, self.groups), None

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        return self._turned(dy, dy.shape[1] // self.groups)

    def _turned(self, x, groups):
        n, channels, *size = x.shape
        return x.reshape(n, groups, channels // groups, *size).swapaxes(1, 2).reshape(x.shape)


def mixed(algorithm):
    """A depthwise block between grouped ones, an inverted residual; dense paths; filters of one row or column."""
    conv = lambda *given, **named: Convolution(*given, **named, algorithm=algorithm)  # noqa: E731
    net = Net((3, 9, 7))
    stem = net.chain("input", conv(8, 3, padding=1, bias=None), BatchNorm(), ReLU())
    narrow = (conv(8, 1, groups=4, bias=None), BatchNorm(), Shuffle(4))
    wide = (conv(8, 3, padding=1, groups=8, bias=None), BatchNorm(), ReLU(), conv(8, 1, groups=2))
    block = net.add(Add(), stem, net.chain(stem, *narrow, *wide))
    new = net.chain(block, conv(3, (1, 5), padding=(0, 2)), Tanh(), conv(3, (5, 1), padding=(2, 0)))
    dense = net.add(Concat(), block, new, "input", stem)
    net.chain(dense, MaxPool(3, 2, 1), conv(4, 1), AveragePool(), Flatten(), Linear(5))
    return net


def mixed_in_torch(x, p):
    conv = lambda x, bias=True, **o: F.conv2d(x, next(p), next(p) if bias else None, **o)  # noqa: E731
    normed = lambda x: F.batch_norm(x, None, None, next(p), next(p), training=True)  # noqa: E731
    stem = F.relu(normed(conv(x, False, padding=1)))
    y = torch.channel_shuffle(normed(conv(stem, False, groups=4)), 4)
    y = conv(F.relu(normed(conv(y, False, padding=1, groups=8))), groups=2)
    block = stem + y
    new = conv(torch.tanh(conv(block, padding=(0, 2))), padding=(2, 0))
    y = F.max_pool2d(torch.cat([block, new, x, stem], 1), 3, 2, 1)
    return F.linear(conv(y).mean((2, 3)), next(p), next(p))


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("f8", 1e-9), ("f4", 2e-3)])
def test_a_network_of_ones_own_is_torchs_with_every_algorithm(algorithm, dtype, tolerance):
    net, rng = mixed(algorithm), np.random.default_rng(0)
    w, x, dy = net.initial(1, dtype=dtype), rng.normal(size=(4, 3, 9, 7)), rng.normal(size=(4, 5))
    x, dy = x.astype(dtype), dy.astype(dtype)
    y, kept = net.forward(x, w, True)
    dx, dw = net.backward(dy, kept, w, want_dx=True)
    p = [torch.from_numpy(t.copy()).requires_grad_() for node in net.nodes for t in net.parts(w, node.name).values()]
    tx = torch.from_numpy(x).requires_grad_()
    ty = mixed_in_torch(tx, iter(p))
    ty.backward(torch.from_numpy(dy))
    theirs = torch.cat([t.grad.flatten() for t in p])
    for ours, torchs in ((y, ty.detach()), (dx, tx.grad), (dw, theirs)):
        np.testing.assert_allclose(ours, torchs, rtol=0, atol=tolerance * float(abs(torchs).max()))
    assert count(net).parameters == sum(t.numel() for t in p)
    if dtype == "f8":

        def f(w, x):
            return net.forward(x, w, True)[0]

        check_gradient(f, (w, x), (dw, dx), dy, coordinates=20)


def test_a_grouped_filter_starts_as_far_from_zero_as_its_own_group_says():
    net = Net((64, 5, 5), Convolution(128, 3, groups=32), PartialConvolution(tuple((k, k + 9) for k in range(99)), 3))
    w = net.initial(0, lambda fan_in, fan_out: fan_in + 1000 * fan_out)
    inside, table = net.parts(w, "convolution1")["w"], net.parts(w, "partialconvolution1")["w"]
    assert inside.std() == pytest.approx(2 * 9 + 1000 * 4 * 9, rel=0.05)  # 2 channels and 4 filters a group
    assert table.std() == pytest.approx(2 * 9 + 1000 * 2 * 99 / 128 * 9, rel=0.06)  # 2 channels a filter
    torchs = torch.nn.Conv2d(64, 128, 3, groups=1)
    torch.nn.init.xavier_normal_(torchs.weight)
    full = Net((64, 5, 5), Convolution(128, 3)).initial(0, glorot)
    assert full[: 128 * 64 * 9].std() == pytest.approx(float(torchs.weight.detach().std()), rel=0.03)


def test_a_name_that_is_taken_is_not_given_again():
    net = Net((3,))
    net.add(ReLU(), name="relu2")
    assert net.add(ReLU()) == "relu3"
    assert net.add(type("ReLU", (ReLU,), {})()) == "relu1" and net.add(type("ReLU", (ReLU,), {})()) == "relu4"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["copy", "pickle"])
@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)
def test_a_copy_of_a_network_answers_alike_and_remembers_for_itself(algorithm, copied):
    net, rng = mixed(algorithm), np.random.default_rng(0)
    w, x = net.initial(dtype="f8"), rng.normal(size=(4, 3, 9, 7))
    net.forward(x, w, True)
    before, other = net.forward(x, w)[0], copied(net)
    assert np.array_equal(other.forward(x, w)[0], before)
    other.forward(5 * x, w, True)
    assert np.array_equal(net.forward(x, w)[0], before) and not np.array_equal(other.forward(x, w)[0], before)
    if algorithm is im2col:
        assert other.nodes[0].layer == net.nodes[0].layer


@pytest.mark.parametrize("algorithm", [im2col, batch_last, fft], ids=["im2col", "batch last", "FFT"])
def test_the_workspace_of_a_layer_is_counted_for_the_numbers_that_it_has(algorithm):
    net = lenet.modern(algorithm=algorithm)
    needed = [
        algorithm.count((64, *node.before), node.tensors["w"].shape, *node.layer._how, itemsize=8).workspace
        for node in net.nodes
        if isinstance(node.layer, Convolution)
    ]
    assert memory(net, 64, itemsize=8).workspace == max(needed) > memory(net, 64).workspace


class Wrong(Layer):
    """Does one thing wrong."""

    def __init__(self, **wrong):
        self.wrong = wrong

    def forward(self, x, w=None, train=False):
        return self.wrong.get("forward", lambda x: (x, None))(x)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        return self.wrong.get("backward", lambda dy: dy)(dy)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("wrong1: forward should give y and what backward needs, a tuple of two, but ndarray came",
         {"forward": lambda x: x}),
        ("wrong1: forward should give y and what backward needs, a tuple of two, but None came",
         {"forward": lambda x: None}),
        (r"wrong1: y, as its method `shape` says, should have the shape \(N, 3\), but it is \(2, 6\)",
         {"forward": lambda x: (np.concatenate([x, x], 1), None)}),
        (r"wrong1: dx should have the shape \(N, 3\), but it is None", {"backward": lambda dy: None}),
        (r"wrong1: dx should have the shape \(N, 3\), but it is \(2, 1\)", {"backward": lambda dy: dy[:, :1]}),
    ],
)  # fmt: skip
def test_what_a_layer_of_ones_own_does_wrong_is_told_with_its_name(said, wrong):
    net = Net((3,), Linear(3), Wrong(**wrong), Linear(2))
    with pytest.raises(LayerError, match=said):
        net.gradient(np.ones((2, 3)), [0, 1], net.initial(dtype="f8"))


class Gain(Wrong):
    """y = s x, with one number s that starts from 2."""

    def tensors(self, x):
        return {"s": Tensor((), 2.0)}


def test_a_layer_of_ones_own_may_have_a_parameter_without_axes():
    net = Net((3,), Linear(3), Gain())
    w = net.initial()
    assert net.size == 13 and net.parts(w, "gain1")["s"] == 2 and w[-1] == 2


def test_a_layer_that_nobody_asks_for_dx_need_not_give_it():
    net = Net((3,), Wrong(backward=lambda dy: None), Linear(2))
    assert net.gradient(np.ones((2, 3)), [0, 1], net.initial(dtype="f8"))[1].any()
