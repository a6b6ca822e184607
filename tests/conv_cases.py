"""What the tests of convolution share: cases, torch's answer, and calls counted while they happen."""

import functools
import math
from typing import NamedTuple

import numpy as np
import torch

torch.set_num_threads(1)


class Case(NamedTuple):
    """Shapes of x and w, and options."""

    x: tuple
    w: tuple
    stride: object = 1
    padding: object = 0
    dilation: object = 1
    groups: int = 1

    @property
    def options(self):
        return self.stride, self.padding, self.dilation, self.groups

    def __str__(self):
        return f"{self.x}-{self.w}-{self.options}"


CASES = [
    Case((1, 1, 1, 1), (1, 1, 1, 1)),
    Case((2, 3, 5, 7), (5, 3, 1, 1)),
    Case((2, 4, 7, 5), (6, 4, 3, 3), padding=1),
    Case((3, 2, 11, 13), (3, 2, 3, 3), padding=(0, 2)),
    Case((2, 2, 6, 9), (3, 2, 2, 3), padding=4),  # more padding than filters reach
    Case((3, 4, 17, 12), (6, 2, 5, 3), padding=(2, 0), groups=2),
    Case((2, 5, 9, 9), (10, 1, 3, 3), padding=1, groups=5),  # depthwise
    Case((2, 2, 1, 8), (3, 2, 1, 7), padding=(0, 3)),
    Case((0, 2, 5, 5), (2, 2, 3, 3), padding=1),
    Case((2, 4, 13, 11), (4, 2, 3, 2), dilation=(2, 3), padding=(1, 2), groups=2),
    Case((2, 3, 23, 19), (4, 3, 5, 5), stride=(3, 2), padding=2),
    Case((3, 4, 11, 9), (6, 2, 3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2),
    Case((2, 2, 6, 6), (2, 2, 1, 1), stride=2),
]


def strided(case) -> bool:
    return case.stride != 1


def dilated(case) -> bool:
    return case.dilation != 1


class Truth(NamedTuple):
    """Arrays of a case, torch's results in float64, and what |x| and |w| give, by which errors are judged."""

    x: np.ndarray
    w: np.ndarray
    dy: np.ndarray
    results: dict
    sizes: dict


@functools.cache
def truth(case, dtype) -> Truth:
    rng = np.random.default_rng(1)
    x, w = (rng.standard_normal(shape).astype(dtype) for shape in (case.x, case.w))
    shape = _torch(x, w, None, case)["forward"].shape
    dy = rng.standard_normal(shape).astype(dtype)
    return Truth(x, w, dy, _torch(x, w, dy, case), _torch(abs(x), abs(w), abs(dy), case))


def _torch(x, w, dy, case):
    tx, tw = (torch.tensor(a, dtype=torch.float64, requires_grad=dy is not None) for a in (x, w))
    y = torch.nn.functional.conv2d(tx, tw, None, *case.options)
    if dy is None:
        return {"forward": y.numpy()}
    y.backward(torch.tensor(dy, dtype=torch.float64))
    return {"forward": y.detach().numpy(), "grad_x": tx.grad.numpy(), "grad_w": tw.grad.numpy()}


def call(algorithm, function, case, arrays, **named):
    """One of forward, grad_x, grad_w of x, w, dy."""
    x, w, dy = arrays
    given = {"forward": (x, w), "grad_x": (dy, w, case.x), "grad_w": (x, dy, case.w)}[function]
    return getattr(algorithm, function)(*given, *case.options, **named)


def assert_right(got, expected, size, allowed, told):
    """got: a host array; allowed: of the largest sum of absolute products."""
    assert got.shape == expected.shape, told
    if got.size:
        assert abs(got - expected).max() <= allowed * size.max(), told


class Products:
    """Every np.matmul while it is installed: shapes of A, B and C."""

    def __init__(self, monkeypatch):
        self.shapes, matmul = [], np.matmul

        def counted(A, B, **named):
            C = matmul(A, B, **named)
            self.shapes.append((A.shape, B.shape, C.shape))
            return C

        monkeypatch.setattr(np, "matmul", counted)

    @property
    def multiplications(self) -> int:
        return sum(a[-1] * math.prod(c) for a, _, c in self.shapes)

    def of(self, dimensions: int) -> "list[tuple]":
        return [shapes for shapes in self.shapes if len(shapes[2]) == dimensions]

    def words(self, shapes) -> int:
        return sum(math.prod(shape) for three in shapes for shape in three)
