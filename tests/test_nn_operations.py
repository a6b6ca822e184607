"""Numbers that count: what a formula does, found out by doing it."""

import numpy as np
import pytest

from course_lib.nn.operations import operations
from course_lib.shapes import conv_flops, matmul_flops


@pytest.mark.parametrize(
    ("f", "each"),
    [
        (lambda x: x + 1, 1),
        (lambda x: 1 - x, 1),
        (lambda x: 2 / x * x, 2),
        (lambda x: -abs(x), 0),
        (lambda x: x.copy(), 0),
        (lambda x: np.maximum(x, 0), 1),
        (lambda x: x * (x > 0), 2),
        (lambda x: 1 / (1 + np.exp(-x)), 3),
        (lambda x: np.tanh(x) ** 2, 2),
        (lambda x: np.log(np.sqrt(abs(x))), 2),
    ],
)
@pytest.mark.parametrize("shape", [(1,), (7,), (2, 3, 5)])
def test_each_operation_counts_one_for_each_element(f, each, shape):
    x = np.random.default_rng(0).uniform(1, 2, shape)
    assert operations(f, x) == each * x.size


def test_sums_and_maxima_count_one_less_than_their_terms():
    x = np.ones((3, 7))
    assert operations(lambda x: x.sum(1), x) == operations(lambda x: x.max(1), x) == 3 * 6


@pytest.mark.parametrize("m, n, k", [(1, 1, 1), (2, 5, 3), (7, 3, 11)])
def test_a_product_counts_what_its_formula_says_when_sums_begin_with_zero(m, n, k):
    def product(a, b):
        c = np.zeros((m, n), object)
        for step in range(k):
            c = c + a[:, step, None] * b[step]
        return c

    assert operations(product, np.ones((m, k)), np.ones((k, n))) == matmul_flops(m, n, k)


def test_a_convolution_counts_what_its_formula_says():
    def convolution(x, w):
        y = 0
        for r in range(2):
            for s in range(3):
                for c in range(4):
                    y = y + x[:, c, None, r : r + 5, s : s + 3] * w[:, c, r, s][:, None, None]
        return y

    x, w = np.ones((2, 4, 6, 5)), np.ones((3, 4, 2, 3))
    assert operations(convolution, x, w) == conv_flops((2, 3, 5, 3), w.shape)


def test_the_numbers_that_count_compute_what_floats_compute_and_leave_the_array_alone():
    x, seen = np.random.default_rng(0).normal(size=(3, 5)), []
    before = x.copy()

    def softmax(x):
        e = np.exp(x - x.max(1, keepdims=True))
        seen.append(e / e.sum(1, keepdims=True))

    operations(softmax, x)
    assert np.array_equal(x, before)
    e = np.exp(x - x.max(1, keepdims=True))
    assert np.allclose(seen[0].astype(float), e / e.sum(1, keepdims=True))
