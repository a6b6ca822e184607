"""What does not fit is told in one sentence, by every layer and by a network, which names the node."""

import re

import numpy as np
import pytest

from course_lib.errors import UserError
from course_lib.nn.activations import ReLU
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.dropout import Dropout
from course_lib.nn.joins import Add, Concat, Scale
from course_lib.nn.layout import Layout, transform
from course_lib.nn.lcn import LCN
from course_lib.nn.linear import Linear
from course_lib.nn.lrn import LRN
from course_lib.nn.net import Net
from course_lib.nn.networks import alexnet, googlenet, lenet
from course_lib.nn.partial import PartialConvolution
from course_lib.nn.pooling import AveragePool, MaxPool
from course_lib.nn.rbf import RadialBasis
from course_lib.nn.softmax import Softmax, cross_entropy

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
    "an order of the letters N, C, H and W was expected, such as CHWN; 'NCWW' came": lambda: Layout("NCWW"),
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
}  # fmt: skip


@pytest.mark.parametrize(("said", "mistake"), list(MISTAKES.items()), ids=list(MISTAKES))
def test_a_mistake_is_told_in_one_sentence(said, mistake):
    with pytest.raises(UserError, match=re.escape(said)) as caught:
        mistake()
    assert "\n" not in str(caught.value)
