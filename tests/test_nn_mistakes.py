"""What does not fit is told in one sentence, by every layer and by a network, which names the node."""

import re

import numpy as np
import pytest

from course_lib.conv import winograd
from course_lib.errors import UserError
from course_lib.nn import count
from course_lib.nn.activations import ReLU, ScaledTanh, Sigmoid, Tanh
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.dropout import Dropout
from course_lib.nn.joins import Add, Concat, Flatten, Scale
from course_lib.nn.layout import Layout, transform
from course_lib.nn.lcn import LCN
from course_lib.nn.linear import Linear
from course_lib.nn.lrn import LRN
from course_lib.nn.net import Net
from course_lib.nn.networks import alexnet, googlenet, lenet, resnet
from course_lib.nn.operations import operations
from course_lib.nn.partial import PartialConvolution
from course_lib.nn.pooling import AveragePool, MaxPool
from course_lib.nn.rbf import RadialBasis, competitive
from course_lib.nn.rounded import Rounded, RoundedStep, rounded_loss
from course_lib.nn.sgd import SGD, Adagrad, exponential, stairs
from course_lib.nn.softmax import Softmax, cross_entropy, softmax
from course_lib.nn.subsampling import Subsampling
from course_lib.nn.train import accuracy, predict, train
from course_lib.nn.work import work
from course_lib.precision.fixed_point import FixedPoint, nearest

X, Z = np.zeros((2, 3, 7, 5)), np.zeros((4, 3))
SMALL = Net((3,), Linear(2))
MISTAKES = {
    "Linear(outputs=4, bias=0.0) takes a row of numbers for each example, but (3, 7, 5) comes; put Flatten()": lambda:
        Linear(4).forward(X, np.zeros(4)),
    "outputs should be a whole number from 1 on; it is 2.5": lambda: Linear(2.5),
    "w should be a vector of 16 parameters, but one of shape (3,) came": lambda: Linear(4).forward(Z, np.zeros(3)),
    "the shape of x is NCHW": lambda: Convolution(4, 3).forward(np.zeros((0, 3, 0, 5)), np.zeros(112)),
    "takes images, (channels, height, width), but (3,) comes": lambda: Convolution(4, 3).forward(Z, np.zeros(3)),
    "groups should divide the 4 filters; it is 3": lambda: Convolution(4, 3, groups=3),
    "groups that do not divide the 3 channels": lambda: Convolution(4, 3, groups=2).forward(X, np.zeros(4)),
    "size should be a whole number from 1 on, or two of them; it is 0": lambda: Convolution(4, 0),
    "each once, counted from 0": lambda: PartialConvolution(((0, 0),), 3),
    "needs channels 0 to 2 of at least 9 x 9 pixels": lambda: PartialConvolution(((0, 2),), 9).forward(X, Z[0]),
    "a window of 8 pixels does not fit in 7 with padding 0": lambda: MaxPool(8).forward(X),
    "can have half its size as padding": lambda: AveragePool(2, 2, 2),
    "takes images, (channels, height, width), but (7, 5) comes": lambda: MaxPool(2).forward(X[0]),
    "n should be odd": lambda: LRN(4),
    "k should be above 0": lambda: LRN(k=0),
    "size should be odd": lambda: LCN(4),
    "trains on two values of a channel or more, but x has the shape (1, 3)": lambda: BatchNorm().forward(
        Z[:1], np.zeros(6), True),
    "eps should be above 0": lambda: BatchNorm(eps=0),
    "should be from 0 to below 1; it is 1": lambda: Dropout(1),
    "train=np.random.default_rng(0) was expected; True came": lambda: Dropout().forward(Z, train=True),
    "k should be above 0, alpha and beta 0 or more; they are 2.0, 0.0001 and 'x'": lambda: LRN(beta="x"),
    "should be from 0 to below 1; it is '0.5'": lambda: Dropout("0.5"),
    "momentum from 0 to 1; they are 1e-05 and nan": lambda: BatchNorm(momentum=float("nan")),
    "s should be a number, such as 0.2; it is '2'": lambda: Scale("2"),
    "a module such as course_lib.conv.im2col, but 'im2col' came": lambda: Convolution(4, 3, algorithm="im2col"),
    "an order of the letters N, C, H and W was expected, such as NHWC; 'NCWW' came": lambda: Layout("NCWW"),
    "such as NHWC; 'HW' came": lambda: transform(X, "HW"),
    "takes arrays of one shape, but (3,), (4,) comes": lambda: Add().forward((Z, np.zeros((4, 4)))),
    "differ in their channels only, but (3, 7, 5), (3,) comes": lambda: Concat().forward((X, Z)),
    "a NumPy or CuPy array was expected, but a list came": lambda: Softmax().forward(Z.tolist()),
    "a NumPy or CuPy array was expected, but a NoneType came": lambda: transform(None, "NHWC"),
    "takes rows of 11 numbers, but (3,) comes": lambda: RadialBasis(np.zeros((4, 11))).forward(Z),
    "labels should be from 0 to 2, a class each; they go from 0 to 3": lambda: cross_entropy(Z, np.arange(4)),
    "4 whole numbers were expected as labels; float64 of (4,) came": lambda: cross_entropy(Z, np.zeros(4)),
    "N rows of K numbers, but an array of shape (3,) came": lambda: cross_entropy(Z[0], np.arange(3)),
    "shape should be that of one example, such as (1, 28, 28); it is 28": lambda: Net(28),
    "a layer was expected, such as ReLU(), but 'relu' came": lambda: Net((3,), "relu"),
    "linear1: Linear(outputs=10, bias=0.0) takes a row of numbers": lambda: Net((1, 8, 8), ReLU(), Linear(10)),
    "convolution2: the filters reach over 5 x 5": lambda: Net((1, 8, 8), Convolution(2, 5), Convolution(2, 5)),
    "relu1 reads from 'x', but the nodes are input": lambda: Net((3,)).add(ReLU(), "x"),
    "relu2 takes one input, but 2 came: input, relu1; join them": lambda: Net((3,), ReLU()).add(
        ReLU(), "input", "relu1"),
    "by their names, such as 'relu1', one after the other; ['a', 'b'] came": lambda: Net((3,)).add(Add(), ["a", "b"]),
    "by their names, such as 'relu1', one after the other; 3 came": lambda: Net((3,)).add(ReLU(), name=3),
    "w is an array of float16; float32 or float64 is needed": lambda: SMALL.initial(dtype="f2"),
    "spread should be a function such as initial.he; it is 0.1": lambda: SMALL.initial(spread=0.1),
    "shape should be that of one example, such as (1, 28, 28); it is 20": lambda: lenet.modern(20),
    "thin should be a whole number from 1 on; it is 0": lambda: googlenet.googlenet(thin=0),
    "widths are those of five convolutions": lambda: alexnet.one_tower((64, 192)),
    "there is a node 'a' already": lambda: [net := Net((3,)), net.add(ReLU(), name="a"), net.add(ReLU(), name="a")],
    "there is no node 'relu2'; the nodes are relu1": lambda: Net((3,), ReLU()).node("relu2"),
    "w should be a vector of this network's 8 parameters; its shape is (3,)": lambda: SMALL.forward(Z, Z[0]),
    "x should have the shape (N, 3), but it is (4, 2)": lambda: SMALL.forward(Z[:, :2], np.zeros(8)),
    "dropout1: Dropout(p=0.5) draws random numbers": lambda: Net((3,), Dropout()).forward(Z, np.zeros(0), True),
    "a gradient for each of linear1 was expected, but 2 came": lambda: SMALL.backward((Z, Z), [], np.zeros(8)),
    "dy of linear1 should have the shape (N, 2), but it is (4, 3)": lambda: SMALL.backward(Z, [Z], np.zeros(8)),
    "w is a numpy.ndarray of float64 and dy of linear1 is a numpy.ndarray of float32": lambda: SMALL.backward(
        Z[:, :2].astype("f4"), [Z], np.zeros(8)),
    "bias should be the number from which b starts, or None to have no b; it is False": lambda: Linear(3, bias=False),
    "or None to have no b; it is 'a'": lambda: Convolution(3, 3, bias="a"),
    "table should name, for each filter, one channel or more": lambda: PartialConvolution(5, 3),
    "one channel or more, each once, counted": lambda: PartialConvolution(((0.5,),), 3),
    "centres should be an array K x C, a row for each class, but list came": lambda: RadialBasis([[1.0]]),
    "centres should be an array K x C, a row for each class, but (4,) came": lambda: RadialBasis(np.zeros(4)),
    "such as NHWC; 5 came": lambda: Layout(5),
    "takes a tuple of arrays, such as (x_1, x_2), but none came": lambda: Add().forward(()),
    "takes a tuple of arrays, such as (x_1, x_2), but ndarray came": lambda: Concat().forward(X),
    "Add() takes arrays of one batch, but they have 4, 1 examples": lambda: Add().forward((Z, Z[:1])),
    "Concat() takes arrays of one batch, but they have 2, 1 examples": lambda: Concat().forward((X, X[:1])),
    "softmax takes N rows of K numbers, but an array of shape (2, 3, 7, 5) came": lambda: softmax(X),
    "a loss takes N rows of K numbers, but an array of shape (4, 0) came": lambda: cross_entropy(Z[:, :0], [0] * 4),
    "a loss is a mean over one row or more": lambda: cross_entropy(Z[:0], []),
    "as labels; lists of several lengths came": lambda: cross_entropy(Z, [[1], [1, 2], [1], [0]]),
    "j should be above 0; it is 'x'": lambda: competitive(Z, [0, 1, 2, 0], "x"),
    "each number of the shape of one example should be a whole number from 1 on; it is 0": lambda: Net((3, 0)),
    "a chain starts from the name of a node, such as 'input', but ReLU() came": lambda: Net((3,)).chain(ReLU()),
    "a seed such as 0 and a dtype such as 'f4' were expected; 'x', 'f4' came": lambda: SMALL.initial("x"),
    "a seed such as 0 and a dtype such as 'f4' were expected; 0, 'zz' came": lambda: SMALL.initial(dtype="zz"),
    "w: a NumPy or CuPy array was expected, but a list came": lambda: SMALL.parts([1], "linear1"),
    "kept should be the list that this network's forward(x, w) gave": lambda: SMALL.backward(
        Z[:, :2], [], np.zeros(8)),
    "loss should be a function of y and labels, such as cross_entropy; it is 'ce'": lambda: SMALL.gradient(
        Z, [0] * 4, np.zeros(8), loss="ce"),
    "a network was expected, such as lenet.modern(), but a ndarray came": lambda: count.count(Z),
    "such as lenet.modern(), but a str came": lambda: count.memory("lenet", 1),
    "widths are those of five convolutions, such as (64, 192, 384, 384, 256); 5 came": lambda: alexnet.one_tower(5),
    "a ResNet of 50, 101, 152 layers can be built, but [50] came": lambda: resnet.resnet([50]),
    "remembers 1 channels, but x has 3; give each place its own layer": lambda: [
        layer := BatchNorm(), layer.forward(Z[:, :1], np.ones(2), True), layer.forward(Z, np.ones(6))],
    "this network has 2 outputs, ['relu1', 'relu2'], and cross_entropy takes one": lambda: [
        net := Net((3,)), net.add(ReLU(), "input"), net.add(ReLU(), "input"), net.gradient(Z, [0] * 4, np.zeros(0))],
    "the network has no layers yet": lambda: predict(Net((3,)), np.zeros(0), Z),
    "has no layers yet, so that nothing answers; add": lambda: Net((3,)).gradient(Z, [0] * 4, np.zeros(0)),
    "batchnorm2: this BatchNorm(eps=1e-05, momentum=0.1, scale=True) has a place in the network": lambda: Net(
        (3,), norm := BatchNorm(), ReLU(), norm),
    "take batches of another size, of which the last has more": lambda: BatchNorm().forward(Z[:1], np.ones(6), True),
    "convolution1: F(2, 3) needs stride 1, but (2, 2) came; im2col takes any": lambda: Net(
        (3, 7, 5), Convolution(4, 3, 2, algorithm=winograd)),
    "loss(y, labels) should give the loss and its gradient dy, a tuple of two, but float came": lambda: SMALL.gradient(
        Z, [0] * 4, np.zeros(8), loss=lambda y, labels: 1.0),
    "the loss of a batch should be one number, but an array of shape (4, 2) came": lambda: SMALL.gradient(
        Z, [0] * 4, np.zeros(8), loss=lambda y, labels: (y * y, y)),
    "dy is None, and so would dw be": lambda: SMALL.gradient(
        Z, [0] * 4, np.zeros(8), loss=lambda y, labels: (1.0, None)),
    "a network was expected, such as lenet.modern(), but a function came": lambda: train(
        lenet.modern, np.zeros(8), Z, [0] * 4, SGD(1), 1),
    "such as lenet.modern(), but a list came": lambda: predict([ReLU()], np.zeros(8), Z),
    "such as lenet.modern(), but a NoneType came": lambda: work(None, 1, {}),
    "labels should be an array or a list, one for each example; None came": lambda: train(
        SMALL, np.zeros(8), Z, None, SGD(1), 1),
    "a step such as SGD(0.1) was expected, but <class": lambda: train(SMALL, np.zeros(8), Z, [0] * 4, SGD, 1),
    "a step changes w itself, as w -= 0.1 * dw does, and gives None; ndarray came": lambda: train(
        SMALL, np.zeros(8), Z, [0] * 4, lambda w, dw: w - 0.1 * dw, 1),
    "the loss is nan in epoch 1, batch 1: x holds infinity or NaN": lambda: train(
        SMALL, np.zeros(8), Z + np.nan, [0] * 4, SGD(1), 1),
    "the loss is nan in epoch 1, batch 1: w holds infinity or NaN": lambda: train(
        SMALL, np.full(8, np.nan), Z, [0] * 4, SGD(1), 1),
    "the loss is inf in epoch 1, batch 1: no step was taken yet": lambda: train(
        SMALL, np.zeros(8), Z, [0] * 4, SGD(1), 1, loss=lambda y, labels: (np.inf, y)),
    "the loss is nan in epoch 2, batch 1: steps are too large; lower eta": lambda: train(
        SMALL, np.ones(8), Z + 1, [0] * 4, lambda w, dw: w.fill(np.nan), 2),
    "among examples 2 to 3 the output is NaN: x holds it, or w does": lambda: predict(
        SMALL, np.zeros(8), np.where(np.arange(4)[:, None] == 3, np.nan, Z), 2),
    "labels should be from 0 to 1, a class each; they go from 1 to 2": lambda: accuracy(
        SMALL, np.zeros(8), Z, [1, 2, 1, 2]),
    "f should be a function of the arrays, such as np.exp; it is 'x'": lambda: operations("x"),
    "each names kinds of layers, such as {'ReLU': 1}; it is 5": lambda: work(SMALL, 1, 5),
    "rounding should be nearest, or partial(stochastic, rng=rng); it is 'nearest'": lambda: Rounded(
        FixedPoint(4, 4), "nearest"),
    "a step such as SGD(0.1) was expected, but 0.1 came": lambda: RoundedStep(0.1, FixedPoint(4, 4), nearest),
    "a loss such as cross_entropy and a scale above 0 were expected": lambda: rounded_loss(
        cross_entropy, FixedPoint(4, 4), nearest, 0),
}  # fmt: skip
LAYERS = {
    "linear": (Linear(3), Z),
    "convolution": (Convolution(4, 3), X),
    "partial": (PartialConvolution(((0, 2), (1,)), 3), X),
    "relu": (ReLU(), X),
    "sigmoid": (Sigmoid(), X),
    "tanh": (Tanh(), X),
    "scaled tanh": (ScaledTanh(), X),
    "max pooling": (MaxPool(3, 2), X),
    "average pooling": (AveragePool(3, 2), X),
    "global pooling": (AveragePool(), X),
    "subsampling": (Subsampling(2), X),
    "softmax": (Softmax(), Z),
    "rbf": (RadialBasis(np.zeros((4, 3))), Z),
    "lrn": (LRN(), X),
    "lcn": (LCN(3), X),
    "batchnorm": (BatchNorm(), X),
    "dropout": (Dropout(), X),
    "layout": (Layout(), X),
    "flatten": (Flatten(), X),
    "scale": (Scale(0.5), X),
    "add": (Add(), (X, X)),
    "concat": (Concat(), (X, X)),
    "rounded": (Rounded(FixedPoint(8, 8), nearest), X),
}


@pytest.mark.parametrize(("said", "mistake"), list(MISTAKES.items()), ids=list(MISTAKES))
def test_a_mistake_is_told_in_one_sentence(said, mistake):
    with pytest.raises(UserError, match=re.escape(said)) as caught:
        mistake()
    assert "\n" not in str(caught.value)


def parameters(layer, x):
    shape = tuple(part.shape[1:] for part in x) if layer.joins else x.shape[1:]
    return np.ones(sum(tensor.size for tensor in layer.tensors(shape).values()))


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_a_gradient_of_another_batch_is_refused_and_not_stretched(name, train):
    layer, x = LAYERS[name]
    w = parameters(layer, x)
    y, kept = layer.forward(x, w, np.random.default_rng(0) if train else False)
    with pytest.raises(UserError, match=r"(?s)dy .* shape"):
        layer.backward(y[:1].copy(), kept, w, np.empty_like(w))
    with pytest.raises(UserError, match="array was expected"):
        layer.backward(y.tolist(), kept, w, np.empty_like(w))


def test_a_network_names_the_node_whose_gradient_has_another_batch():
    net = Net((3,), Linear(2), ReLU())
    w = net.initial(dtype="f8")
    y, kept = net.forward(Z, w)
    with pytest.raises(UserError, match=r"^relu1: dy .* its shape, \(4, 2\), but one of shape \(1, 2\) came"):
        net.backward(y[:1], kept, w)


@pytest.mark.parametrize(
    "layer",
    [Scale(np.float64(0.5)), LRN(5, *map(np.float64, (2, 0.1, 0.75))), BatchNorm(np.float64(0.1), np.float64(0.2)),
     Dropout(np.float64(0.4)), Linear(2, bias=np.float64(1)), Convolution(2, 3, bias=np.float64(1))],
    ids=repr,
)  # fmt: skip
def test_numpys_numbers_as_settings_leave_the_dtype_of_arrays_alone(layer):
    net = Net((3,) if isinstance(layer, Linear) else (3, 7, 5), layer)
    x, w = np.ones((2, *net.input_shape), "f4"), net.initial()
    y, kept = net.forward(x, w, np.random.default_rng(0))
    assert y.dtype == np.float32
    assert all(part.dtype == np.float32 for part in net.backward(y, kept, w, want_dx=True))


def test_numpys_whole_numbers_are_whole_numbers_here_too():
    two, byte = np.int64(2), np.uint8(200)
    assert Linear(byte).macs((784,)) == 200 * 784  # no byte overflows
    assert Convolution(two, (two, 3), two, groups=np.int32(1)) == Convolution(2, (2, 3), 2)
    assert MaxPool(two).shape((3, 8, 8)) == (3, 4, 4)
    assert (LRN(np.int64(3)), LCN(np.int64(3)), FixedPoint(two, byte // 50)) == (LRN(3), LCN(3), FixedPoint(2, 4))
    assert Net((np.int64(3),), Linear(two)).input_shape == (3,)
    assert count.memory(SMALL, byte) == count.memory(SMALL, 200)


@pytest.mark.parametrize("step", [SGD, Adagrad])
@pytest.mark.parametrize("eta", [float("nan"), -0.1, "x", None])
def test_a_schedule_that_gives_no_rate_is_told_before_w_changes(step, eta):
    w = np.ones(3)
    with pytest.raises(UserError, match=f"should give a rate of 0 or more; after 0 steps it gave {eta!r}"):
        step(lambda number: eta)(w, np.ones(3))
    assert (w == 1).all()


def test_a_rate_and_a_factor_of_a_schedule_are_checked_where_it_is_made():
    for schedule in (stairs, exponential):
        with pytest.raises(UserError, match="eta should be a rate of 0 or more"):
            schedule(-1, 0.5, 3) if schedule is exponential else schedule(-1, 3)
        with pytest.raises(UserError, match="factor should be a number of 0 or more"):
            schedule(0.1, factor="x", **({"every": 3} if schedule is stairs else {}))
