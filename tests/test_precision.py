"""Fixed point: what rounding does to one number, to the mean of many, to a sum and to a network that learns."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from course_lib import datasets
from course_lib.arrays import ArrayError
from course_lib.gradcheck import check_gradient
from course_lib.nn.activations import ReLU
from course_lib.nn.linear import Linear
from course_lib.nn.net import Net
from course_lib.nn.rounded import Rounded, RoundedStep, rounded_loss
from course_lib.nn.sgd import SGD
from course_lib.nn.softmax import cross_entropy
from course_lib.nn.train import accuracy, train
from course_lib.precision.fixed_point import FixedPoint, FixedPointError, nearest, product, saturated, stochastic

DTYPES = ["f4", "f8"]
FORMATS = [FixedPoint(8, 8), FixedPoint(2, 14), FixedPoint(16, 0), FixedPoint(1, 1), FixedPoint(5, 19)]
ROUNDINGS = [nearest, lambda x, number: stochastic(x, number, np.random.default_rng(5))]
each_dtype = pytest.mark.parametrize("dtype", DTYPES)
each_format = pytest.mark.parametrize("number", FORMATS, ids=str)
each_rounding = pytest.mark.parametrize("rounding", ROUNDINGS, ids=["nearest", "stochastic"])


def by_definition(x, number):
    """Rounding to nearest in exact rational arithmetic."""
    eps = Fraction(1, 2**number.FL)
    below = (Fraction(x) / eps).__floor__() * eps
    y = below if Fraction(x) - below < eps / 2 else below + eps
    return min(max(y, Fraction(number.least)), Fraction(number.most))


@pytest.mark.parametrize(("IL", "FL", "least", "most"), [(8, 8, -128, 127 + 255 / 256), (2, 14, -2, 2 - 2**-14)])
def test_a_format_has_the_range_and_the_gap_that_its_bits_give(IL, FL, least, most):
    number = FixedPoint(IL, FL)
    assert (number.WL, number.eps, number.least, number.most) == (16, 2.0**-FL, least, most)
    assert (number.most - number.least) / number.eps + 1 == 2**16  # as many numbers as words


@each_dtype
@each_format
def test_nearest_is_the_definition_in_exact_arithmetic(number, dtype):
    rng = np.random.default_rng(0)
    span = min(3 * number.most + 1, 2.0**12)
    x = rng.uniform(-span, span, 300).astype(dtype)
    near = (rng.integers(-8, 8, 60) * 0.5 * number.eps).astype(dtype)  # ties, and their neighbours
    x = np.concatenate([x, near, np.nextafter(near, np.full_like(near, 9)), np.nextafter(near, -np.full_like(near, 9))])
    y = nearest(x, number)
    assert y.dtype == x.dtype and [Fraction(float(v)) for v in y] == [by_definition(float(v), number) for v in x]


@each_dtype
@each_format
def test_stochastic_gives_one_of_the_two_neighbours_and_what_is_held_already_stays(number, dtype):
    rng = np.random.default_rng(1)
    x = rng.uniform(max(number.least, -50), min(number.most, 50), 997).astype(dtype)
    y = stochastic(x, number, rng)
    assert y.dtype == x.dtype and (abs(y.astype("f8") - x.astype("f8")) < number.eps).all()
    held = nearest(x, number)
    assert (nearest(y, number) == y).all() and (stochastic(held, number, rng) == held).all()


@each_dtype
@pytest.mark.parametrize("place", [0.0, 0.001, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("base", [0.0, -3.0, 100.0])
def test_the_mean_of_stochastic_roundings_is_the_number(place, base, dtype):
    number, times = FixedPoint(8, 8), 40_000
    x = np.full(times, base + place * number.eps, dtype)
    share = (float(x[0]) - base) / number.eps  # what the dtype made of it
    off = stochastic(x, number, np.random.default_rng(2)).astype("f8").mean() - float(x[0])
    assert abs(off) <= 4 * number.eps * np.sqrt(share * (1 - share) / times)


def test_the_dead_zone_of_nearest_is_half_a_gap_to_the_last_bit():
    number = FixedPoint(8, 8)
    half = number.eps / 2
    x = np.array([half, np.nextafter(half, 0), -half, np.nextafter(-half, -1)])
    assert nearest(x, number).tolist() == [number.eps, 0, 0, -number.eps]
    w = np.ones(1)
    for _ in range(1000):
        w = nearest(w + 0.499 * number.eps, number)
    assert w[0] == 1


def test_stochastic_rounding_crosses_the_dead_zone_in_the_mean():
    number, rng, w = FixedPoint(8, 8), np.random.default_rng(3), np.ones(2000)
    for _ in range(100):
        w = stochastic(w + 0.3 * number.eps, number, rng)
    moved, spread = (w - 1) / number.eps, np.sqrt(100 * 0.3 * 0.7)
    assert abs(moved.mean() - 30) <= 4 * spread / np.sqrt(2000) and 0.9 < moved.std() / spread < 1.1


@each_dtype
@each_rounding
@each_format
def test_what_lies_beyond_the_range_becomes_its_end(number, rounding, dtype):
    x = np.array([-np.inf, number.least - 1, number.least, number.most, number.most + 1, np.inf, 1e30, -1e30], dtype)
    ends = [number.least] * 3 + [number.most] * 4 + [number.least]
    assert rounding(x, number).tolist() == ends
    assert saturated(x, number).tolist() == [True, True, False, False, True, True, True, True]


@each_rounding
@pytest.mark.parametrize("shape", [(), (1,), (0,), (7,), (3, 5), (2, 1, 4)])
def test_any_shape_comes_back_and_the_input_stays(rounding, shape):
    x = np.array(np.random.default_rng(0).normal(size=shape), "f4")
    before = x.copy()
    y = rounding(x, FixedPoint(4, 4))
    assert isinstance(y, np.ndarray) and y.shape == shape and np.array_equal(x, before)


@each_rounding
def test_a_number_that_is_none_stays_none(rounding):
    assert np.isnan(rounding(np.array([np.nan]), FixedPoint(8, 8))).all()


def test_the_same_seed_rounds_alike_and_another_one_does_not():
    x, number = np.random.default_rng(0).normal(size=100), FixedPoint(8, 8)
    first, again, other = (stochastic(x, number, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


@each_dtype
@each_rounding
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 97), (5, 4, 64), (3, 1, 0)])
def test_a_product_is_the_exact_sum_rounded_once(sizes, rounding, dtype):
    m, n, k = sizes
    number, rng = FixedPoint(6, 10), np.random.default_rng(k)
    A = nearest(rng.normal(size=(m, k)).astype(dtype), number)
    B = nearest(rng.normal(size=(k, n)).astype(dtype), number)
    exact = [[sum((Fraction(float(a)) * Fraction(float(b)) for a, b in zip(r, c, strict=True)), Fraction())
              for c in B.T] for r in A]  # fmt: skip
    C = product(A, B, number, rounding)
    assert C.shape == (m, n) and C.dtype == A.dtype
    for row, sums in zip(C, exact, strict=True):
        for y, z in zip(row, sums, strict=True):
            if rounding is nearest:
                assert Fraction(float(y)) == by_definition(z, number)
            assert abs(Fraction(float(y)) - z) < Fraction(number.eps)


def test_rounding_after_every_addition_is_not_rounding_once():
    number, rng = FixedPoint(8, 8), np.random.default_rng(0)
    a = nearest(rng.uniform(0, 0.044, (1, 400)), number)
    once, z = product(a, a.T, number, nearest)[0, 0], 0.0
    for v in a[0]:
        z = nearest(np.array(z + v * v), number)
    assert once > 0.2 and z == 0  # each term is smaller than half a gap


@pytest.mark.parametrize("IL, FL", [(0, 8), (8, -1), (8.0, 8), (30, 25), (True, 3), ("8", 8)])
def test_a_format_that_cannot_be_is_told_in_one_sentence(IL, FL):
    with pytest.raises(FixedPointError, match="IL should be a whole number from 1 on.*they are"):
        FixedPoint(IL, FL)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda n: saturated([0.5], n), "a NumPy or CuPy array was expected.*list came"),
        (lambda n: saturated(np.ones(2), 8), r"a format such as FixedPoint\(8, 8\) was expected, but 8 came"),
        (lambda n: nearest([0.5], n), "a NumPy or CuPy array was expected.*list came"),
        (lambda n: nearest(np.arange(3), n), "x is an array of int64; float32 or float64 is needed"),
        (lambda n: stochastic(np.zeros(3), n, 7), r"rng=np.random.default_rng\(0\) was expected, but 7 came"),
        (lambda n: nearest(np.zeros(3), (8, 8)), r"such as FixedPoint\(8, 8\) was expected, but \(8, 8\) came"),
        (lambda n: product(np.zeros((1, 1)), np.zeros((1, 1)), 8, nearest), "was expected, but 8 came"),
        (
            lambda n: product(np.zeros((1, 1)), np.zeros((1, 1)), n, "nearest"),
            "should be nearest, or .* it is 'nearest'",
        ),
        (lambda n: nearest(np.zeros(3, "f4"), FixedPoint(16, 16)), r"<16, 16> has 32 bits.*float32 does not hold"),
        (lambda n: product(np.zeros((2, 3)), np.zeros((2, 3)), n, nearest), r"they are \(2, 3\) and \(2, 3\)"),
        (lambda n: product(np.zeros(3), np.zeros((3, 1)), n, nearest), r"they are \(3,\) and \(3, 1\)"),
        (lambda n: product(np.full((1, 2), 0.3), np.zeros((2, 1)), n, nearest), r"A\[0, 0\] is 0.3.*round A first"),
        (lambda n: product(np.zeros((1, 2)), np.full((2, 1), 200.0), n, nearest), r"B\[0, 0\] is 200.0.*round B"),
        (
            lambda n: product(np.zeros((1, 9)), np.zeros((9, 1)), FixedPoint(13, 13), nearest),
            "a sum of 9 products of <13, 13> needs 54 bits, but the accumulator has 53",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence(call, sentence):
    with pytest.raises((FixedPointError, ArrayError), match=sentence):
        call(FixedPoint(8, 8))


@each_dtype
def test_the_accumulator_takes_as_many_terms_as_it_says(dtype):
    number, k = FixedPoint(13, 12), 2**5  # 2 * 24 + 5 = 53 bits
    A = np.full((1, k), number.least, dtype)
    B = np.array(A.T)
    assert product(A, B, number, nearest) == number.most
    B[0] = number.eps
    exact = Fraction(number.least) * (Fraction(number.eps) + (k - 1) * Fraction(number.least))
    assert Fraction(float((A.astype("f8") @ B.astype("f8"))[0, 0])) == exact


# What follows is about networks.


def test_deltas_pass_a_rounding_but_not_where_it_saturates():
    number = FixedPoint(4, 20)  # so fine that the slope is seen past the steps
    x = np.array([[0.3, -7.99, 7.5, 9.0, -20.0]])
    layer = Rounded(number, nearest)
    y, kept = layer.forward(x)
    dy = nearest(np.array([[0.5, -0.25, 1.0, 2.0, 3.0]]), number)
    dx = layer.backward(dy, kept)
    assert y[0, 3:].tolist() == [number.most, number.least] and dx.tolist() == [[0.5, -0.25, 1.0, 0.0, 0.0]]
    check_gradient(lambda x: np.clip(x, number.least, number.most), (x,), (dx,), dy)


def test_a_rounded_loss_keeps_its_value_and_scales_its_gradient():
    number, z, labels = FixedPoint(4, 4), np.random.default_rng(0).normal(size=(50, 3)), np.arange(50) % 3
    value, dz = cross_entropy(z, labels)
    plain, scaled = (rounded_loss(cross_entropy, number, nearest, s)(z, labels) for s in (1, 50))
    assert plain[0] == scaled[0] == value
    assert (plain[1] == nearest(dz, number)).all() and (scaled[1] == nearest(50 * dz, number)).all()
    assert (plain[1] != 0).mean() < 0.5 < (scaled[1] != 0).mean()


def test_a_rounded_step_leaves_numbers_of_the_format():
    number = FixedPoint(2, 3)
    w, dw = np.array([0.5, -1.0, 1.875]), np.array([0.07, 0.5, -9.0])
    RoundedStep(SGD(0.5), number, nearest)(w, dw)
    assert dw.tolist() == [0.125, 0.5, -2.0] and w.tolist() == [0.5, -1.25, 1.875]  # 0.5 - 0.0625 is half way


@pytest.fixture(scope="module")
def digits():
    data = datasets.digits(test=400)
    return data._replace(x_train=data.x_train.astype("f8"), x_test=data.x_test.astype("f8"))


def learn(data, seed, number=None, rounding=None):
    """The error, in percent, of a network of 64-64-64-10 after 40 epochs."""
    middle = [] if number is None else [Rounded(number, rounding)]
    net = Net((64,), Linear(64), *middle, ReLU(), Linear(64), *middle, ReLU(), Linear(10))
    w, step, loss, x = net.initial(seed, dtype="f8"), SGD(0.1), cross_entropy, data.x_train
    if number is not None:
        w, step, loss = rounding(w, number), RoundedStep(step, number, rounding), rounded_loss(loss, number, rounding)
    train(net, w, x, data.y_train, step, epochs=40, batch=100, seed=seed, loss=loss)
    return 100 * (1 - accuracy(net, w, data.x_test, data.y_test))


def test_guptas_experiment_on_digits(digits):
    """Nearest fails at short fractions where stochastic does not. (Nearest is not monotone in FL.)"""
    floats = np.mean([learn(digits, seed) for seed in range(3)])
    for FL in (6, 8, 10):
        number = FixedPoint(16 - FL, FL)
        near = np.mean([learn(digits, seed, number, nearest) for seed in range(3)])
        assert near >= floats + 2, FL
    for FL in (8, 10, 12, 14):
        number = FixedPoint(16 - FL, FL)
        drawn = [partial(stochastic, rng=np.random.default_rng([FL, seed])) for seed in range(3)]
        random = np.mean([learn(digits, seed, number, rounding) for seed, rounding in enumerate(drawn)])
        assert random <= floats + 1.5, FL
