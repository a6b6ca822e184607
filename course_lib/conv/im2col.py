"""Convolution as matrix products, some windows at a time, in memory that is used again.

For a few images, or some rows of a large one, each tap (r, s) of the filters is one copy of a strided slice:

    columns  C R S x (images P Q)      8 MiB of them, which stay in the caches until they are multiplied
    y  = w columns      dw = sum of dy columns'      dx = w' dy, each tap added back to the slice it came from

The matrix is im2col_textbook's, turned: a row of it is written in order, and the product is already y's, channel by
channel. `workspace=` takes a Workspace; without one, each call has its own. Without padding and with one tap and stride
1, x itself is the matrix.
"""

import math

from course_lib.conv import problem
from course_lib.conv import workspace as memory


def forward(x, w, stride=1, padding=0, dilation=1, groups=1, workspace=None):
    """y NKPQ of x NCHW and w KCRS. Raises ArrayError or ConvError."""
    xp, conv = problem.forward(x, w, stride, padding, dilation, groups)
    y, filters = xp.empty(conv.y, x.dtype), _filters(w, conv)
    if _is_matrix(conv):
        xp.matmul(filters, x.reshape(conv.N, groups, conv.c, conv.H * conv.W), out=_by_image(y, conv))
        return y
    work = _Work(xp, conv, x.dtype, workspace)
    for images, rows in _blocks(xp, conv, x.dtype.itemsize):
        columns = work.columns(x, images, rows)
        if y[images, :, rows].flags.c_contiguous and len(y[images]) == 1:
            xp.matmul(filters, columns, out=y[images].reshape(groups, conv.k, -1))
        else:
            product = work.array("product", groups, conv.k, columns.shape[-1])
            xp.matmul(filters, columns, out=product)
            y[images, :, rows] = _by_channel(product, y[images, :, rows].shape)
    return y


def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1, workspace=None):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_x(dy, w, shape, stride, padding, dilation, groups)
    dx, filters = xp.empty(conv.x, dy.dtype), _filters(w, conv).swapaxes(1, 2)
    if _is_matrix(conv):
        xp.matmul(filters, _by_image(dy, conv), out=dx.reshape(conv.N, groups, conv.c, conv.H * conv.W))
        return dx
    work = _Work(xp, conv, dy.dtype, workspace)
    for images, rows in _blocks(xp, conv, dy.dtype.itemsize):
        gradients = work.rows_of(dy, images, rows)
        columns = work.array("columns", groups, filters.shape[1], gradients.shape[-1])
        xp.matmul(filters, gradients, out=columns)
        work.add_back(columns, dx, images, rows)
    return dx


def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1, workspace=None):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_w(x, dy, shape, stride, padding, dilation, groups)
    work, dw = _Work(xp, conv, x.dtype, workspace), xp.zeros(conv.w, x.dtype)
    part, total = work.array("part", *_filters(dw, conv).shape), _filters(dw, conv)
    for images, rows in _blocks(xp, conv, x.dtype.itemsize):
        columns, gradients = work.columns(x, images, rows), work.rows_of(dy, images, rows)
        total += xp.matmul(gradients, columns.swapaxes(1, 2), out=part)
    return dw


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward on a CPU. Words: images into padded ones, taps into columns, the product with w once for each block,
    and where it lies in another order than y, one copy more."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    products = math.prod(conv.y) * math.prod(conv.w[1:])
    x, w, y, taps = math.prod(conv.x), math.prod(conv.w), math.prod(conv.y), conv.C * conv.R * conv.S
    if _is_matrix(conv):
        return problem.Counts(products, 2 * products, 0, x + w + y)
    work, words = [0], 0
    for images, rows in _blocks(None, conv, itemsize):
        count_, height = images.stop - images.start, rows.stop - rows.start
        columns, padded = taps * count_ * height * conv.Q, conv.C * count_ * math.prod(conv.padded)
        product = conv.K * count_ * height * conv.Q * (count_ > 1 or height < conv.P)
        padded *= any(conv.padding)
        work.append(columns + padded + product)
        words += 3 * columns + 2 * product + w
        words += (conv.C * count_ * conv.H * conv.W) * 2 * any(conv.padding) * (rows.start == 0)
    return problem.Counts(products, 2 * products, itemsize * max(work), words + y)


def _blocks(xp, conv, itemsize):
    return memory.blocks(xp, conv.N, conv.P, conv.C * conv.R * conv.S * conv.Q * itemsize)


class _Work:
    """One call's use of a workspace."""

    def __init__(self, xp, conv, dtype, workspace):
        self._xp, self._conv, self._dtype = xp, conv, dtype
        self._memory = memory.used(workspace)
        self._padded = None

    def array(self, name, *shape):
        return self._memory.take(self._xp, name, shape, self._dtype)

    def columns(self, x, images, rows):
        """G, C/G R S, images rows Q."""
        conv = self._conv
        x, height = x[images].swapaxes(0, 1), rows.stop - rows.start  # C, images, H, W
        count_ = x.shape[1]
        if any(conv.padding):
            if rows.start == 0:
                self._pad(count_)[..., *conv.inside] = x
            x = self._padded
        columns = self.array("columns", conv.C, conv.R, conv.S, count_, height, conv.Q)
        for r in range(conv.R):
            for s in range(conv.S):
                columns[:, r, s] = x[..., *conv.tap(r, s, rows.start, height)]
        return columns.reshape(conv.groups, -1, count_ * height * conv.Q)

    def rows_of(self, dy, images, rows):
        """G, K/G, images rows Q: a copy unless it is one whole image."""
        dy, conv = dy[images, :, rows], self._conv
        if len(dy) == 1:
            return dy.reshape(conv.groups, conv.k, -1)
        gradients = self.array("gradients", conv.K, len(dy), *dy.shape[2:])
        gradients[...] = dy.swapaxes(0, 1)
        return gradients.reshape(conv.groups, conv.k, -1)

    def add_back(self, columns, dx, images, rows):
        """Each tap to the slice that it came from; dx of these images is complete after their last rows."""
        conv, height = self._conv, rows.stop - rows.start
        count_ = images.stop - images.start
        columns = columns.reshape(conv.C, conv.R, conv.S, count_, height, conv.Q)
        if rows.start == 0:
            self._pad(count_)[...] = 0
        for r in range(conv.R):
            for s in range(conv.S):
                self._padded[..., *conv.tap(r, s, rows.start, height)] += columns[:, r, s]
        if rows.stop == conv.P:
            dx[images] = self._padded[..., *conv.inside].swapaxes(0, 1)

    def _pad(self, count_):
        """Room for that many padded images, C first; zeros around them, from the first time on."""
        if self._padded is None or self._padded.shape[1] != count_:
            self._padded = self.array("padded", self._conv.C, count_, *self._conv.padded)
            self._padded[...] = 0
        return self._padded


def _is_matrix(conv) -> bool:
    return (conv.R, conv.S, conv.stride, conv.padding) == (1, 1, (1, 1), (0, 0))


def _filters(w, conv):
    return w.reshape(conv.groups, conv.k, -1)  # G K/G CRS


def _by_image(y, conv):
    return y.reshape(conv.N, conv.groups, conv.k, conv.P * conv.Q)  # N G K/G PQ


def _by_channel(product, shape):
    """G K/G (images rows Q) as images K rows Q: a view."""
    n, k, p, q = shape
    return product.reshape(k, n, p, q).swapaxes(0, 1)
