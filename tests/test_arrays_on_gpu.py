"""Array functions on CuPy's arrays give what they give on NumPy's, of the kind that came.

They run on a GPU where CuPy sees one, elsewhere on cupy_stand_in's arrays, which refuse what CuPy's refuse.
"""

import functools
import sys

import conv_cases
import cupy_stand_in
import numpy as np
import pytest
import test_nn_layers

from course_lib.arrays import floats, namespace, on
from course_lib.conv import batch_last, im2col
from course_lib.conv.algorithms import ALGORITHMS, Algorithm
from course_lib.conv.problem import ConvError
from course_lib.errors import UserError
from course_lib.gpu import cuda
from course_lib.gradcheck import check_gradient
from course_lib.nn import augment
from course_lib.nn.activations import ReLU
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.joins import Add, Concat
from course_lib.nn.layout import transform
from course_lib.nn.linear import Linear
from course_lib.nn.loss_scaling import LossScale
from course_lib.nn.net import Net
from course_lib.nn.networks import alexnet, googlenet, lenet, resnet
from course_lib.nn.rbf import competitive
from course_lib.nn.rounded import Rounded, RoundedStep, rounded_loss
from course_lib.nn.sgd import SGD, Adagrad
from course_lib.nn.softmax import cross_entropy
from course_lib.nn.train import accuracy, train
from course_lib.precision.fixed_point import FixedPoint, nearest, product, saturated, stochastic

CLOSE = {"f4": 1e-4, "f8": 1e-11}
ALL = {**ALGORITHMS, "FFT by tiles of 9": Algorithm(ALGORITHMS["FFT"].module, {"tile": 9}), "batch last": batch_last}


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    if cuda.available():
        import cupy

        return cupy
    monkeypatch.setitem(sys.modules, "cupy", cupy_stand_in.module)
    return cupy_stand_in.module


def moved(cupy, value):
    """Arrays of NumPy's as arrays of CuPy's, laid out alike."""
    if not isinstance(value, np.ndarray):
        return value
    order = sorted(range(value.ndim), key=lambda axis: -value.strides[axis])
    return cupy.asarray(value.transpose(order).copy()).transpose(np.argsort(order).tolist())


def assert_alike(cupy, here, there, close):
    if isinstance(here, (tuple, list)):
        assert len(here) == len(there)
        for one, other in zip(here, there, strict=True):
            assert_alike(cupy, one, other, close)
    elif isinstance(here, np.ndarray):
        assert isinstance(there, cupy.ndarray) and there.dtype == here.dtype and there.shape == here.shape
        np.testing.assert_allclose(there.get(), here, rtol=close, atol=close * max(1, abs(here).max(initial=0)))
    else:
        assert type(there) is type(here) and there == pytest.approx(here, rel=close)


def assert_same(cupy, f, *given, close=1e-11):
    """f of NumPy's arrays and of CuPy's."""
    there = [moved(cupy, value) for value in given]
    expected = f(*(value.copy() if isinstance(value, np.ndarray) else value for value in given))
    assert_alike(cupy, expected, f(*there), close)


def test_cupys_functions_are_found(cupy):
    x = cupy.asarray(np.ones(3, np.float32))
    assert namespace(x) is cupy and floats(x=x, w=x) is cupy
    assert isinstance(on(np, x), np.ndarray) and isinstance(on(cupy, np.ones(3)), cupy.ndarray)


@pytest.mark.parametrize("case", conv_cases.CASES, ids=str)
@pytest.mark.parametrize("name", ALL)
def test_a_convolution_is_the_same(cupy, name, case):
    dtype = "f4" if case.groups == 1 else "f8"
    arrays = conv_cases.truth(case, dtype)[:3]
    for function in ("forward", "grad_x", "grad_w"):
        try:
            assert_same(
                cupy, lambda *a, f=function: conv_cases.call(ALL[name], f, case, a), *arrays, close=CLOSE[dtype]
            )
        except ConvError as error:
            assert "needs stride 1" in str(error) or "needs dilation 1" in str(error)


@pytest.mark.parametrize("order", ["NCHW", "CHWN"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", test_nn_layers.LAYERS)
def test_a_layer_is_the_same(cupy, name, training, order):
    layer, shape, _ = test_nn_layers.LAYERS[name]
    x, w, shape = test_nn_layers.arrays(layer, shape)
    if x.ndim == 4:
        x = transform(x, order).transpose([order.index(axis) for axis in "NCHW"])

    def both_ways(x, w, dy):
        y, kept = layer.forward(x, w, np.random.default_rng(0) if training else False)
        dw = namespace(w).zeros_like(w)
        return y, layer.backward(dy, kept, w, dw), dw

    assert_same(cupy, both_ways, x, w, np.random.default_rng(1).normal(size=shape))


NETS = {  # network, shape of x, loss
    "LeNet-5, 1998": (lenet.original(), (2, 1, 32, 32), competitive),
    "LeNet-5": (lenet.modern(), (3, 1, 28, 28), cross_entropy),
    "AlexNet": (alexnet.two_towers((3, 67, 67), 16, 5), (1, 3, 67, 67), cross_entropy),
    "GoogLeNet": (googlenet.googlenet((3, 224, 224), 5, True, 16), (1, 3, 224, 224), googlenet.loss),
    "ResNet": (resnet.resnet(50, (3, 32, 32), 5, 4), (2, 3, 32, 32), cross_entropy),
}


@pytest.mark.parametrize("name", NETS)
def test_a_network_is_the_same(cupy, name):
    net, shape, loss = NETS[name]
    x, w, labels = np.random.default_rng(0).normal(size=shape), net.initial(dtype="f8"), np.arange(shape[0])
    assert_same(cupy, lambda x, w: net.gradient(x, labels, w, np.random.default_rng(0), loss), x, w, close=1e-8)


def rng():
    return np.random.default_rng(3)


X, Z, LABELS = rng().normal(size=(5, 3, 9, 7)), rng().normal(size=(7, 5)), np.arange(7) % 5
NUMBER = FixedPoint(4, 6)
ROUNDED = nearest(Z, NUMBER)
FUNCTIONS = {
    "cross-entropy": (lambda z: cross_entropy(z, LABELS), Z),
    "competitive loss": (lambda z: competitive(z, LABELS), Z),
    "add": (lambda a, b: Add().forward((a, b, a)), X, X + 1),
    "concat": (lambda a, b: Concat().forward((a, b)), X, X[:, :2]),
    "shifts": (lambda x: augment.shifts(x, rng(), 2), X),
    "crops": (lambda x: augment.crops(x, rng(), 5), X),
    "flips": (lambda x: augment.flips(x, rng()), X),
    "ten crops": (lambda x: augment.ten_crops(x, 5), X),
    "enlarge": (lambda x: augment.enlarge(x, 3), X),
    "principal colours": (lambda x: abs((c := augment.principal_colours(x)).vectors) @ c.values, X),
    "colour noise": (lambda x, *c: augment.colour_noise(x, rng(), augment.Colours(*c)), X, Z[0, :3], Z[:3, :3]),
    "nearest": (lambda x: nearest(20 * x, NUMBER), X),
    "stochastic": (lambda x: stochastic(20 * x, NUMBER, rng()), X),
    "saturated": (lambda x: saturated(20 * x, NUMBER), X),
    "product": (lambda A, B: product(A, B, NUMBER, functools.partial(stochastic, rng=rng())), ROUNDED, ROUNDED.T),
    "unscaled": (lambda dw: LossScale().unscaled(dw), Z[0]),
    "finite differences": (lambda x, dy: check_gradient(lambda x: x * x, (x,), (2 * x * dy,), dy) < 1e-6, Z, Z + 1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_the_same(cupy, name):
    assert_same(cupy, *FUNCTIONS[name])


STEPS = {"SGD": lambda: SGD(0.1, 0.9, 0.01), "Adagrad": lambda: Adagrad(0.1)}


@pytest.mark.parametrize("name", STEPS)
def test_training_is_the_same(cupy, name):
    net, x, labels = lenet.small((1, 8, 8), 5), rng().normal(size=(20, 1, 8, 8)), np.arange(20) % 5

    def run(x, w):
        history = train(net, w, x, labels, STEPS[name](), 2, 8, augment=augment.shifts)
        return [epoch.loss for epoch in history], w, accuracy(net, w, x, labels)

    assert_same(cupy, run, x, net.initial(dtype="f8"), close=1e-8)


def test_training_in_fixed_point_is_the_same(cupy):
    net = Net((5,), Linear(4), Rounded(NUMBER, nearest), ReLU(), Linear(5))

    def run(x, w):
        step, loss = RoundedStep(SGD(0.5), NUMBER, nearest), rounded_loss(cross_entropy, NUMBER, nearest)
        return [epoch.loss for epoch in train(net, w, x, LABELS, step, 3, 4, loss=loss)], w

    assert_same(cupy, run, Z, net.initial(dtype="f8"))


@pytest.mark.parametrize("first", [True, False])
def test_a_network_that_learned_on_one_device_goes_on_on_the_other(cupy, first):
    layer, w = BatchNorm(), np.ones(10)
    for there in (first, not first):
        x, parameters = (moved(cupy, Z), moved(cupy, w)) if there else (Z, w)
        layer.forward(x, parameters, True)
        y, _ = layer.forward(x, parameters)
        assert type(y) is type(x) and type(layer.mean) is type(x)
    same = BatchNorm()
    for _ in range(2):
        same.forward(Z, w, True)
    np.testing.assert_allclose(on(np, layer.variance), same.variance)


def test_labels_may_lie_elsewhere(cupy):
    for z, labels in ((Z, cupy.asarray(LABELS)), (cupy.asarray(Z), LABELS), (cupy.asarray(Z), LABELS.tolist())):
        assert cross_entropy(z, labels)[0] == pytest.approx(cross_entropy(Z, LABELS)[0])
    net = Net((5,), Linear(5))
    w, labels = net.initial(dtype="f8"), cupy.asarray(LABELS)
    assert accuracy(net, w, Z, labels) == accuracy(net, w, Z, LABELS)
    assert train(net, w.copy(), Z, labels, SGD(0.1), 1) == train(net, w.copy(), Z, LABELS, SGD(0.1), 1)


def test_arrays_of_two_kinds_are_refused_in_one_sentence(cupy):
    there, net = cupy.asarray(Z), Net((5,), Linear(5))
    w, step = net.initial(dtype="f8"), SGD(0.1)
    step(w.copy(), w)
    _, kept = net.forward(Z, w)
    images, filters = cupy.asarray(X), np.ones((2, 3, 3, 3))
    for mistake, words in {
        lambda: net.forward(there, w): r"x is a cupy.ndarray of float64 and w is a numpy.ndarray of float64",
        lambda: net.backward(there, kept, w): "dy of linear1 is a cupy.ndarray",
        lambda: im2col.forward(images, filters): "bring both to one kind",
        lambda: step(there[0], there[0]): "what this step keeps is a numpy.ndarray",
        lambda: train(net, w, there, LABELS, step, 1): "w is an array of numpy, so x should be one too",
        lambda: train(net, w, Z.tolist(), LABELS, step, 1): "a NumPy or CuPy array was expected, but a list came",
        lambda: Add().forward((Z, there)): "x_1 is a numpy.ndarray of float64 and x_2 is a cupy.ndarray",
        lambda: product(Z, there.T, NUMBER, nearest): "A is a numpy.ndarray",
    }.items():
        with pytest.raises(UserError, match=words) as caught:
            mistake()
        assert "\n" not in str(caught.value)
