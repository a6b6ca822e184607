"""What the witnesses say of a right primitive, and of a wrong one."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.hardware import machine
from course_lib.nn.activations import ReLU, Tanh
from course_lib.nn.linear import Linear
from course_lib.nn.witnesses import Table

X = np.random.default_rng(3).normal(size=(3, 5))
W = np.random.default_rng(4).normal(size=(2, 5))


@pytest.fixture
def table():
    return Table(machine("H200"))


def relu(x):
    return np.maximum(x, 0)


def test_a_right_primitive_is_equal_everywhere_and_counted(table):
    row = table.judge("ReLU", relu, lambda dy, y: dy * (y > 0), ReLU(), F.relu, x=X)
    assert row == ("ReLU", True, True, True, 1, 1 / 8)
    assert str(row) == "ReLU: forward equal, backward equal, slopes equal; 1 operations an element, 0.125 a byte"
    assert "equal    equal     equal" in str(table) and str(table).endswith("memory")


def test_gradients_of_parameters_are_judged_too(table):
    def rows(x, w):
        return sum(x[:, c, None] * w[:, c] for c in range(5))

    layer = Linear(2, bias=None)
    assert table.judge("good", rows, lambda dy, x, w: (dy @ w, dy.T @ x), layer, F.linear, x=X, w=W)[1:4] == (True,) * 3
    bad = table.judge("bad", rows, lambda dy, x, w: (dy @ w, -dy.T @ x), layer, F.linear, x=X, w=W)
    assert bad[1:4] == (True, False, False)
    assert bad.each == 10 and bad.a_byte == 60 / (4 * (6 + 15 + 10))


@pytest.mark.parametrize(
    ("forward", "backward", "said"),
    [
        (relu, lambda dy: dy, (True, False, False)),
        (lambda x: np.maximum(x, 0) + 1, lambda dy, x: dy * (x > 0), (False, True, True)),
        (lambda x: np.maximum(x, 0)[:1], lambda dy, x: np.vstack([dy, dy, dy]) * (x > 0), None),
    ],
)
def test_a_wrong_primitive_differs_where_it_is_wrong(table, forward, backward, said):
    if said is None:
        with pytest.raises((ValueError, RuntimeError)):
            table.judge("wrong", forward, backward, ReLU(), F.relu, x=X)
        return
    row = table.judge("wrong", forward, backward, ReLU(), F.relu, x=X)
    assert row[1:4] == said and "differ" in str(row) and "differ" in str(table)


def test_one_witness_that_differs_is_enough(table):
    row = table.judge("tanh", np.tanh, lambda dy, y: dy * (1 - y * y), Tanh(), torch.sigmoid, x=X)
    assert row[1:4] == (False, False, True)


def test_arrays_without_a_gradient_are_given_but_not_moved(table):
    mask = (X > 0.2).astype(float)

    class Masked(ReLU):
        def forward(self, x, w=None, train=False):
            return x * mask, mask

        def backward(self, dy, kept, w=None, dw=None, want_dx=True):
            return dy * kept

    masked = torch.tensor(mask)
    row = table.judge(
        "mask", lambda x, mask: x * mask, lambda dy, mask: dy * mask, Masked(), lambda x: x * masked, x=X, mask=mask
    )
    assert row[1:4] == (True,) * 3 and row.a_byte == 1 / 12
