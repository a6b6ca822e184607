"""Convolution as a product of spectra, whose cost does not depend on the size of the filters.

    Y = X conj(W)      dX = dY W      dW = X conj(dY)      for each frequency a matrix product over c, k, or n

X, W, Y: spectra of zero-padded x, w, y. The inverse transform comes after the sum over channels, once for each y and
not once for each pair of x and y (it is linear). Frequencies are the outermost axes, so that each has its matrices in
one piece. tile=None transforms whole images; tile=t cuts them into pieces of t x t that overlap by the filters' reach
less 1 (overlap-save, and overlap-add for dx): less work where images are much larger than filters, and for small ones
less memory. Stride is 1; a dilated filter is a larger one with zeros.

Mathieu, Henaff, LeCun, *Fast Training of Convolutional Networks through FFTs*, 2014; Vasilache and others, *Fast
Convolutional Nets With fbfft*, 2015.
"""

import math
from typing import NamedTuple

import scipy.fft

from course_lib.arrays import is_whole
from course_lib.conv import problem


def forward(x, w, stride=1, padding=0, dilation=1, groups=1, tile=None):
    """y NKPQ of x NCHW and w KCRS. Raises ArrayError or ConvError."""
    xp, conv = problem.forward(x, w, stride, padding, dilation, groups)
    cut = _cut(conv, tile)
    X, W = _tiles(xp, x, conv, cut, cut.size, conv.padding), _filters(xp, w, conv, cut)
    Y = xp.matmul(X, xp.conj(W, out=W))
    del X, W
    return _together(xp, _inverse(xp, Y, cut), conv.y, conv, cut, cut.step)


def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1, tile=None):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_x(dy, w, shape, stride, padding, dilation, groups)
    cut = _cut(conv, tile)
    dX = xp.matmul(_tiles(xp, dy, conv, cut, cut.step, (0, 0)), _filters(xp, w, conv, cut).swapaxes(-1, -2))
    whole = conv.N, conv.C, *conv.padded
    dx = _together(xp, _inverse(xp, dX, cut), whole, conv, cut, cut.size)
    return xp.ascontiguousarray(dx[..., *conv.inside])


def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1, tile=None):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_w(x, dy, shape, stride, padding, dilation, groups)
    cut = _cut(conv, tile)
    X = _tiles(xp, x, conv, cut, cut.size, conv.padding)
    dY = _tiles(xp, dy, conv, cut, cut.step, (0, 0))
    dW = xp.matmul(X.swapaxes(-1, -2), xp.conj(dY, out=dY))
    dw = _inverse(xp, dW, cut)[*cut.taps].transpose(2, 4, 3, 0, 1)  # R S G C/G K/G -> G K/G C/G R S
    return xp.ascontiguousarray(dw).reshape(conv.w)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, tile=None, itemsize=4) -> problem.Counts:
    """Of forward. A complex product has 4 multiplications and, with its sum, 8 flops; a transform of n real numbers is
    taken to have 2.5 n log2 n flops, as is the custom. A complex number is two words. Words: of the tiles, their
    transform, the conjugate of W, the product, its transform back, and y, each stage as it reads and writes."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    cut = _cut(conv, tile)
    points, places = math.prod(cut.size), cut.size[0] * (cut.size[1] // 2 + 1)
    n = conv.N * math.prod(cut.tiles)
    planes = n * conv.C, conv.K * conv.c, n * conv.K  # of x, w, y
    products = 4 * places * planes[2] * conv.c
    flops = 2 * products + round(2.5 * points * math.log2(max(points, 2)) * sum(planes))
    (real_x, real_w, real_y), (X, W, Y) = ([size * plane for plane in planes] for size in (points, 2 * places))
    largest = max(real_x + X, X + real_w + W, X + W + Y, 2 * Y + real_y)  # the inverse keeps a copy of what it is given
    words = sum(map(math.prod, (conv.x, conv.w, conv.y))) + 2 * (real_x + real_w + real_y) + 2 * (X + 2 * W + Y)
    return problem.Counts(products, flops, itemsize * largest, words)


class _Cut(NamedTuple):
    """How images are cut. size: of a transform; step: results of a tile; tiles: how many; taps: of a filter in it; all
    down and across."""

    size: tuple[int, int]
    step: tuple[int, int]
    tiles: tuple[int, int]
    taps: tuple[slice, slice]

    def each(self):
        """(number, first row, first column) of every tile, in results."""
        for i in range(self.tiles[0]):
            for j in range(self.tiles[1]):
                yield i * self.tiles[1] + j, i * self.step[0], j * self.step[1]


def _cut(conv, tile) -> _Cut:
    conv.only("the FFT", "im2col", stride=1)
    reach = tuple(d * (n - 1) + 1 for d, n in zip(conv.dilation, (conv.R, conv.S), strict=True))
    if tile is None:
        size = tuple(scipy.fft.next_fast_len(n, real=True) for n in conv.padded)
    elif is_whole(tile, max(reach)):
        size = int(tile), int(tile)
    else:
        raise problem.ConvError(
            f"a tile of the FFT is an integer of at least the filters' reach, here {max(reach)}, or None for whole "
            f"images, but {tile!r} came"
        )
    step = tuple(s - r + 1 for s, r in zip(size, reach, strict=True))
    tiles = tuple(-(-n // s) for n, s in zip((conv.P, conv.Q), step, strict=True))
    return _Cut(size, step, tiles, tuple(slice(0, r, d) for r, d in zip(reach, conv.dilation, strict=True)))


def _transforms(xp):
    """Where the FFTs are: SciPy's are those of NumPy, several lines at a time."""
    return scipy.fft if xp.__name__ == "numpy" else xp.fft


def _tiles(xp, x, conv, cut, taken, padding):
    """Spectra of the tiles of x, of which `taken` elements down and across are x's and the others zeros:
    frequencies down, across, G, tiles N, C/G."""
    groups, depth = conv.groups, x.shape[1] // conv.groups
    planes = xp.zeros((*cut.size, groups, math.prod(cut.tiles), conv.N, depth), x.dtype)
    for number, row, column in cut.each():
        starts = row - padding[0], column - padding[1]
        (to_h, from_h), (to_w, from_w) = map(problem.overlap, starts, taken, x.shape[2:])
        piece = x[:, :, from_h, from_w]
        piece = piece.reshape(conv.N, groups, depth, *piece.shape[2:])
        planes[to_h, to_w, :, number] = piece.transpose(3, 4, 1, 0, 2)
    return _spectrum(xp, planes.reshape(*cut.size, groups, math.prod(cut.tiles) * conv.N, depth))


def _filters(xp, w, conv, cut):
    """frequencies down, across, G, C/G, K/G"""
    planes = xp.zeros((*cut.size, conv.groups, conv.c, conv.k), w.dtype)
    planes[*cut.taps] = w.reshape(conv.groups, conv.k, conv.c, conv.R, conv.S).transpose(3, 4, 0, 2, 1)
    return _spectrum(xp, planes)


def _spectrum(xp, planes):
    return _transforms(xp).rfft2(planes, axes=(0, 1))


def _inverse(xp, spectra, cut):
    return _transforms(xp).irfft2(spectra, cut.size, axes=(0, 1))


def _together(xp, planes, shape, conv, cut, taken):
    """An array of that shape, N first, from the first `taken` elements of its tiles, added where they overlap."""
    N, depth, height, width = shape
    planes = planes.reshape(*cut.size, conv.groups, math.prod(cut.tiles), N, depth // conv.groups)
    whole = xp.zeros(shape, planes.dtype)
    for number, row, column in cut.each():
        (from_h, to_h), (from_w, to_w) = map(problem.overlap, (row, column), taken, (height, width))
        piece = planes[from_h, from_w, :, number].transpose(3, 2, 4, 0, 1)
        whole[:, :, to_h, to_w] += piece.reshape(N, depth, *piece.shape[3:])
    return whole
