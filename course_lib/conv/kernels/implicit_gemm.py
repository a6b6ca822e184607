"""Implicit GEMM in CUDA C: im2col's product, each element of its matrix read from where it lies in x; implicit_gemm.cu.

All functions take float32 device arrays, every option, and the tiles of the product; they raise LaunchError or
ConvError. The kernel is compiled anew for each size of filters.
"""

import math
from pathlib import Path

import numpy as np

from course_lib import gpu
from course_lib.conv import problem
from course_lib.conv.kernels.launching import TILE, Ready, convolution, in_parts, module, record, runs, step

FILE = Path(__file__).with_name("implicit_gemm.cu")


@runs
def forward(x, w, stride=1, padding=0, dilation=1, groups=1, tile=TILE):
    """y NKPQ of x NCHW and w KCRS."""
    conv = convolution({"x": x, "w": w}, (stride, padding, dilation, groups))
    y = gpu.empty(conv.y, np.float32)
    return _ready("forward", conv.k, conv.N * conv.P * conv.Q, x, w, y, conv, tile)


@runs
def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1, tile=TILE):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x."""
    conv = convolution({"dy": dy, "w": w}, (stride, padding, dilation, groups), shape)
    dx = gpu.empty(conv.x, np.float32)
    return _ready("grad_x", conv.c, conv.N * conv.H * conv.W, dy, w, dx, conv, tile)


@runs
def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1, tile=TILE, parts=None):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w. parts: of the sum over places; None for as many as fill a GPU."""
    conv = convolution({"x": x, "dy": dy}, (stride, padding, dilation, groups), shape)
    dw = gpu.empty(conv.w, np.float32)
    return Ready(in_parts(_kernels(conv, tile), tile, conv, parts, x, dy, dw), dw)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward. Words: x, w and y once, as if what is read again came from a cache."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    products = math.prod(conv.y) * math.prod(conv.w[1:])
    return problem.Counts(products, 2 * products, 0, sum(map(math.prod, (conv.x, conv.w, conv.y))))


def _ready(name, rows, columns, left, right, result, conv, tile):
    grid = tile.grid(rows, columns, conv.groups)
    return Ready((step(_kernels(conv, tile), name, grid, tile.threads, left, right, result, record(conv)),), result)


def _kernels(conv, tile):
    return module(FILE, **tile.defines(), FILTER_R=conv.R, FILTER_S=conv.S)
