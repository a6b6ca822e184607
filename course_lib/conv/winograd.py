"""Convolution with fewer multiplications: F(m x m, R x S) on every tile of m x m results.

    Y = A' [(G g G') * (B' d B)] A      d: a tile of a x a elements of x, a = m + R - 1; g: a filter; Y: m x m results

The sum over channels is taken of the products in the middle: for each of the a a places in a tile it is a matrix
product, K x C by C x tiles. Each transform, down and across, is one matrix product too, with a Kronecker product.

    dx  the same with dy and the filters turned by half a turn, channels and filters exchanged
    dg  = G' [(A dY A') * (B' d B)] G, the transposed algorithm: as many multiplications as forward

m=2 is as exact as the definition; m=4 multiplies less and loses about two digits (accuracy.py measures it). Stride and
dilation are 1. Tiles of a few images at a time; `workspace=` takes a Workspace. Lavin, Gray, *Fast Algorithms for
Convolutional Neural Networks*, 2016; the matrices are cook_toom.py's.
"""

import math

import numpy as np

from course_lib.conv import cook_toom, problem
from course_lib.conv import workspace as memory

LARGEST = {4: 10, 8: 15}  # bytes of a number -> the tile at which about half of its digits are still right


def forward(x, w, stride=1, padding=0, dilation=1, groups=1, m=2, workspace=None):
    """y NKPQ of x NCHW and w KCRS. Raises ArrayError or ConvError."""
    xp, conv = problem.forward(x, w, stride, padding, dilation, groups)
    work = _Work(xp, conv, m, x.dtype, workspace)
    return work.correlate(x, w.reshape(groups, conv.k, conv.c, conv.R, conv.S), conv.padding, conv.y)


def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1, m=2, workspace=None):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_x(dy, w, shape, stride, padding, dilation, groups)
    turned = w.reshape(groups, conv.k, conv.c, conv.R, conv.S)[..., ::-1, ::-1].swapaxes(1, 2)
    padding = conv.R - 1 - conv.padding[0], conv.S - 1 - conv.padding[1]  # less than 0: some of dy is never met
    return _Work(xp, conv, m, dy.dtype, workspace).correlate(dy, turned, padding, conv.x)


def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1, m=2, workspace=None):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_w(x, dy, shape, stride, padding, dilation, groups)
    work = _Work(xp, conv, m, x.dtype, workspace)
    total = xp.zeros((work.places, groups, conv.k, conv.c), x.dtype)
    part = work.array("part", *total.shape)
    for images, rows in work.blocks(conv.N, conv.K + conv.C, conv.P, conv.Q):
        V = work.data(x, images, rows, conv.padding, conv.Q)
        D = work.gradients(dy, images, rows)
        total += xp.matmul(D, V.swapaxes(2, 3), out=part)
    dw = xp.matmul(work.G.T, total.reshape(work.places, conv.K * conv.c))  # R S, K C/G
    return xp.ascontiguousarray(dw.T).reshape(conv.w)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, m=2, itemsize=4) -> problem.Counts:
    """Of forward on a CPU. Words: of the transform of the filters, and for every block of tiles those of the padded
    image, its tiles, their transform, the products, and the transform back into y, each stage as it reads and writes.
    """
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    work = _Work(None, conv, m, np.dtype(f"f{itemsize}"), None)
    places, back, w, y = work.places, m * m, math.prod(conv.w), math.prod(conv.y)
    filters = places * conv.K * conv.c
    flops, words, needs = 2 * places * w, w + filters, [0]
    products, across = 0, -(-conv.Q // m)
    for images, rows in work.blocks(conv.N, conv.K + conv.C, conv.P, conv.Q):
        n = images.stop - images.start
        tiles = n * (rows.stop - rows.start) * across
        data, result = tiles * conv.C, tiles * conv.K
        products += places * conv.c * result
        flops += 2 * places * (places * data + conv.c * result + back * result)
        padded = conv.C * n * math.prod(work.reach(conv.P, conv.Q))
        words += (padded + math.prod(conv.x[1:]) * n) * (rows.start == 0)
        words += 5 * places * data + filters + 2 * places * result + back * result
        needs.append(padded + 2 * places * data + places * result + back * result)
    return problem.Counts(products, flops, itemsize * (filters + max(needs)), words + 2 * y)


class _Work:
    """One call: the matrices of its F(m, R) and F(m, S), nested, and its use of a workspace."""

    def __init__(self, xp, conv, m, dtype, workspace):
        conv.only(f"F({m}, {conv.R})", "im2col", stride=1, dilation=1)
        down, across = cook_toom.transforms(m, conv.R), cook_toom.transforms(m, conv.S)
        cook_toom.check(m, conv.R)
        self.tile = m + conv.R - 1, m + conv.S - 1
        if max(self.tile) > (largest := LARGEST[dtype.itemsize]):
            raise problem.ConvError(
                f"F({m}, {max(conv.R, conv.S)}) has tiles of {max(self.tile)}, and beyond {largest} {dtype} loses too "
                f"many digits; take a smaller m, or the FFT for large filters"
            )
        self._xp, self._conv, self._m, self._dtype = xp, conv, m, dtype
        self.places = self.tile[0] * self.tile[1]
        if xp is not None:
            self._memory = memory.used(workspace)
            pairs = zip(down, across, strict=True)
            self.A, self.G, self._B = (xp.asarray(cook_toom.nested(*pair), dtype) for pair in pairs)
        self._padded = {}

    def array(self, name, *shape):
        return self._memory.take(self._xp, name, shape, self._dtype)

    def blocks(self, images, depth, height, width):
        """(images, rows of tiles), `depth` channels of which are transformed at once."""
        row = self.places * depth * -(-width // self._m) * self._dtype.itemsize
        return memory.blocks(self._xp, images, -(-height // self._m), row // 2)

    def reach(self, height, width):
        """How far the tiles of that many results reach."""
        return tuple(
            -(-size // self._m) * self._m + tile - self._m
            for size, tile in zip((height, width), self.tile, strict=True)
        )

    def correlate(self, x, w, padding, shape):
        """y of that shape: x N C H W with filters w G K/G C/G R S, turned or not."""
        xp, m, (N, K, P, Q) = self._xp, self._m, shape
        groups, k, c, R, S = w.shape
        filters = xp.matmul(self.G, w.reshape(K * c, R * S).T).reshape(self.places, groups, k, c)
        y = xp.empty(shape, self._dtype)
        for images, rows in self.blocks(N, K + groups * c, P, Q):
            V = self.data(x, images, rows, padding, Q, P)
            products = self.array("products", self.places, groups, k, V.shape[-1])
            xp.matmul(filters, V, out=products)
            results = self.array("results", m * m, K * V.shape[-1])
            xp.matmul(self.A, products.reshape(self.places, K * V.shape[-1]), out=results)
            tiles = results.reshape(m, m, K, images.stop - images.start, rows.stop - rows.start, -(-Q // m))
            for i in range(m):
                for j in range(m):
                    place = y[images, :, rows.start * m + i : rows.stop * m : m, j::m]
                    place[...] = tiles[i, j].swapaxes(0, 1)[:, :, : place.shape[2], : place.shape[3]]
        return y

    def data(self, x, images, rows, padding, width, height=None):
        """The tiles of x, transformed: places, G, C/G, tiles."""
        height = self._conv.P if height is None else height
        tiles = self._cut("data", x, images, rows, padding, self.reach(height, width), self.tile)
        V = self.array("V", self.places, tiles[0, 0].size)
        self._xp.matmul(self._B, tiles.reshape(self.places, -1), out=V)
        return V.reshape(self.places, self._conv.groups, x.shape[1] // self._conv.groups, -1)

    def gradients(self, dy, images, rows):
        """The tiles of dy by the transposed transform: places, G, K/G, tiles."""
        m, conv = self._m, self._conv
        size = tuple(-(-size // m) * m for size in (conv.P, conv.Q))
        tiles = self._cut("gradients", dy, images, rows, (0, 0), size, (m, m))
        D = self.array("D", self.places, tiles[0, 0].size)
        self._xp.matmul(self.A.T, tiles.reshape(m * m, -1), out=D)
        return D.reshape(self.places, conv.groups, conv.k, -1)

    def _cut(self, name, x, images, rows, padding, size, tile):
        """Tiles whose first elements lie m apart, each place of a tile together: tile, tile, C, images, rows, columns.

        size: of the padded images, which are made when their first rows are asked for.
        """
        m, n = self._m, images.stop - images.start
        height, width = rows.stop - rows.start, (size[1] - tile[1]) // m + 1
        if rows.start == 0:
            if name not in self._padded or self._padded[name].shape[1] != n:
                self._padded[name] = self.array(f"padded {name}", x.shape[1], n, *size)
                self._padded[name][...] = 0
            (to_h, from_h), (to_w, from_w) = map(problem.overlap, (-padding[0], -padding[1]), size, x.shape[2:])
            self._padded[name][..., to_h, to_w] = x[images, :, from_h, from_w].swapaxes(0, 1)
        tiles, top = self.array(f"tiles of {name}", *tile, x.shape[1], n, height, width), rows.start * m
        for i in range(tile[0]):
            for j in range(tile[1]):
                down, across = slice(top + i, top + i + (height - 1) * m + 1, m), slice(j, j + (width - 1) * m + 1, m)
                tiles[i, j] = self._padded[name][..., down, across]
        return tiles
