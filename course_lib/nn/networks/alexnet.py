"""AlexNet, which won ILSVRC 2012: two towers on two GPUs, and the variants with one.

The towers are groups: a filter of conv2, conv4 and conv5 sees only the maps of its own GPU. conv3 and the linear layers
see both.
Source: A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*,
NIPS 25, 2012; A. Krizhevsky, *One weird trick for parallelizing convolutional neural networks*, 2014.
"""

from course_lib.nn.activations import ReLU
from course_lib.nn.convolution import Convolution
from course_lib.nn.dropout import Dropout
from course_lib.nn.joins import Flatten
from course_lib.nn.layer import LayerError
from course_lib.nn.linear import Linear
from course_lib.nn.lrn import LRN
from course_lib.nn.net import Net
from course_lib.nn.pooling import MaxPool


def two_towers(shape: tuple[int, int, int] = (3, 227, 227), hidden: int = 4096, classes: int = 1000) -> Net:
    """60,965,224 parameters, 724,406,816 multiplications. hidden: units of fc6 and of fc7.

    (Of 224 x 224 pixels, as printed, 55 x 55 windows of 11 x 11 do not fit without padding; of 227 x 227 they do.)
    """
    net = Net(shape)
    for number, layer in enumerate(
        [
            Convolution(96, 11, stride=4),
            Convolution(256, 5, padding=2, groups=2, bias=1.0),
            Convolution(384, 3, padding=1),
            Convolution(384, 3, padding=1, groups=2, bias=1.0),
            Convolution(256, 3, padding=1, groups=2, bias=1.0),
        ],
        1,
    ):
        net.add(layer, name=f"conv{number}")
        net.add(ReLU())
        if number < 3:
            net.add(LRN())
        if number in (1, 2, 5):
            net.add(MaxPool(3, 2))
    return _classified(net, hidden, classes)


def one_tower(
    widths: tuple[int, int, int, int, int] = (64, 192, 384, 384, 256),
    shape: tuple[int, int, int] = (3, 224, 224),
    hidden: int = 4096,
    classes: int = 1000,
) -> Net:
    """61,838,248 parameters; with widths (64, 192, 384, 256, 256), as in the author's code, 61,100,840."""
    net = Net(shape)
    if not isinstance(widths, (tuple, list)) or len(widths) != 5:
        raise LayerError(f"widths are those of five convolutions, such as (64, 192, 384, 384, 256); {widths!r} came")
    sizes = [(11, 4, 2), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1)]
    for number, (width, (size, stride, padding)) in enumerate(zip(widths, sizes, strict=True), 1):
        net.add(Convolution(width, size, stride, padding), name=f"conv{number}")
        net.add(ReLU())
        if number in (1, 2, 5):
            net.add(MaxPool(3, 2))
    return _classified(net, hidden, classes)


def _classified(net, hidden, classes):
    """The three linear layers; half of the hidden units are silent in training."""
    net.add(Flatten())
    for name in ("fc6", "fc7"):
        net.add(Linear(hidden, bias=1.0), name=name)
        net.add(ReLU())
        net.add(Dropout(0.5))
    net.add(Linear(classes), name="fc8")
    return net
