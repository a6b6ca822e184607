"""Convolution by its definition, the standard that the others are held against.

    y[n, k, p, q]  = sum over c, r, s of x[n, c, p + r, q + s] w[k, c, r, s]
    dx[n, c, h, i] = sum over k, and the p, q, r, s with p + r = h, q + s = i, of dy[n, k, p, q] w[k, c, r, s]
    dw[k, c, r, s] = sum over n, p, q of x[n, c, p + r, q + s] dy[n, k, p, q]

(at stride 1, without padding, in one group). A loop over the taps r, s; each step is a sum over c, k, or n, p, q.
"""

import math

from course_lib.conv import problem


def forward(x, w, stride=1, padding=0, dilation=1, groups=1, sequential=False):
    """y NKPQ of x NCHW and w KCRS. Raises ArrayError or ConvError.

    sequential: add the C R S products one after the other, each sum rounded to the dtype, as the innermost loop of a
    plain program does. Libraries add them in blocks, which is more exact.
    """
    xp, conv = problem.forward(x, w, stride, padding, dilation, groups)
    x, w, y = _padded(xp, x, conv), _grouped(w, conv), xp.zeros(_y(conv), x.dtype)
    for r in range(conv.R):
        for s in range(conv.S):
            seen = x[..., *conv.tap(r, s)]
            if sequential:
                for c in range(conv.c):
                    y += seen[:, :, c, None] * w[:, :, c, r, s, None, None]
            else:
                y += xp.einsum("ngcpq,gkc->ngkpq", seen, w[..., r, s])
    return y.reshape(conv.y)


def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_x(dy, w, shape, stride, padding, dilation, groups)
    dy, w = dy.reshape(_y(conv)), _grouped(w, conv)
    dx = xp.zeros((conv.N, conv.groups, conv.c, *conv.padded), dy.dtype)
    for r in range(conv.R):
        for s in range(conv.S):
            dx[..., *conv.tap(r, s)] += xp.einsum("ngkpq,gkc->ngcpq", dy, w[..., r, s])
    return xp.ascontiguousarray(dx[..., *conv.inside].reshape(conv.x))


def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. Raises ArrayError or ConvError."""
    xp, conv = problem.grad_w(x, dy, shape, stride, padding, dilation, groups)
    x, dy, dw = _padded(xp, x, conv), dy.reshape(_y(conv)), xp.empty(conv.w, x.dtype)
    for r in range(conv.R):
        for s in range(conv.S):
            _grouped(dw, conv)[..., r, s] = xp.einsum("ngcpq,ngkpq->gkc", x[..., *conv.tap(r, s)], dy)
    return dw


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward. Words: the padded image is written once; for each tap, what it sees and w[:, :, r, s] are read, and
    the sum for y is written, read, and added to y."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    x, w, y, padded = map(math.prod, (conv.x, conv.w, conv.y, (conv.N, conv.C, *conv.padded)))
    seen, taps = conv.N * conv.C * conv.P * conv.Q, conv.R * conv.S
    products = y * conv.c * taps
    return problem.Counts(products, 2 * products, itemsize * (padded + y), x + padded + w + taps * (seen + 4 * y))


def _padded(xp, x, conv):
    (top, left), x = conv.padding, x.reshape(conv.N, conv.groups, conv.c, conv.H, conv.W)
    return xp.pad(x, ((0, 0), (0, 0), (0, 0), (top, top), (left, left)))


def _grouped(w, conv):
    return w.reshape(conv.groups, conv.k, conv.c, conv.R, conv.S)


def _y(conv):
    return conv.N, conv.groups, conv.k, conv.P, conv.Q
