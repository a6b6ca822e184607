"""ResNet, which won ILSVRC 2015: blocks that add what they compute to what they were given.

Source: K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016, table 1. As printed,
the first convolution of a block has the stride; a shortcut is a convolution only where the shape changes.
"""

from course_lib.nn.activations import ReLU
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.joins import Add, Flatten
from course_lib.nn.layer import LayerError
from course_lib.nn.linear import Linear
from course_lib.nn.net import Net
from course_lib.nn.pooling import AveragePool, MaxPool

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def resnet(layers: int = 50, shape: tuple[int, int, int] = (3, 224, 224), classes: int = 1000, width: int = 64) -> Net:
    """Layers 50: 25,557,032 parameters; 101: 44,549,160; 152: 60,192,808. width: filters of the first convolution.

    Raises LayerError for another number of layers.
    """
    if type(layers) is not int or layers not in BLOCKS:
        raise LayerError(f"a ResNet of {', '.join(map(str, BLOCKS))} layers can be built, but {layers!r} came")
    net = Net(shape)
    there = net.chain("input", *_normed(Convolution(width, 7, 2, 3, bias=None)), ReLU(), MaxPool(3, 2, 1))
    for stage, blocks in enumerate(BLOCKS[layers]):
        for block in range(blocks):
            there = bottleneck(net, there, width << stage, 2 if stage and not block else 1)
    net.chain(there, AveragePool(), Flatten(), Linear(classes))
    return net


def bottleneck(net: Net, there: str, width: int, stride: int) -> str:
    """ReLU(x + F(x)): F narrows to `width` channels by 1x1 filters, has 3x3 ones, and widens to four times as many."""
    short, channels = there, 4 * width
    if stride != 1 or net.node(there).shape[0] != channels:
        short = net.chain(there, *_normed(Convolution(channels, 1, stride, bias=None)))
    body = net.chain(
        there,
        *(*_normed(Convolution(width, 1, stride, bias=None)), ReLU()),
        *(*_normed(Convolution(width, 3, 1, 1, bias=None)), ReLU()),
        *_normed(Convolution(channels, 1, bias=None)),
    )
    return net.chain(net.add(Add(), body, short), ReLU())


def _normed(convolution):
    return convolution, BatchNorm()
