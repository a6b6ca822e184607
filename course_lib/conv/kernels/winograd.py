"""Winograd's F(2x2, 3x3) in CUDA C: transforms in registers, 16 matrix products; winograd.cu.

All functions take float32 device arrays, filters of 3 x 3 at stride and dilation 1, and the tiles of the product; they
raise LaunchError or ConvError.
"""

import math
from pathlib import Path

import numpy as np

from course_lib import gpu
from course_lib.conv import cook_toom, problem
from course_lib.conv.kernels.launching import TILE, Ready, convolution, elements, module, record, runs, step

FILE = Path(__file__).with_name("winograd.cu")
PLACES = 16  # of a transformed tile


@runs
def forward(x, w, stride=1, padding=0, dilation=1, groups=1, tile=TILE):
    """y NKPQ of x NCHW and w KCRS."""
    conv = _possible(convolution({"x": x, "w": w}, (stride, padding, dilation, groups)))
    return _correlate(x, w, conv, tile, turned=0)


@runs
def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1, tile=TILE):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x. dy with filters turned by half a turn."""
    conv = _possible(convolution({"dy": dy, "w": w}, (stride, padding, dilation, groups), shape))
    around = tuple(2 - padding for padding in conv.padding)  # less than 0: some of dy is never met
    back = conv._replace(C=conv.K, H=conv.P, W=conv.Q, K=conv.C, P=conv.H, Q=conv.W, padding=around)
    return _correlate(dy, w, back, tile, turned=1)


@runs
def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1, tile=TILE):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w."""
    conv = _possible(convolution({"x": x, "dy": dy}, (stride, padding, dilation, groups), shape))
    kernels, tiles, sizes = module(FILE, **tile.defines()), _tiles(conv), record(conv)
    V, D, U = (_places(*shape) for shape in ((conv.C, tiles), (conv.K, tiles), (conv.K, conv.c)))
    dw, grid = gpu.empty(conv.w, np.float32), tile.grid(conv.k, conv.c, PLACES * groups)
    steps = (
        elements(kernels, "data", tiles, conv.C, 1, x, V, sizes),
        elements(kernels, "gradients", tiles, conv.K, 1, dy, D, sizes),
        step(kernels, "multiply_gradients", grid, tile.threads, D, V, U, sizes),
        elements(kernels, "filter_gradients", conv.c, conv.K, 1, U, dw, sizes),
    )
    return Ready(steps, dw)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward. Flops: instructions of the transforms, and two for each product. Words: what each kernel reads and
    writes."""
    conv = _possible(problem.sizes(x_shape, w_shape, stride, padding, dilation, groups))
    tiles, transform = _tiles(conv), cook_toom.instructions(2, 3)
    filters, data, results = conv.K * conv.c, conv.C * tiles, conv.K * tiles
    products = PLACES * conv.c * results
    flops = 2 * products + filters * transform.filter + data * transform.data + results * transform.inverse
    workspace = PLACES * (filters + data + results)
    words = sum(map(math.prod, (conv.x, conv.w, conv.y))) + 2 * workspace
    return problem.Counts(products, flops, itemsize * workspace, words)


def _correlate(x, w, conv, tile, turned):
    kernels, tiles, sizes = module(FILE, **tile.defines()), _tiles(conv), record(conv)
    U, V, M = (_places(*shape) for shape in ((conv.K, conv.c), (conv.C, tiles), (conv.K, tiles)))
    y, grid = gpu.empty(conv.y, np.float32), tile.grid(conv.k, tiles, PLACES * conv.groups)
    steps = (
        elements(kernels, "filters", conv.c, conv.K, 1, w, U, sizes, turned),
        elements(kernels, "data", tiles, conv.C, 1, x, V, sizes),
        step(kernels, "multiply", grid, tile.threads, U, V, M, sizes),
        elements(kernels, "results", tiles, conv.K, 1, M, y, sizes),
    )
    return Ready(steps, y)


def _possible(conv):
    conv.only("F(2x2, 3x3)", "implicit_gemm", stride=1, dilation=1)
    if (conv.R, conv.S) != (3, 3):
        raise problem.ConvError(
            f"F(2x2, 3x3) needs filters of 3 x 3, but {conv.R} x {conv.S} came; implicit_gemm takes any"
        )
    return conv


def _tiles(conv) -> int:
    return conv.N * -(-conv.P // 2) * -(-conv.Q // 2)


def _places(rows, columns):
    return gpu.empty((PLACES, rows, columns), np.float32)
