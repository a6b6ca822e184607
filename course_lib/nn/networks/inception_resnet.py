"""Inception-ResNet-v2: inception modules whose result, made small, is added to what they were given.

Recounted: 55,843,464 parameters, of which 30,272 are the batch normalisations' gamma; its authors' code fixes those,
which leaves 55,813,192. It is the network of that code, with 10 + 20 + 10 blocks; the paper's figures show 5 + 10 + 5,
whose widths do not fit together.
Source: C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi, *Inception-v4, Inception-ResNet and the Impact of Residual
Connections on Learning*, AAAI 2017, and the code released with it.
"""

from course_lib.nn.activations import ReLU
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.dropout import Dropout
from course_lib.nn.joins import Add, Concat, Flatten, Scale
from course_lib.nn.layer import whole
from course_lib.nn.linear import Linear
from course_lib.nn.net import Net
from course_lib.nn.pooling import AveragePool, MaxPool


def inception_resnet_v2(
    shape: tuple[int, int, int] = (3, 299, 299), classes: int = 1000, thin: int = 1, scale: bool = True
) -> Net:
    """thin: all widths are divided by it; scale: whether batch normalisation has a gamma."""

    def conv(width, size, stride=1, same=True):
        """Convolution without bias, batch normalisation, ReLU; `same` pads so that only the stride shrinks."""
        height, across = (size, size) if isinstance(size, int) else size
        padding = (height // 2, across // 2) if same else 0
        return [Convolution(width // thin, size, stride, padding, bias=None), BatchNorm(scale=scale), ReLU()]

    def module(there, *paths):
        return net.add(Concat(), *(net.chain(there, *path) for path in paths))

    def residual(there, small, last, *paths):
        """ReLU(x + small F(x)); the last block of all has no ReLU."""
        channels = net.node(there).shape[0]
        body = net.chain(module(there, *paths), Convolution(channels, 1), Scale(small))
        there = net.add(Add(), there, body)
        return there if last else net.add(ReLU(), there)

    net, _ = Net(shape), whole("thin", thin)
    there = net.chain(
        "input",
        *(*conv(32, 3, 2, False), *conv(32, 3, 1, False), *conv(64, 3), MaxPool(3, 2)),
        *(*conv(80, 1), *conv(192, 3, 1, False), MaxPool(3, 2)),
    )
    there = module(
        there,
        conv(96, 1),
        conv(48, 1) + conv(64, 5),
        conv(64, 1) + conv(96, 3) + conv(96, 3),
        [AveragePool(3, 1, 1), *conv(64, 1)],
    )
    for _ in range(10):
        there = residual(
            *(there, 0.17, False),
            *(conv(32, 1), conv(32, 1) + conv(32, 3), conv(32, 1) + conv(48, 3) + conv(64, 3)),
        )
    there = module(
        there,
        conv(384, 3, 2, False),
        conv(256, 1) + conv(256, 3) + conv(384, 3, 2, False),
        [MaxPool(3, 2)],
    )
    for _ in range(20):
        there = residual(there, 0.1, False, conv(192, 1), conv(128, 1) + conv(160, (1, 7)) + conv(192, (7, 1)))
    there = module(
        there,
        conv(256, 1) + conv(384, 3, 2, False),
        conv(256, 1) + conv(288, 3, 2, False),
        conv(256, 1) + conv(288, 3) + conv(320, 3, 2, False),
        [MaxPool(3, 2)],
    )
    for number in range(10):
        last = number == 9
        there = residual(
            *(there, 1.0 if last else 0.2, last),
            *(conv(192, 1), conv(192, 1) + conv(224, (1, 3)) + conv(256, (3, 1))),
        )
    net.chain(there, *conv(1536, 1), AveragePool(), Flatten(), Dropout(0.2), Linear(classes))
    return net
