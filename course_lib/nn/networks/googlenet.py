"""GoogLeNet, which won ILSVRC 2014: modules of four paths side by side, of filters of several sizes.

Source: C. Szegedy et al., *Going Deeper with Convolutions*, CVPR 2015, table 1 and figure 3.
"""

from course_lib.nn.activations import ReLU
from course_lib.nn.convolution import Convolution
from course_lib.nn.dropout import Dropout
from course_lib.nn.joins import Concat, Flatten
from course_lib.nn.layer import whole
from course_lib.nn.linear import Linear
from course_lib.nn.lrn import LRN
from course_lib.nn.net import Net
from course_lib.nn.pooling import AveragePool, MaxPool
from course_lib.nn.softmax import cross_entropy

MODULES = {  # filters: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, after pooling
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet(
    shape: tuple[int, int, int] = (3, 224, 224), classes: int = 1000, heads: bool = False, thin: int = 1
) -> Net:
    """6,998,552 parameters; 13,378,280 with the two auxiliary heads, which read from modules 4a and 4d.

    With heads there are three outputs: two heads, then the main one. thin: all widths but the last are divided by it.
    """
    net, _ = Net(shape), whole("thin", thin)
    there = net.chain(
        "input",
        *(Convolution(64 // thin, 7, 2, 3), ReLU(), MaxPool(3, 2, ceil=True), LRN()),
        *(Convolution(64 // thin, 1), ReLU(), Convolution(192 // thin, 3, 1, 1), ReLU(), LRN()),
        MaxPool(3, 2, ceil=True),
    )
    for name, widths in MODULES.items():
        there = inception(net, there, name, *(width // thin for width in widths))
        if heads and name in ("4a", "4d"):
            head(net, there, classes, thin)
        if name in ("3b", "4e"):
            there = net.add(MaxPool(3, 2, ceil=True), there)
    net.chain(there, AveragePool(), Flatten(), Dropout(0.4), Linear(classes))
    return net


def inception(net: Net, there: str, name: str, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int):
    """Four paths, and their channels one after the other; the name of the node."""
    return net.add(
        Concat(),
        net.chain(there, Convolution(one, 1), ReLU()),
        net.chain(there, Convolution(reduce3, 1), ReLU(), Convolution(three, 3, padding=1), ReLU()),
        net.chain(there, Convolution(reduce5, 1), ReLU(), Convolution(five, 5, padding=2), ReLU()),
        net.chain(there, MaxPool(3, 1, 1), Convolution(pool, 1), ReLU()),
        name=f"inception{name}",
    )


def head(net: Net, there: str, classes: int, thin: int = 1) -> str:
    """A small classifier half-way, so that a gradient reaches the early layers by a shorter path."""
    return net.chain(
        there,
        *(AveragePool(5, 3), Convolution(128 // thin, 1), ReLU(), Flatten()),
        *(Linear(1024 // thin), ReLU(), Dropout(0.7), Linear(classes)),
    )


def loss(y: tuple, labels) -> tuple:
    """The main output's cross-entropy plus 0.3 times that of each head, and the gradients of all: for net.gradient."""
    found = [cross_entropy(part, labels) for part in y]
    shares = [0.3] * (len(y) - 1) + [1.0]
    total = sum(share * value for share, (value, _) in zip(shares, found, strict=True))
    return total, tuple(share * dy for share, (_, dy) in zip(shares, found, strict=True))
