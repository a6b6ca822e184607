"""A network: any graph over one flat vector, and training that follows torch's step by step."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.conv import batch_last, im2col
from course_lib.datasets import digits
from course_lib.gradcheck import check_gradient
from course_lib.nn.activations import ReLU, Tanh
from course_lib.nn.augment import enlarge, shifts
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.count import count, memory
from course_lib.nn.dropout import Dropout
from course_lib.nn.initial import glorot, he, krizhevsky, lecun
from course_lib.nn.joins import Add, Concat, Flatten
from course_lib.nn.layer import LayerError
from course_lib.nn.linear import Linear
from course_lib.nn.loss_scaling import LossScale, ScaleError
from course_lib.nn.net import Net
from course_lib.nn.networks import lenet
from course_lib.nn.pooling import MaxPool
from course_lib.nn.sgd import SGD, Adagrad, StepError, exponential, stairs
from course_lib.nn.softmax import cross_entropy
from course_lib.nn.train import TrainingError, accuracy, train

torch.set_num_threads(1)  # two would wait for each other where other tests run beside


def graph():
    """Two paths that part, meet, and part again for two outputs."""
    net = Net((2, 5, 7))
    stem = net.add(Convolution(3, 3, padding=1), name="stem")
    left = net.chain(stem, Tanh(), Convolution(3, 1))
    both = net.add(Add(), stem, left, stem)
    net.chain(net.add(Concat(), both, "input", left), BatchNorm(), Dropout(0.2), Flatten(), Linear(3))
    net.chain(both, MaxPool(2), Flatten(), Linear(2))
    return net


def test_gradients_flow_through_every_path_of_a_graph():
    net, rng = graph(), np.random.default_rng(0)
    w, x = net.initial(3, dtype="f8"), rng.normal(size=(3, 2, 5, 7))
    dy = rng.normal(size=(3, 3)), rng.normal(size=(3, 2))

    def f(x, w):
        (a, b), _ = net.forward(x, w, np.random.default_rng(1))
        return float((a * dy[0]).sum() + (b * dy[1]).sum())

    _, kept = net.forward(x, w, np.random.default_rng(1))
    check_gradient(f, (x, w), net.backward(dy, kept, w, want_dx=True))
    assert net.backward(dy, kept, w)[0] is None
    assert len(net.outputs) == 2


def test_an_output_that_does_not_count_sends_no_gradient():
    net, rng = graph(), np.random.default_rng(0)
    w, x = net.initial(dtype="f8"), rng.normal(size=(3, 2, 5, 7))
    (_, b), kept = net.forward(x, w)
    _, dw = net.backward((None, np.ones_like(b)), kept, w)
    assert not net.parts(dw, "linear1")["w"].any() and net.parts(dw, "linear2")["w"].any()
    assert net.parts(dw, "stem")["w"].any()


def test_parts_are_views_that_cover_the_flat_vector_in_order():
    net = lenet.modern()
    w, begin = net.initial(), 0
    for node in net.nodes:
        for part in net.parts(w, node.name).values():
            assert np.shares_memory(part, w) and np.array_equal(part.ravel(), w[begin : begin + part.size])
            begin += part.size
    assert begin == w.size == 61_706
    net.parts(w, "linear3")["b"][:] = 7
    assert (w[-10:] == 7).all()


def test_every_activation_can_be_looked_at_by_its_name():
    net, x = lenet.small(), np.ones((2, 1, 8, 8), "f4")
    w = net.initial()
    seen = net.activations(x, w)
    assert list(seen) == [node.name for node in net.nodes]
    assert all(seen[node.name].shape == (2, *node.shape) for node in net.nodes)
    assert np.array_equal(seen["linear2"], net.forward(x, w)[0]) and "convolution1 " in repr(net)


def test_the_gradient_of_every_output_can_be_looked_at_by_its_name():
    net, rng = graph(), np.random.default_rng(0)
    w, x, seen = net.initial(dtype="f8"), rng.normal(size=(3, 2, 5, 7)), {}
    (a, b), kept = net.forward(x, w)
    _, dw = net.backward((a, b), kept, w, want_dx=True, each=seen.__setitem__)
    assert list(seen) == [node.name for node in reversed(net.nodes)] and seen["linear1"] is a
    assert all(seen[node.name].shape == (3, *node.shape) for node in net.nodes)
    np.testing.assert_allclose(net.parts(dw, "stem")["b"], seen["stem"].sum((0, 2, 3)))


@pytest.mark.parametrize(
    ("spread", "expected"),
    [
        (he, lambda i, o: (2 / i) ** 0.5),
        (glorot, lambda i, o: (2 / (i + o)) ** 0.5),
        (lecun, lambda i, o: i**-0.5),
        (krizhevsky, lambda i, o: 0.01),
    ],
)
def test_weights_start_as_far_from_zero_as_said_and_biases_as_their_layer_says(spread, expected):
    net = Net((30, 9, 9), Convolution(40, 5, bias=1.0), Flatten(), Linear(50))
    w = net.initial(2, spread)
    weights, b = net.parts(w, "convolution1").values()
    assert weights.std() == pytest.approx(expected(750, 1000), rel=0.02) and (b == 1).all()
    weights, b = net.parts(w, "linear1").values()
    assert weights.std() == pytest.approx(expected(1000, 50), rel=0.02) and not b.any()
    assert np.array_equal(w, net.initial(2, spread)) and not np.array_equal(w, net.initial(3, spread))
    assert w.dtype == np.float32 and net.initial(dtype="f8").dtype == np.float64


def torch_lenet(x, p):
    y = F.max_pool2d(F.relu(F.conv2d(x, p[0], p[1], padding=2)), 2)
    y = F.max_pool2d(F.relu(F.conv2d(y, p[2], p[3])), 2).flatten(1)
    for number in (4, 6):
        y = F.relu(F.linear(y, p[number], p[number + 1]))
    return F.linear(y, p[8], p[9])


@pytest.mark.parametrize("algorithm", [im2col, batch_last])
@pytest.mark.parametrize(("dtype", "tolerance"), [("f8", 1e-8), ("f4", 2e-3)])
def test_the_loss_falls_exactly_as_in_torch_from_the_same_start(dtype, tolerance, algorithm):
    split, net = digits(), lenet.modern(algorithm=algorithm)
    x = np.pad(enlarge(split.x_train[:320].reshape(-1, 1, 8, 8), 3), ((0, 0), (0, 0), (2, 2), (2, 2))).astype(dtype)
    w = net.initial(1, dtype=dtype)
    p = [torch.from_numpy(t.copy()).requires_grad_() for node in net.nodes for t in net.parts(w, node.name).values()]
    twin = torch.optim.SGD(p, 0.02, 0.9, weight_decay=5e-4)
    ours, theirs, step = [], [], SGD(0.02, 0.9, 5e-4)
    for begin in range(0, 320, 16):
        batch, labels = x[begin : begin + 16], split.y_train[begin : begin + 16]
        loss, dw = net.gradient(batch, labels, w)
        step(w, dw)
        twin.zero_grad()
        value = F.cross_entropy(torch_lenet(torch.from_numpy(batch), p), torch.from_numpy(labels))
        value.backward()
        twin.step()
        ours.append(loss)
        theirs.append(float(value.detach()))
    np.testing.assert_allclose(ours, theirs, rtol=tolerance)
    assert len(ours) == 20 and np.mean(ours[-5:]) < 0.9 * np.mean(ours[:5])


def test_krizhevskys_update_is_his_formula_also_where_the_rate_falls():
    rng, step = np.random.default_rng(0), SGD(stairs(0.1, 2), 0.9, 0.0005)
    w, v = rng.normal(size=7), np.zeros(7)
    ours = w.copy()
    for eps in (0.1, 0.1, 0.01, 0.01, 0.001):
        g = rng.normal(size=7)
        v = 0.9 * v - 0.0005 * eps * w - eps * g
        w = w + v
        step(ours, g)
    np.testing.assert_allclose(ours, w, rtol=1e-12)
    assert step.steps == 5


def test_adagrad_is_torchs():
    rng, step = np.random.default_rng(0), Adagrad(0.1)
    w = rng.normal(size=7)
    p = torch.from_numpy(w.copy()).requires_grad_()
    twin = torch.optim.Adagrad([p], 0.1)
    for _ in range(5):
        g = rng.normal(size=7)
        step(w, g)
        p.grad = torch.from_numpy(g)
        twin.step()
    np.testing.assert_allclose(w, p.detach().numpy(), rtol=1e-12)


def test_schedules_fall_by_stairs_or_little_by_little():
    assert [stairs(1.0, 3)(t) for t in (0, 2, 3, 6)] == pytest.approx([1, 1, 0.1, 0.01])
    assert [exponential(8.0, 0.5, 2)(t) for t in (0, 2, 4)] == pytest.approx([8, 4, 2])
    assert exponential(8.0, 0.5, 2)(1) == pytest.approx(8 / 2**0.5)


@pytest.mark.parametrize(
    ("mistake", "error", "said"),
    [
        (lambda: SGD(0.1, momentum=1), StepError, "momentum should be from 0 to below 1"),
        (lambda: SGD(-0.1), StepError, "a rate of 0 or more, or a schedule such as .* it is -0.1"),
        (lambda: SGD("0.1"), StepError, "it is '0.1'"),
        (lambda: SGD(0.1, decay="0"), StepError, "they are 0.0 and '0'"),
        (lambda: Adagrad(0.1, eps=0), StepError, "eps should be above 0"),
        (lambda: stairs(0.1, 0), StepError, "every should be 1 step"),
        (lambda: exponential(0.1, 0.5, 0), StepError, "per should be 1 step"),
        (lambda: SGD(0.1)(np.zeros(3), np.zeros(4)), StepError, "one shape"),
        (lambda: LossScale(0), ScaleError, "a scale above 0"),
        (lambda: LossScale("8"), ScaleError, "'8', 2000 came"),
        (lambda: train(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), np.zeros(3), SGD(1), 1), TrainingError,
         "but 4, 3, 64 and 1 came"),
        (lambda: train(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), np.zeros(4, int), 0.1, 1), TrainingError,
         r"a step such as SGD\(0.1\) was expected, but 0.1 came"),
        (lambda: train(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), np.zeros(4, int), SGD(1), 1.5),
         TrainingError, "but 4, 4, 64 and 1.5 came"),
        (lambda: accuracy(Net((3,)), np.zeros(0), np.zeros((0, 3)), []), TrainingError, "but 0 and 256 came"),
        (lambda: accuracy(Net((3,)), np.zeros(0), np.zeros((4, 3)), [1]), TrainingError, "but 4 and 1 came"),
        (lambda: accuracy(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), np.zeros((4, 1), int)), TrainingError,
         r"a label for each of 4 examples was expected, a whole number; int64 of shape \(4, 1\) came"),
        (lambda: accuracy(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), list("0101")), TrainingError,
         "a whole number; <U1 of shape"),
        (lambda: train(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), np.zeros(4, int), SGD(1), 1, augment=3),
         TrainingError, "augment should be a function, or None for none; it is 3"),
        (lambda: train(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), np.zeros(4, int), SGD(1), 1, threads=0),
         LayerError, "threads should be a whole number from 1 on; it is 0"),
        (lambda: train(Net((3,), Linear(2)), np.zeros(8), np.zeros((4, 3)), np.zeros(4, int), SGD(1), 1, seed="x"),
         TrainingError, "seed should be a whole number from 0 on; it is 'x'"),
        (lambda: train(Net((3,), Linear(2)), np.full(8, np.inf), np.ones((4, 3)), np.zeros(4, int), SGD(1), 1),
         TrainingError, "the loss is nan in epoch 1, batch 1"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_step_that_cannot_be_taken_is_told(mistake, error, said):
    with pytest.raises(error, match=said):
        mistake()


def test_a_loss_scale_halves_where_a_gradient_is_infinite_and_doubles_after_patience():
    scaling = LossScale(1024, patience=3)
    assert scaling.unscaled(np.array([np.inf, 1], "f2")) is None and scaling.scale == 512 and scaling.skipped == 1
    for _ in range(3):
        dw = scaling.unscaled(np.array([512, 1], "f2"))
    assert LossScale(np.float64(8)).unscaled(np.ones(2, "f2")).dtype == np.float32
    assert dw.dtype == np.float32 and np.array_equal(dw, np.array([1, 1 / 512], "f4")) and scaling.scale == 1024


def image28(x):
    return np.pad(enlarge(x.reshape(-1, 1, 8, 8), 3), ((0, 0), (0, 0), (2, 2), (2, 2)))


def test_lenet_learns_the_digits():
    """The lesson's recipe, cut short; benchmarks/lenet.py has all of it and three seeds."""
    split, net, told = digits(), lenet.modern(), []
    w, x = net.initial(0), image28(split.x_train)
    step = SGD(exponential(0.05, 0.1, 129), 0.9, 5e-4)
    history = train(net, w, x, split.y_train, step, 3, 32, augment=shifts, progress=told.append)
    assert accuracy(net, w, image28(split.x_test), split.y_test) > 0.9
    assert history == told and [epoch.number for epoch in history] == [1, 2, 3] and "epoch 3: loss" in repr(told[-1])
    assert history[-1].loss < history[0].loss and len(history[0].losses) == 43


def test_training_twice_from_one_seed_gives_the_same_weights():
    split, ends = digits(), []
    for seed in (0, 0, 1):
        net = Net((64,), Linear(20), ReLU(), Dropout(0.3), Linear(10))
        w = net.initial()
        train(net, w, split.x_train[:100], split.y_train[:100], Adagrad(0.05), 2, 30, seed)
        ends.append(w)
    assert np.array_equal(ends[0], ends[1]) and not np.array_equal(ends[0], ends[2])


def test_memory_is_data_weights_their_gradients_momentum_and_workspace():
    net = Net((3, 8, 8), Convolution(4, 3), ReLU(), Flatten(), Linear(5))
    found = memory(net, 10, itemsize=8)
    data = 8 * 10 * (192 + 144 + 144 + 5)
    assert (found.data, found.gradients) == (data, data)
    assert found.weights == found.dweights == found.optimiser == 8 * count(net).parameters
    assert found.workspace > 0 and found.total == sum(found)
    assert memory(net, 10, 8, vectors=0).total == found.total - found.optimiser


@pytest.mark.parametrize("batch", [1, 7])
def test_one_gradient_of_a_batch_is_the_mean_of_its_examples(batch):
    net, rng = lenet.small(), np.random.default_rng(0)
    w, x, labels = net.initial(dtype="f8"), rng.random((batch, 1, 8, 8)), rng.integers(0, 10, batch)
    loss, dw = net.gradient(x, labels, w)
    each = [net.gradient(x[i : i + 1], labels[i : i + 1], w, loss=cross_entropy) for i in range(batch)]
    assert loss == pytest.approx(np.mean([one for one, _ in each]))
    np.testing.assert_allclose(dw, np.mean([g for _, g in each], 0), atol=1e-12)
