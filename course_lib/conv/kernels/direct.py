"""The definition in CUDA C: one thread an element of the result, direct.cu.

All functions take float32 device arrays and every option; they raise LaunchError or ConvError.
"""

import math
from pathlib import Path

import numpy as np

from course_lib import gpu
from course_lib.conv import problem
from course_lib.conv.kernels.launching import Ready, convolution, elements, module, record, runs

FILE = Path(__file__).with_name("direct.cu")


@runs
def forward(x, w, stride=1, padding=0, dilation=1, groups=1):
    """y NKPQ of x NCHW and w KCRS."""
    conv = convolution({"x": x, "w": w}, (stride, padding, dilation, groups))
    y = gpu.empty(conv.y, np.float32)
    return Ready((_step("forward", conv.P * conv.Q, conv.K, conv.N, x, w, y, conv),), y)


@runs
def grad_x(dy, w, shape, stride=1, padding=0, dilation=1, groups=1):
    """dx NCHW of dy NKPQ and w KCRS; shape: of x."""
    conv = convolution({"dy": dy, "w": w}, (stride, padding, dilation, groups), shape)
    dx = gpu.empty(conv.x, np.float32)
    return Ready((_step("grad_x", conv.H * conv.W, conv.C, conv.N, dy, w, dx, conv),), dx)


@runs
def grad_w(x, dy, shape, stride=1, padding=0, dilation=1, groups=1):
    """dw KCRS of x NCHW and dy NKPQ; shape: of w."""
    conv = convolution({"x": x, "dy": dy}, (stride, padding, dilation, groups), shape)
    dw = gpu.empty(conv.w, np.float32)
    return Ready((_step("grad_w", conv.c * conv.R * conv.S, conv.K, 1, x, dy, dw, conv),), dw)


def count(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1, itemsize=4) -> problem.Counts:
    """Of forward. Words: x, w and y once, as if what is read again came from a cache."""
    conv = problem.sizes(x_shape, w_shape, stride, padding, dilation, groups)
    products = math.prod(conv.y) * math.prod(conv.w[1:])
    return problem.Counts(products, 2 * products, 0, sum(map(math.prod, (conv.x, conv.w, conv.y))))


def _step(name, count_, y, z, left, right, result, conv):
    return elements(module(FILE), name, count_, y, z, left, right, result, record(conv))
