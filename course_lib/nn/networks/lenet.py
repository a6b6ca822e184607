"""LeNet-5: as LeCun, Bottou, Bengio and Haffner printed it in 1998, and as it is taught today.

Source: *Gradient-Based Learning Applied to Document Recognition*, Proc. IEEE 86(11), 1998, section II.B.
"""

from types import ModuleType

import numpy as np

from course_lib.conv import batch_last
from course_lib.nn.activations import ReLU, ScaledTanh
from course_lib.nn.convolution import Convolution
from course_lib.nn.joins import Flatten
from course_lib.nn.layer import LayerError
from course_lib.nn.linear import Linear
from course_lib.nn.net import Net
from course_lib.nn.partial import PartialConvolution
from course_lib.nn.pooling import MaxPool
from course_lib.nn.rbf import RadialBasis
from course_lib.nn.subsampling import Subsampling

# Which of S2's six maps each of C3's sixteen sees: three neighbours, four neighbours, two and two, all.
C3 = (
    *(tuple(sorted((i + j) % 6 for j in range(3))) for i in range(6)),
    *(tuple(sorted((i + j) % 6 for j in range(4))) for i in range(6)),
    *((i, i + 1, (i + 3) % 6, (i + 4) % 6) for i in range(2)),
    (0, 2, 3, 5),
    tuple(range(6)),
)

DIGITS = """
.#####. ...##.. .#####. .#####. #....## ####### .#####. ####### .#####. .#####.
##...## ..###.. ##...## ##...## #....## ##..... ##...## .....## ##...## ##...##
##...## .####.. .....## .....## #....## ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## .....## #....## ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. .....## #....## ######. ######. ....##. ##...## ##...##
##...## ...##.. ...##.. ..####. ####### .....## ##...## ...##.. .#####. .######
##...## ...##.. ..##... .....## .....## .....## ##...## ...##.. ##...## .....##
##...## ...##.. .##.... .....## .....## .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... .....## .....## .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... .....## .....## .....## ##...## .##.... ##...## .....##
##...## ...##.. ##..... ##...## .....## ##...## ##...## .##.... ##...## ##...##
.#####. .#####. ####### .#####. .....## .#####. .#####. .##.... .#####. .#####.
"""


def centres() -> np.ndarray:
    """10 x 84: a picture of each digit, 12 rows of 7 pixels, +1 ink and -1 paper, drawn for this course."""
    rows = [line.split() for line in DIGITS.split("\n") if line]
    pictures = ["".join(row[digit] for row in rows) for digit in range(10)]
    return np.array([[1.0 if pixel == "#" else -1.0 for pixel in picture] for picture in pictures])


def original() -> Net:
    """1 x 32 x 32 (paper -0.1, ink 1.175) -> the distance to ten digits: 60,000 parameters, 340,908 connections.

    Train it with rbf.competitive; the smallest output is the answer.
    """
    net = Net((1, 32, 32))
    for name, layer in {
        "C1": Convolution(6, 5),
        "S2": Subsampling(2),
        "C3": PartialConvolution(C3, 5),
        "S4": Subsampling(2),
        "C5": Convolution(120, 5),
    }.items():
        net.add(layer, name=name)
        net.add(ScaledTanh())
    net.add(Flatten())
    net.add(Linear(84), name="F6")
    net.add(ScaledTanh())
    net.add(RadialBasis(centres()), name="output")
    return net


def modern(shape: tuple[int, int, int] = (1, 28, 28), classes: int = 10, algorithm: ModuleType = batch_last) -> Net:
    """Full connections, ReLU, maximum pooling, and a score for each class: 61,706 parameters for 28 x 28.

    Any image of 12 x 12 pixels or more will do; an 8 x 8 one is for `small`. Raises LayerError for smaller ones.
    algorithm: of the convolutions; images as small as these are fastest with the batch last in memory.
    """
    net = Net(shape)  # says what a shape is
    if len(shape) == 3 and min(shape[1:]) < 12:
        raise LayerError(f"LeNet-5 needs images of 12 x 12 pixels or more, but they are {shape}; small() takes 8 x 8")
    net.chain(
        "input",
        *(Convolution(6, 5, padding=2, algorithm=algorithm), ReLU(), MaxPool(2)),
        *(Convolution(16, 5, algorithm=algorithm), ReLU(), MaxPool(2), Flatten()),
        *(Linear(120), ReLU(), Linear(84), ReLU(), Linear(classes)),
    )
    return net


def small(shape: tuple[int, int, int] = (1, 8, 8), classes: int = 10, algorithm: ModuleType = batch_last) -> Net:
    """The same for images of 8 x 8 pixels: filters of 3 x 3 pixels with padding, more of them, a layer less."""
    return Net(
        shape,
        *(Convolution(16, 3, padding=1, algorithm=algorithm), ReLU(), MaxPool(2)),
        *(Convolution(32, 3, padding=1, algorithm=algorithm), ReLU(), MaxPool(2), Flatten()),
        *(Linear(84), ReLU(), Linear(classes)),
    )
