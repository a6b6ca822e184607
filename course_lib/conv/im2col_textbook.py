"""Convolution as one matrix product, as textbooks have it: every window of the padded image becomes a row.

    columns  N P Q x C R S, a group below the other      each element of x appears in it up to R S times
    y  = columns w'      dw = dy' columns      dx = col2im(dy w), which adds each row back to where it came from

Chellapilla, Puri, Simard, *High Performance Convolutional Neural Networks for Document Processing*, 2006. im2col.py
does the same without ever having the whole matrix.
"""

import math

from course_lib.conv import problem


def forward(x, w, stride=1, padding=0, dilation=1, groups=1):
    """y NKPQ of x NCHW and w KCRS. Raises ArrayError or ConvError."""
    xp, conv = problem.forward(x, w, stride, padding, dilation, groups)
    rows = xp.matmul(columns(xp, x, conv), _filters(w, conv).swapaxes(1, 2))  # G NPQ K/G
    y = rows.reshape(groups, conv.N, conv.P, conv.Q, conv.k).transpose(1, 0, 4, 2, 3)
    return xp.ascontiguousarray(y.reshape(conv.y))


def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_x(dy, w, shape, stride, padding, dilation, groups)
    return col2im(xp, xp.matmul(_rows(dy, conv), _filters(w, conv)), conv)


def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_w(x, dy, shape, stride, padding, dilation, groups)
    return xp.matmul(_rows(dy, conv).swapaxes(1, 2), columns(xp, x, conv)).reshape(conv.w)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward. Words: the padded image, the columns, their product, and its rows as y, each read and written."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    places, taps = conv.N * conv.P * conv.Q, conv.C * conv.R * conv.S
    products = places * conv.K * taps // groups
    x, w, y, padded = map(math.prod, (conv.x, conv.w, conv.y, (conv.N, conv.C, *conv.padded)))
    workspace = places * taps + max(padded, y)  # the padded image is gone before the product is there
    words = x + padded + 2 * places * taps + (places * taps + w + y) + 2 * y
    return problem.Counts(products, 2 * products, itemsize * workspace, words)


def columns(xp, x, conv):
    """The windows of x as rows: G, N P Q, C/G R S."""
    (top, left), (down, across), (apart, beside) = conv.padding, conv.stride, conv.dilation
    padded = xp.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
    n, c, h, w = padded.strides
    shape = (conv.groups, conv.N, conv.P, conv.Q, conv.c, conv.R, conv.S)
    strides = (conv.c * c, n, h * down, w * across, c, h * apart, w * beside)
    # a view: nothing is copied yet
    windows = xp.lib.stride_tricks.as_strided(padded, shape, strides)
    return windows.reshape(conv.groups, conv.N * conv.P * conv.Q, conv.c * conv.R * conv.S)


def col2im(xp, rows, conv):
    """Rows as `columns` makes them, each element added to where it came from: N C H W."""
    rows = rows.reshape(conv.groups, conv.N, conv.P, conv.Q, conv.c, conv.R, conv.S)
    dx = xp.zeros((conv.N, conv.groups, conv.c, *conv.padded), rows.dtype)
    for r in range(conv.R):
        for s in range(conv.S):  # two rows may come from one place, but not with the same tap
            dx[..., *conv.tap(r, s)] += rows[..., r, s].transpose(1, 0, 4, 2, 3)
    return xp.ascontiguousarray(dx[..., *conv.inside].reshape(conv.x))


def _filters(w, conv):
    return w.reshape(conv.groups, conv.k, -1)  # G K/G CRS


def _rows(dy, conv):
    rows = dy.reshape(conv.N, conv.groups, conv.k, conv.P, conv.Q).transpose(1, 0, 3, 4, 2)
    return rows.reshape(conv.groups, conv.N * conv.P * conv.Q, conv.k)  # G NPQ K/G
