"""The checker of gradients accepts right ones, and finds each planted mistake."""

import re

import numpy as np
import pytest

from course_lib.errors import UserError
from course_lib.gradcheck import GradientError, WrongGradient, check_gradient

SHAPES = [(1, 1, 1), (7, 5, 3), (2, 13, 4)]


def product(m, k, n, dtype="f8", seed=0):
    """(f, arrays, gradients, dy) of x @ w."""
    rng = np.random.default_rng(seed)
    x, w, dy = (rng.normal(size=shape).astype(dtype) for shape in [(m, k), (k, n), (m, n)])
    return lambda x, w: x @ w, (x, w), (dy @ w.T, x.T @ dy), dy


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_right_gradients_pass_in_either_precision(shape, dtype):
    f, arrays, gradients, dy = product(*shape, dtype)
    before = [array.copy() for array in arrays]
    assert check_gradient(f, arrays, gradients, dy) < (1e-5 if dtype == "f4" else 1e-9)
    assert all(map(np.array_equal, arrays, before))


FUNCTIONS = {  # f of a vector -> number, and its gradient
    "a square": (lambda x: (x**2).sum(), lambda x: 2 * x),
    "waves": (lambda x: np.sin(3 * x).sum(), lambda x: 3 * np.cos(3 * x)),
    "log of sum": (lambda x: np.log(np.exp(x).sum()), lambda x: np.exp(x) / np.exp(x).sum()),
    "relu": (lambda x: np.maximum(x, 0).sum(), lambda x: (x > 0) * 1.0),
    "largest": (lambda x: x.max(), lambda x: (x == x.max()) * 1.0),
    "constant": (lambda x: 5.0, lambda x: 0 * x),
    "a root": (lambda x: float(np.sqrt(abs(x)).sum()), lambda x: np.sign(x) / np.sqrt(abs(x)) / 2),
}


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("n", [1, 7, 64])
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "log of sum"])
def test_right_gradients_pass_at_every_scale(name, n, scale):
    f, gradient = FUNCTIONS[name]
    x = scale * np.random.default_rng(n).normal(size=n)
    check_gradient(lambda x: f(x / scale), [x], [gradient(x / scale) / scale])


@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_a_large_constant_beside_the_loss_costs_precision_but_accuses_nobody(offset):
    f, gradient = FUNCTIONS["log of sum"]
    x = np.random.default_rng(1).normal(size=9)
    check_gradient(lambda x: f(x) + offset, [x], [gradient(x)])


PLANTED = {
    "a sign": lambda g: -g,
    "a factor 2": lambda g: 2 * g,
    "one in a thousand": lambda g: 1.001 * g,
    "one element": lambda g: g + 1e-4 * (np.arange(g.size) == 4).reshape(g.shape),
    "a neighbour": lambda g: np.roll(g, 1),
    "nothing": lambda g: 0 * g,
    "one, as the derivative": lambda g: np.ones_like(g),
}


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("plant", list(PLANTED.values()), ids=list(PLANTED))
@pytest.mark.parametrize("which", [0, 1])
def test_a_planted_mistake_is_found_and_its_array_named(plant, which, dtype):
    f, arrays, gradients, dy = product(7, 5, 3, dtype)
    wrong = [plant(g) if number == which else g for number, g in enumerate(gradients)]
    with pytest.raises(WrongGradient, match=rf"the gradient of {'xw'[which]} is .*, but the slope of f there is"):
        check_gradient(f, arrays, wrong, dy)


def test_the_sentence_names_the_worst_element_and_how_many_are_wrong():
    x = np.arange(1.0, 7.0).reshape(2, 3)
    claim = 2 * x + np.array([[0, 0, 0.5], [0, -3, 0]])
    said = r"the gradient of x is 7 at x\[1, 1\], but the slope of f there is 10: they differ by 3, and 2 of 6"
    with pytest.raises(WrongGradient, match=said) as caught:
        check_gradient(lambda x: (x**2).sum(), [x], [claim])
    assert isinstance(caught.value, UserError)


def test_float32_inside_the_function_is_judged_as_float32():
    x = np.random.default_rng(0).normal(size=11).astype("f4")
    check_gradient(lambda x: (x.astype("f4") ** 2).sum(), [x], [2 * x])
    with pytest.raises(WrongGradient):
        check_gradient(lambda x: (x.astype("f4") ** 2).sum(), [x], [2.1 * x])


@pytest.mark.parametrize("claim", [0.0, 0.25, 1.0])
def test_a_kink_is_refused_whatever_slope_between_its_two_is_claimed(claim):
    said = r"f has a kink at x\[0\], where its slope is 0 to the left and 1 to the right, and at 3 of 3"
    with pytest.raises(GradientError, match=said):
        check_gradient(lambda x: np.maximum(x, 0).sum(), [np.zeros(3)], [np.full(3, claim)])


def test_a_slope_that_no_side_of_a_kink_has_is_wrong():
    with pytest.raises(WrongGradient, match="is 2 at"):
        check_gradient(lambda x: np.maximum(x, 0).sum(), [np.zeros(3)], [np.full(3, 2.0)])


def test_a_few_kinks_among_many_elements_do_not_hinder():
    x = np.linspace(-1, 1, 21)
    check_gradient(lambda x: np.maximum(x, 0).sum(), [x], [(x > 0) * 1.0])


def test_so_many_coordinates_are_judged_and_the_seed_chooses_them():
    asked = []
    x = np.arange(1.0, 101.0)

    def f(x):
        moved = np.flatnonzero(x != np.arange(1.0, 101.0))
        asked.extend(moved.tolist())
        return (x**2).sum()

    check_gradient(f, [x], [2 * x], coordinates=5)
    first = sorted(set(asked))
    asked.clear()
    check_gradient(f, [x], [2 * x], coordinates=5, seed=1)
    assert len(first) == 5 and len(set(asked)) == 5 and sorted(set(asked)) != first


class Foreign:
    """An array of another library: its own operators and methods, and NumPy's functions refuse it."""

    __array_ufunc__ = None

    def __init__(self, inner):
        self.inner = np.asarray(inner)

    def __array__(self, *_, **__):
        raise TypeError("this array lies on another device")

    shape = property(lambda self: self.inner.shape)
    dtype = property(lambda self: self.inner.dtype)

    def __getitem__(self, place):
        return Foreign(self.inner[place])

    def __setitem__(self, place, value):
        self.inner[place] = value

    def __float__(self):
        return float(self.inner)

    def __abs__(self):
        return Foreign(abs(self.inner))

    def __getattr__(self, name):
        return lambda *args: Foreign(getattr(self.inner, name)(*args))


def _operator(name):
    return lambda self, other: Foreign(getattr(self.inner, name)(getattr(other, "inner", other)))


for _name in ("add", "sub", "mul", "rmul", "matmul", "ne", "or"):
    setattr(Foreign, f"__{_name}__", _operator(f"__{_name}__"))


def test_arrays_of_another_library_stay_there():
    f, arrays, gradients, dy = product(3, 4, 5)
    foreign = lambda many: [Foreign(each) for each in many]  # noqa: E731
    check_gradient(f, foreign(arrays), foreign(gradients), Foreign(dy))
    with pytest.raises(WrongGradient):
        check_gradient(f, foreign(arrays), foreign([g + 1 for g in gradients]), Foreign(dy))


X = np.ones((2, 3))
DICE = np.random.default_rng(0)
MISTAKES = {
    "the gradient of x should have the shape (2, 3), but it has (3, 2)": lambda: check_gradient(np.sum, [X], [X.T]),
    "a gradient (or None) for each of 1 arrays": lambda: check_gradient(lambda x: x.sum(), [X], [X, X]),
    "f gives an array of shape (2, 3), so it needs a dy": lambda: check_gradient(lambda x: x, [X], [X]),
    "dy should have the shape (2, 3)": lambda: check_gradient(lambda x: x, [X], [X], np.ones(3)),
    "x should be an array of floats, but it is int64": lambda: check_gradient(lambda x: x, [X.astype("i8")], [X]),
    "x should be an array of floats, but it is list": lambda: check_gradient(lambda x: x, [[1.0]], [X]),
    "the gradient of x should be an array of floats, but it is bool": lambda: check_gradient(
        lambda x: x.sum(), [X], [X > 0]
    ),
    "x should be an array, but it is a number": lambda: check_gradient(lambda x: x, [np.float64(1)], [np.float64(1)]),
    "what f gives should be an array of floats, but it is NoneType": lambda: check_gradient(
        lambda x: None, [X], [X]
    ),
    "f gives infinity or NaN at this point": lambda: check_gradient(lambda x: x.sum() * np.inf, [X], [X]),
    "f gives two results": lambda: check_gradient(lambda x: x.sum() + DICE.normal(), [X], [X]),
    "the gradient of x holds infinity or NaN": lambda: check_gradient(lambda x: x.sum(), [X], [X * np.nan]),
    "coordinates should be 1 or more, or None for all of them; it is 1.5": lambda: check_gradient(
        lambda x: x.sum(), [X], [X], coordinates=1.5),
    "f should be a function of the arrays, but 5 came": lambda: check_gradient(5, [X], [X]),
    "coordinates should be 1 or more": lambda: check_gradient(lambda x: x.sum(), [X], [X], coordinates=0),
    "beside this point": lambda: check_gradient(
        lambda x: np.where(x > 1, np.inf, x).sum(), [X], [X]
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "mistake"), list(MISTAKES.items()), ids=list(MISTAKES))
def test_a_check_that_makes_no_sense_is_told_in_a_sentence(said, mistake):
    with pytest.raises(
        (GradientError, WrongGradient), match=re.escape(said).replace("the\\ gradient\\ of\\ x", "the.*")
    ):
        mistake()


def test_an_empty_array_and_one_that_is_not_to_be_judged_pass():
    empty = np.empty((0, 3))
    assert check_gradient(lambda x, y: (y**2).sum(), (empty, X), (empty, None)) == 0
