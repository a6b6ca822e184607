"""More pictures from those there are: a digit moved by a pixel is the same digit, a photograph in a mirror too.

Each takes images N C H W and a numpy Generator, and gives new images; the same seed gives the same ones.
Source of crops, flips and colour noise: A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet Classification with Deep
Convolutional Neural Networks*, NIPS 25, 2012, section 4.1.
"""

from typing import NamedTuple

import numpy as np

from course_lib.arrays import floats
from course_lib.nn.layer import LayerError, real, whole


def shifts(x, rng: np.random.Generator, pixels: int = 1):
    """Each image moved by up to so many pixels in either direction; zeros come in."""
    n, _, h, w = _drawn(x, rng)
    pixels = whole("pixels", pixels, 0)
    around = floats(x=x).pad(x, ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)))
    return _cut(around, rng.integers(0, 2 * pixels + 1, (2, n)), (h, w))


def crops(x, rng: np.random.Generator, size: int):
    """A square of each image at a random place, as AlexNet trains on 224 x 224 pixels of 256 x 256."""
    n, _, h, w = _drawn(x, rng)
    _fits(size, h, w)
    return _cut(x, (rng.integers(0, h - size + 1, n), rng.integers(0, w - size + 1, n)), (size, size))


def flips(x, rng: np.random.Generator):
    """Each image, or with probability 1/2 its mirror image."""
    n, *_ = _drawn(x, rng)
    y, mirrored = x.copy(), floats(x=x).asarray(rng.random(n) < 0.5)
    y[mirrored] = x[mirrored][..., ::-1]
    return y


def ten_crops(x, size: int):
    """Four corners, the centre, and their mirror images: 10 N images, the ten of an image one after the other.

    AlexNet's test averages the probabilities of the ten.
    """
    n, c, h, w = _images(x)
    _fits(size, h, w)
    low, right = h - size, w - size
    places = [(0, 0), (0, right), (low, 0), (low, right), (low // 2, right // 2)]
    five = [x[:, :, top : top + size, left : left + size] for top, left in places]
    return floats(x=x).stack([*five, *(part[..., ::-1] for part in five)], 1).reshape(10 * n, c, size, size)


def enlarge(x, factor: int):
    """Images `factor` times as high and wide, each pixel a blend of the nearest ones: bilinear interpolation."""
    xp, (_, _, h, w) = floats(x=x), _images(x)
    factor = whole("factor", factor)
    rows, columns = (xp.asarray(_blend(length, factor), x.dtype) for length in (h, w))
    return rows @ x @ columns.T


class Colours(NamedTuple):
    """The principal components of pixels: vectors[:, i] is a direction in colour, values[i] the variance along it."""

    values: np.ndarray  # (channels,)
    vectors: np.ndarray  # (channels, channels)


def principal_colours(x) -> Colours:
    """Of all pixels of these images: the eigenvectors of their channels' covariance, the largest variance first."""
    channels = _images(x)[1]
    pixels = x.transpose(1, 0, 2, 3).reshape(channels, -1)
    if not pixels.size:
        raise LayerError(f"one pixel or more is needed to have a mean colour, but images of shape {x.shape} came")
    pixels = pixels - pixels.mean(1, keepdims=True)
    values, vectors = floats(x=x).linalg.eigh(pixels @ pixels.T / pixels.shape[1])
    return Colours(floats(x=x).maximum(values[::-1], 0), vectors[:, ::-1])


def colour_noise(x, rng: np.random.Generator, colours: Colours, spread: float = 0.1):
    """Each image plus one colour: sum_i a_i values_i vectors_i, with a_i drawn from N(0, spread²).

    So it changes most along the colours in which photographs differ most: brightness. The formula is the paper's; since
    values_i are variances, the noise depends on the scale of the pixels.
    """
    n, c, _, _ = _drawn(x, rng)
    if not isinstance(colours, Colours):
        raise LayerError(f"the colours are what principal_colours(images) gives, but {colours!r} came")
    if len(colours.values) != c:
        raise LayerError(f"the colours have {len(colours.values)} channels, but the images have {c}")
    if not 0 <= real(spread) < float("inf"):
        raise LayerError(f"spread, the standard deviation of the noise, should be 0 or more; it is {spread!r}")
    xp = floats(x=x, values=colours.values)
    amounts = xp.asarray(spread * rng.standard_normal((n, c)), x.dtype) * colours.values
    return x + (amounts @ colours.vectors.T)[:, :, None, None]


def _blend(length, factor):
    """factor length x length: how much of each old pixel is in each new one, whose middle lies between old middles."""
    at = np.clip((np.arange(factor * length) + 0.5) / factor - 0.5, 0, length - 1)
    return np.maximum(0, 1 - abs(at[:, None] - np.arange(length)))


def _drawn(x, rng):
    if not isinstance(rng, np.random.Generator):
        raise LayerError(f"random numbers are drawn: rng=np.random.default_rng(0) was expected, but {rng!r} came")
    return _images(x)


def _images(x):
    floats(x=x)
    if x.ndim != 4:
        raise LayerError(f"images N C H W were expected, but an array of shape {x.shape} came")
    return x.shape


def _fits(size, h, w):
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not 1 <= size <= min(h, w):
        raise LayerError(f"a crop should be from 1 to {min(h, w)} pixels wide, as large as the images; it is {size!r}")


def _cut(x, corners, size):
    """From image n, size[0] x size[1] pixels with the upper left one at corners[0][n], corners[1][n]."""
    xp = floats(x=x)
    rows = xp.asarray(corners[0])[:, None] + xp.arange(size[0])  # N H
    columns = xp.asarray(corners[1])[:, None] + xp.arange(size[1])  # N W
    picked = x[xp.arange(len(x))[:, None, None], :, rows[:, :, None], columns[:, None, :]]  # N H W C
    return xp.ascontiguousarray(picked.transpose(0, 3, 1, 2))
