"""How far algorithms are off, as in the table of Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*.

Numbers uniform in [-1, 1], the largest absolute error against float64. F(2x2, 3x3) is more exact than the definition,
if that adds its 9 C products one after the other: it adds only C. F(4x4, 3x3) has larger factors in its transforms.
All of them are small beside what half precision loses when it rounds x and w.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from course_lib.conv import direct, winograd
from course_lib.errors import UserError

CHANNELS = {"VGG 1.2": 64, "VGG 2.2": 128, "VGG 3.2": 256, "VGG 4.2": 512, "VGG 5": 512}


class Errors(NamedTuple):
    """Largest absolute errors of one layer. direct, f2, f4 in float32; half: x, w and y rounded to float16."""

    layer: str
    direct: float
    f2: float
    f4: float
    half: float


def table(channels: Mapping[str, int] = CHANNELS, image: int = 14, filters: int = 8, seed: int = 0) -> list[Errors]:
    """A row for each layer, given by its channels: one image of image x image, so many filters of 3 x 3, padding 1.

    Raises UserError.
    """
    if not isinstance(channels, Mapping):
        raise UserError(f"channels names layers, such as {{'VGG 1.2': 64}}, but {channels!r} came")
    return [
        _row(layer, depth, image, filters, np.random.default_rng((seed, number)))
        for number, (layer, depth) in enumerate(channels.items())
    ]


def _row(layer, depth, image, filters, rng) -> Errors:
    x, w = (rng.uniform(-1, 1, shape).astype("f4") for shape in ((1, depth, image, image), (filters, depth, 3, 3)))
    truth = direct.forward(x.astype("f8"), w.astype("f8"), padding=1)
    half = direct.forward(*(array.astype("f2").astype("f4") for array in (x, w)), padding=1).astype("f2")
    results = (
        direct.forward(x, w, padding=1, sequential=True),
        winograd.forward(x, w, padding=1, m=2),
        winograd.forward(x, w, padding=1, m=4),
        half.astype("f8"),
    )
    return Errors(layer, *(float(abs(y - truth).max()) for y in results))
