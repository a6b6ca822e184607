"""im2col with the batch last in memory, C H W N: whatever is done to a pixel is done to a run of N images at once.

    columns  C R S x (rows Q N)     some rows of the result at a time, copied in long runs
    y = w columns  K x (P Q N),     dw = sum of dy columns',     dx = w' dy, each tap added back

It pays for batches of small images: a row of LeNet's 14 pixels is a run of 14 numbers, but of 14 N with the batch last.
x, y and their gradients are N C H W as everywhere; only in memory (see strides) y and dx have the batch last, and x and
dy are copied once where they have not. workspace: as im2col's.
"""

import math

from course_lib.conv import problem
from course_lib.conv import workspace as memory

BLOCK = 1 << 20  # bytes of columns on the CPU: y and the padded images, small ones, stay in the caches beside them


def forward(x, w, stride=1, padding=0, dilation=1, groups=1, workspace=None):
    """y NKPQ of x NCHW and w KCRS. Raises ArrayError or ConvError."""
    xp, conv = problem.forward(x, w, stride, padding, dilation, groups)
    work = _Work(xp, conv, x.dtype, workspace)
    y, padded = xp.empty((groups, conv.k, conv.P * conv.Q * conv.N), x.dtype), work.padded(x)
    for rows in _blocks(xp, conv, x.dtype.itemsize):
        xp.matmul(_filters(w, conv), work.columns(padded, rows), out=y[..., _flat(conv, rows)])
    return y.reshape(conv.K, conv.P, conv.Q, conv.N).transpose(3, 0, 1, 2)


def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1, workspace=None):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_x(dy, w, shape, stride, padding, dilation, groups)
    work = _Work(xp, conv, dy.dtype, workspace)
    dpadded, dy = xp.zeros((conv.C, *conv.padded, conv.N), dy.dtype), work.gradients(dy)
    for rows in _blocks(xp, conv, dy.dtype.itemsize):
        columns, height = work.room(rows), rows.stop - rows.start
        xp.matmul(_filters(w, conv).swapaxes(1, 2), dy[..., _flat(conv, rows)], out=_matrix(columns, conv))
        wide = work.array("wide", conv.C, conv.R, height, conv.padded[1], conv.N)
        wide[...] = 0
        for s in range(conv.S):  # S + R sums of long runs, not S R of short ones
            wide[:, :, :, conv.tap(0, s)[1]] += columns[:, :, s]
        for r in range(conv.R):
            dpadded[:, conv.tap(r, 0, rows.start, height)[0]] += wide[:, r]
    return dpadded[:, *conv.inside].transpose(3, 0, 1, 2)


def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1, workspace=None):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_w(x, dy, shape, stride, padding, dilation, groups)
    work = _Work(xp, conv, x.dtype, workspace)
    padded, dy = work.padded(x), work.gradients(dy)
    dw = xp.zeros((groups, conv.c * conv.R * conv.S, conv.k), x.dtype)  # turned: a BLAS is faster at tall by narrow
    for rows in _blocks(xp, conv, x.dtype.itemsize):
        dw += xp.matmul(work.columns(padded, rows), dy[..., _flat(conv, rows)].swapaxes(1, 2))
    return dw.swapaxes(1, 2).reshape(conv.w)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward on a CPU, where x has the batch last already. Words: x into the padded one, its taps into columns, and
    for each block their product with w."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    products = math.prod(conv.y) * math.prod(conv.w[1:])
    x, y, taps = math.prod(conv.x), math.prod(conv.y), conv.C * conv.R * conv.S * conv.Q * conv.N
    padded = any(conv.padding) * conv.C * conv.N * math.prod(conv.padded)
    heights = [rows.stop - rows.start for rows in _blocks(None, conv, itemsize)]
    words = (x + padded) * any(conv.padding) + 3 * taps * sum(heights) + len(heights) * math.prod(conv.w) + y
    return problem.Counts(products, 2 * products, itemsize * (padded + taps * max(heights, default=0)), words)


def _blocks(xp, conv, itemsize):
    """Rows of the result, slices, whose columns fill a block."""
    row = conv.C * conv.R * conv.S * conv.Q * conv.N * itemsize  # bytes
    return [rows for _, rows in memory.blocks(xp, 1, conv.P, max(1, row), BLOCK)]


class _Work:
    """One call's use of a workspace."""

    def __init__(self, xp, conv, dtype, workspace):
        self._xp, self._conv, self._dtype = xp, conv, dtype
        self._memory = memory.used(workspace)

    def array(self, name, *shape):
        return self._memory.take(self._xp, name, shape, self._dtype)

    def padded(self, x):
        """C H W N, zeros around it."""
        x, conv = x.transpose(1, 2, 3, 0), self._conv
        if not any(conv.padding):
            return self._xp.ascontiguousarray(x)
        padded = self.array("padded", conv.C, *conv.padded, conv.N)
        padded[...] = 0
        padded[:, *conv.inside] = x
        return padded

    def room(self, rows):
        """C R S rows Q N."""
        conv = self._conv
        return self.array("columns", conv.C, conv.R, conv.S, rows.stop - rows.start, conv.Q, conv.N)

    def columns(self, padded, rows):
        """G, C/G R S, rows Q N."""
        conv, columns = self._conv, self.room(rows)
        (down, across), (apart, beside), (c, h, w, n) = conv.stride, conv.dilation, padded.strides
        strides = (c, h * apart, w * beside, h * down, w * across, n)
        columns[...] = self._xp.lib.stride_tricks.as_strided(padded[:, rows.start * down :], columns.shape, strides)
        return _matrix(columns, conv)

    def gradients(self, dy):
        """G, K/G, P Q N."""
        conv = self._conv
        dy = self._xp.ascontiguousarray(dy.transpose(1, 2, 3, 0))
        return dy.reshape(conv.groups, conv.k, conv.P * conv.Q * conv.N)


def _filters(w, conv):
    return w.reshape(conv.groups, conv.k, conv.c * conv.R * conv.S)


def _matrix(columns, conv):
    """C R S rows Q N as G, C/G R S, rows Q N."""
    return columns.reshape(conv.groups, conv.c * conv.R * conv.S, math.prod(columns.shape[3:]))


def _flat(conv, rows):
    """Where these rows lie in P Q N."""
    return slice(rows.start * conv.Q * conv.N, rows.stop * conv.Q * conv.N)
