"""im2col with the batch last in memory is the definition, forward and backward, whatever order x and dy lie in."""

import tracemalloc

import numpy as np
import pytest
from conv_cases import CASES, assert_right, truth

from course_lib.conv import batch_last, workspace
from course_lib.nn.layout import Layout

FUNCTIONS = ("forward", "grad_x", "grad_w")
ALLOWED = {"f4": 1e-5, "f8": 1e-13}  # of the sum of absolute products


def results(case, x, w, dy, **more):
    options = case.options
    return {
        "forward": batch_last.forward(x, w, *options, **more),
        "grad_x": batch_last.grad_x(dy, w, x.shape, *options, **more),
        "grad_w": batch_last.grad_w(x, dy, w.shape, *options, **more),
    }


@pytest.mark.parametrize("order", ["NCHW", "CHWN"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_agrees_with_torch_in_any_order_of_memory(case, dtype, order):
    found = truth(case, dtype)
    x, w, dy = found[:3]
    before = [array.copy() for array in (x, w, dy)]
    x, dy = (Layout(order).forward(array)[0] for array in (x, dy))
    for function, got in results(case, x, w, dy).items():
        assert got.dtype == dtype
        assert_right(got, found.results[function], found.sizes[function], ALLOWED[dtype], function)
    assert all((array == old).all() for array, old in zip((x, w, dy), before, strict=True))


@pytest.mark.parametrize("block", [1, 3000])
@pytest.mark.parametrize("case", CASES[2:6], ids=str)
def test_blocks_of_any_size_and_a_workspace_give_the_same(case, block, monkeypatch):
    monkeypatch.setattr(batch_last, "BLOCK", block)
    found, mine = truth(case, "f8"), workspace.Workspace()
    for _ in range(2):
        for function, got in results(case, *found[:3], workspace=mine).items():
            assert_right(got, found.results[function], found.sizes[function], ALLOWED["f8"], function)


def test_the_result_has_the_batch_last_in_memory():
    x, w = np.ones((4, 2, 6, 5)), np.ones((3, 2, 3, 3))
    y = batch_last.forward(x, w, padding=1)
    assert y.shape == (4, 3, 6, 5) and y.transpose(1, 2, 3, 0).flags.c_contiguous


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("batch", [8, 100])
def test_it_takes_the_memory_it_says(batch, padding):
    x, w = Layout().forward(np.ones((batch, 6, 24, 24), "f4"))[0], np.ones((16, 6, 5, 5), "f4")
    count = batch_last.count(x.shape, w.shape, padding=padding)
    tracemalloc.start()
    y = batch_last.forward(x, w, padding=padding)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count.workspace + y.nbytes <= peak <= 1.05 * (count.workspace + y.nbytes) + 20_000
    assert count.multiplications == y.size * 150 == count.flops / 2
    size, (height, across) = 28 if padding else 24, y.shape[2:]
    columns, rows = 150 * height * across * batch, max(1, batch_last.BLOCK // (4 * 150 * across * batch))
    padded = batch * 6 * size**2 + x.size if padding else 0
    assert count.words == padded + 3 * columns + -(-height // rows) * w.size + y.size
