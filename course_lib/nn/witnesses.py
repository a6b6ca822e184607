"""A primitive that somebody wrote, held against three witnesses: this library, PyTorch, and its own slope.

table = Table(machine("H200"))
table.judge("ReLU", relu, relu_back, ReLU(), torch.relu, x=x)     # one line; the table shows them all
"""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.gradcheck import WrongGradient, check_gradient
from course_lib.hardware import Machine
from course_lib.nn.layer import Layer
from course_lib.nn.operations import operations

CLOSE = 1e-9  # relative, in float64


class Row(NamedTuple):
    """forward, backward: whether library and PyTorch give the same; slopes: whether finite differences agree.

    each    operations for an element of y, counted
    a_byte  operations for each byte of float32 that must be moved: every array given, and y, once
    """

    name: str
    forward: bool
    backward: bool
    slopes: bool
    each: float
    a_byte: float

    def __repr__(self):
        agree = ", ".join(f"{what} {_same(getattr(self, what))}" for what in ("forward", "backward", "slopes"))
        return f"{self.name}: {agree}; {self.each:.3g} operations an element, {self.a_byte:.3g} a byte"


class Table(dict):
    """name -> Row. machine: whose ridge, in float32, says what limits a row."""

    def __init__(self, machine: Machine):
        super().__init__()
        self.machine = machine

    def judge(self, name: str, forward: Callable, backward: Callable, layer: Layer, twin: Callable, **given) -> Row:
        """The row of a primitive, which the table keeps.

        forward   (*given) -> y; it also counts, so it asks for no floats (see operations.py)
        backward  of dy, y and those of `given` that its arguments are named after -> gradients of the first of `given`,
                  in their order: one array, or a tuple of them
        layer     of this library; what is given after x are its parameters, as far as they have gradients
        twin      the same in PyTorch, of those that have gradients
        given     float64 arrays by name, the layer's input first
        """
        y = forward(*given.values())
        there = {"y": y, "dy": np.random.default_rng(0).normal(size=y.shape)} | given
        mine = backward(*(there[argument] for argument in inspect.signature(backward).parameters))
        mine = mine if isinstance(mine, tuple) else (mine,)
        moving, rest = list(given.values())[: len(mine)], list(given.values())[len(mine) :]
        witnesses = by_library(layer, there["dy"], *moving), by_torch(twin, there["dy"], *moving)
        try:
            check_gradient(lambda *moved: forward(*moved, *rest), moving, mine, there["dy"])
            slopes = True
        except WrongGradient:
            slopes = False
        counted, moved = operations(forward, *given.values()), 4 * (y.size + sum(map(np.size, given.values())))
        self[name] = Row(
            name,
            all(_close(y, theirs) for theirs, _ in witnesses),
            all(_close(_flat(mine), theirs) for _, theirs in witnesses),
            slopes,
            counted / y.size,
            counted / moved,
        )
        return self[name]

    def __repr__(self):
        width = max(map(len, self), default=0)
        lines = [f"{'':{width}}  forward  backward  slopes   op/element  op/byte  limited by"]
        for row in self.values():
            limit = "memory" if row.a_byte < self.machine.ridge() else "arithmetic"
            agree = f"{_same(row.forward):7}  {_same(row.backward):8}  {_same(row.slopes):7}"
            lines.append(f"{row.name:{width}}  {agree}  {row.each:10.3g}  {row.a_byte:7.3g}  {limit}")
        return "\n".join(lines)


def by_library(layer: Layer, dy, x, *parameters) -> tuple:
    """y, and all gradients in one vector."""
    w = _flat(parameters)
    y, kept = layer.forward(x, w, train=np.random.default_rng(0))
    dw = np.empty_like(w)
    return y, _flat((layer.backward(dy, kept, w, dw), dw))


def by_torch(twin: Callable, dy, *arrays) -> tuple:
    """The same; twin: a function of PyTorch tensors."""
    import torch

    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    y = twin(*leaves)
    y.backward(torch.tensor(dy))
    return y.detach().numpy(), _flat([leaf.grad.numpy() for leaf in leaves])


def _flat(arrays):
    return np.concatenate([np.empty(0), *map(np.ravel, arrays)])


def _close(mine, theirs) -> bool:
    return mine.shape == theirs.shape and np.allclose(mine, theirs, rtol=CLOSE, atol=CLOSE)


def _same(equal: bool) -> str:
    return "equal" if equal else "differ"
