"""im2col in CUDA C: the windows of x written out as a matrix, then a matrix product; im2col.cu.

All functions take float32 device arrays, every option, and the tiles of the product; they raise LaunchError or
ConvError. The matrix takes N C R S P Q words of workspace.
"""

import math
from pathlib import Path

import numpy as np

from course_lib import gpu
from course_lib.conv import problem
from course_lib.conv.kernels.launching import TILE, Ready, convolution, elements, in_parts, module, record, runs, step

FILE = Path(__file__).with_name("im2col.cu")


@runs
def forward(x, w, stride=1, padding=0, dilation=1, groups=1, tile=TILE):
    """y NKPQ of x NCHW and w KCRS."""
    conv = convolution({"x": x, "w": w}, (stride, padding, dilation, groups))
    kernels, columns, y = module(FILE, **tile.defines()), _columns(conv), gpu.empty(conv.y, np.float32)
    grid = tile.grid(conv.k, conv.N * conv.P * conv.Q, groups)
    product = step(kernels, "forward", grid, tile.threads, columns, w, y, record(conv))
    return Ready((_unroll(kernels, x, columns, conv), product), y)


@runs
def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1, tile=TILE):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x."""
    conv = convolution({"dy": dy, "w": w}, (stride, padding, dilation, groups), shape)
    kernels, columns, dx = module(FILE, **tile.defines()), _columns(conv), gpu.empty(conv.x, np.float32)
    grid = tile.grid(conv.c * conv.R * conv.S, conv.N * conv.P * conv.Q, groups)
    product = step(kernels, "grad_x", grid, tile.threads, dy, w, columns, record(conv))
    fold = elements(kernels, "fold", conv.H * conv.W, conv.C, conv.N, columns, dx, record(conv))
    return Ready((product, fold), dx)


@runs
def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1, tile=TILE, parts=None):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. parts: of the sum over places; None for as many as fill a GPU."""
    conv = convolution({"x": x, "dy": dy}, (stride, padding, dilation, groups), shape)
    kernels, columns, dw = module(FILE, **tile.defines()), _columns(conv), gpu.empty(conv.w, np.float32)
    return Ready((_unroll(kernels, x, columns, conv), *in_parts(kernels, tile, conv, parts, columns, dy, dw)), dw)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward. Words: x, the columns written and read, w and y."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    products, columns = math.prod(conv.y) * math.prod(conv.w[1:]), math.prod(_shape(conv))
    words = sum(map(math.prod, (conv.x, conv.w, conv.y))) + 2 * columns
    return problem.Counts(products, 2 * products, itemsize * columns, words)


def _shape(conv):
    return conv.N, conv.C * conv.R * conv.S, conv.P * conv.Q


def _columns(conv):
    return gpu.empty(_shape(conv), np.float32)


def _unroll(kernels, x, columns, conv):
    n, taps, places = columns.shape
    return elements(kernels, "unroll", places, taps, n, x, columns, record(conv))
