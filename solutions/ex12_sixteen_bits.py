"""Tests of exercise 12. Each tries what is simplest first, and adds one difficulty at a time."""

import math

import numpy as np

from course_lib.grading.spec import Failed, describe, expect_close, expect_value, forbid, test

RULES = [
    forbid("nearest", "course_lib.precision", instead="This asks the course's own rounding: write one."),
    forbid("stochastic", "course_lib.precision", instead="This asks the course's own rounding: write one."),
    forbid("scaled", "course_lib.nn", instead="This asks the course's own loss scale: take the step yourself."),
]


def words(rng, shape, most):
    """Whole numbers from -most to most, none of them 0."""
    return (rng.integers(1, most + 1, shape) * rng.choice([-1, 1], shape)).astype("f8")


def ends(IL, FL):
    return -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - 2.0**-FL


def rounded(x, IL, FL):
    """By definition: the multiple of eps below, or the one above, then the range."""
    eps = 2.0**-FL
    below = np.floor(x / eps) * eps
    return np.clip(np.where(x - below < eps / 2, below, below + eps), *ends(IL, FL))


def same_numbers(asked, came, expected):
    """Exactly these numbers, in an array of this dtype."""
    expect_close(asked, came, expected, np.zeros(expected.shape))
    if came.dtype != expected.dtype:
        raise Failed(asked, f"an array of {expected.dtype}", describe(came))


def ask_nearest(answer, x, IL, FL):
    shown = np.array2string(x, threshold=6, precision=5)
    same_numbers(f"nearest({shown}, {IL}, {FL})", answer.nearest(x, IL, FL), rounded(x, IL, FL))


@test("nearest", points=2)
def the_nearest_multiple(answer, rng):
    """The nearest multiple of eps, above 0 and below; half way between two, the upper one."""
    for IL, FL in [(4, 0), (4, 1), (4, 4), (8, 6), (1, 5)]:
        most = 2 ** (IL + FL - 1) - 2
        whole = words(rng, 12, most)
        aside = np.tile([0.2, -0.2, 0.3, -0.3, 0.45, -0.45], 2)
        ask_nearest(answer, whole * 2.0**-FL, IL, FL)
        ask_nearest(answer, (whole + aside) * 2.0**-FL, IL, FL)
        ask_nearest(answer, (rng.permutation(np.arange(-4, 4)) + 0.5) * 2.0**-FL, IL, FL)
    ask_nearest(answer, rng.uniform(-7, 7, (3, 5)), 4, 5)


@test("nearest", points=2)
def beyond_the_range(answer, rng):
    """What lies beyond an end of the range becomes that end."""
    for IL, FL in [(3, 4), (4, 1), (2, 6), (1, 3)]:
        low, high = ends(IL, FL)
        beyond = rng.uniform(0.1, 0.4)
        x = np.array([low, high, high + 2.0**-FL, low - beyond, high + beyond, 3 * low, 3.3 * high + 1, 0.0])
        ask_nearest(answer, x, IL, FL)


def ask_stochastic(answer, value, draws, IL, FL):
    """Many times the same number, with draws that are spread evenly: how many go up is known to one or two."""
    eps = 2.0**-FL
    x, below = np.full(draws.shape, value), math.floor(value / eps) * eps
    asked = f"stochastic(x, draws, {IL}, {FL}), where x is {draws.size} times {value:g}"
    came = answer.stochastic(x, draws, IL, FL)
    if not isinstance(came, np.ndarray) or came.shape != x.shape or came.dtype != x.dtype:
        raise Failed(asked, f"an array of float64 of shape {x.shape}", describe(came))
    other = came[(came != below) & (came != below + eps)]
    if other.size:
        raise Failed(asked, f"{below:g} or {below + eps:g}, its neighbours", f"{other[0]:g} among others")
    up, wanted = int((came == below + eps).sum()), draws.size * (value - below) / eps
    if abs(up - wanted) > 2:
        raise Failed(asked, f"about {wanted:.0f} of {draws.size} to go up, to {below + eps:g}", f"{up}")


def spread(rng, *shape):
    """Random numbers from 0 to 1 that are spread evenly: the least one first, the others in random order."""
    count = math.prod(shape)
    order = np.concatenate([[0], 1 + rng.permutation(count - 1)])
    return ((order + rng.uniform(0.2, 0.8)) / count).reshape(shape)


@test("stochastic", points=3)
def as_often_up_as_it_lies_up(answer, rng):
    """A number goes to one of its two neighbours, and up as often as it lies up."""
    for FL, above in [(0, 0.25), (0, 0.9), (1, 0.3), (4, 0.3), (5, 0.7)]:
        for whole in (int(rng.integers(1, 7)), -int(rng.integers(2, 7))):
            ask_stochastic(answer, (whole + above) * 2.0**-FL, spread(rng, 200), 4, FL)
    ask_stochastic(answer, (3 + rng.uniform(0.1, 0.9)) / 8, spread(rng, 20, 15), 4, 3)
    ask_stochastic(answer, rng.uniform(-0.9, -0.1) / 8, spread(rng, 300), 1, 3)


@test("stochastic", points=1)
def multiples_stay(answer, rng):
    """A multiple of eps stays where it is, whatever is drawn."""
    for IL, FL in [(4, 0), (4, 3)]:
        low, high = ends(IL, FL)
        x = np.array([1.0, -1.0, 0.0, 3.0, low, high, *words(rng, 6, 7) * 2.0**-FL])
        for draws in (rng.random(12), np.zeros(12), np.full(12, 0.999)):
            asked = f"stochastic(x, draws, {IL}, {FL}) with multiples of eps as x, and draws from {draws.min():.3g} on"
            same_numbers(asked, answer.stochastic(x, draws, IL, FL), x)


@test("stochastic", points=1)
def beyond_the_range_by_chance(answer, rng):
    """What lies beyond an end of the range becomes that end."""
    for IL, FL in [(3, 2), (2, 5)]:
        low, high = ends(IL, FL)
        beyond = 2.0**-FL * rng.uniform(0.2, 0.8, 2)
        x = np.array([low - beyond[0], high + beyond[1], 3 * low, 3 * high + 1, low, high])
        expected = np.array([low, high, low, high, low, high])
        for draws in (np.full(6, 0.99), np.full(6, 0.01), rng.random(6)):
            asked = f"stochastic({np.array2string(x, precision=4)}, draws, {IL}, {FL})"
            same_numbers(asked, answer.stochastic(x, draws, IL, FL), expected)


def ask_words(answer, A, B, FL):
    sums = A.astype(object) @ B.astype(object)
    fit = [[max(-(2**15), min(2**15 - 1, (2 * s + 2**FL) // 2 ** (FL + 1))) for s in row] for row in sums]
    asked = f"multiply(A, B, {FL}) with A {A.shape[0]} x {A.shape[1]}, B {B.shape[0]} x {B.shape[1]}"
    if A.size == 1:
        asked = f"multiply({A.tolist()}, {B.tolist()}, {FL}), in int16"
    same_numbers(asked, answer.multiply(A, B, FL), np.array(fit, np.int16))


def int16(rng, low, high, *shape):
    return rng.integers(low, high, shape, np.int16)


@test("words", points=2)
def the_nearest_words(answer, rng):
    """The words of the product: the point at its place, each sum rounded once, half way up."""
    ask_words(answer, np.array([[3]], "i2"), np.array([[-5]], "i2"), 0)
    ask_words(answer, np.array([[48]], "i2"), np.array([[32]], "i2"), 4)
    ask_words(answer, np.array([[1, -1, 3, -3, 5, -5, 7]], "i2").T, np.array([[1, 2, 3, 5]], "i2"), 1)
    ask_words(answer, np.array([[5, -5, 6, -6, 7, -7]], "i2").T, np.array([[1, 3]], "i2"), 2)
    ask_words(answer, np.full((1, 40), 3, "i2"), np.full((40, 2), [1, -2], "i2"), 4)
    ask_words(answer, int16(rng, -90, 90, 3, 7), int16(rng, -90, 90, 7, 5), 5)


@test("words", points=2)
def sums_are_wide(answer, rng):
    """Sums that are larger than 16 and than 32 bits on the way are exact."""
    ask_words(answer, int16(rng, 300, 400, 2, 3), int16(rng, 300, 400, 3, 2), 8)
    large, sign = np.tile(int16(rng, 30000, 32000, 1, 4), 2), np.array([[1, 1, 1, 1, -1, -1, -1, -1]], "i2")
    near = (large + int16(rng, -9, 9, 1, 8)).astype("i2")
    for FL in (8, 15):
        ask_words(answer, np.concatenate([large, large * sign]), (near * sign).T.copy(), FL)
    ask_words(
        answer, np.full((1, 4), -(2**15), "i2"), np.array([[-(2**15), -(2**15), 2**15 - 1, 2**15 - 1]], "i2").T, 15
    )


@test("words", points=1)
def too_large_words(answer, rng):
    """What is too large for a word becomes the largest one, or the least."""
    for FL in (0, 4, 9):
        A = np.array([[300, 300], [-300, -300], [17, 40]], "i2")
        ask_words(answer, A, int16(rng, 20000, 30000, 2, 3), FL)
    ask_words(answer, np.array([[-(2**15)]], "i2"), np.array([[1, 2]], "i2"), 0)


@test("limits", points=2)
def steps_until_a_weight_moves(answer, rng):
    """The average number of steps until a weight moves for the first time."""
    cases = [(0.25, 0), (0.75, 0), (0.5, 0), (1.5, 0), (2.0**-10, 8), (2.0**-9, 8), (2.0**-7, 8), (2.0**-8, 8)]
    cases += [(float(rng.uniform(0.1, 0.45)) / 16, 4), (float(rng.uniform(0.55, 0.95)) / 4, 2)]
    for update, FL in cases:
        gaps = update * 2.0**FL
        expected = (1.0 if gaps >= 0.5 else math.inf, max(1.0, 1 / gaps))
        expect_value(f"waits({update:.6g}, {FL})", answer.waits(update, FL), expected)


@test("limits", points=2)
def bits_of_the_accumulator(answer, rng):
    """Any sum of k products fits, and no bit is spare."""
    cases = [
        (16, 5),
        (16, 1),
        (16, 2),
        (16, 3),
        (16, 4),
        (8, 1),
        (8, 5),
        (1, 1),
        (16, 400),
        (16, 2**18),
        (12, 2**20 - 1),
    ]
    for WL, k in [*cases, (int(rng.integers(2, 30)), int(rng.integers(2, 5000)))]:
        largest, bits = k * 4 ** (WL - 1), 1
        while 2 ** (bits - 1) - 1 < largest:
            bits += 1
        expect_value(f"accumulator_bits({WL}, {k})", answer.accumulator_bits(WL, k), bits)


def ask_step(answer, what, w, dw, scale, eta):
    asked = f"scaled_step(w, dw, {scale:g}, {eta:g}) with {what}"
    came = answer.scaled_step(w, dw, scale, eta)
    if not isinstance(came, (tuple, list)) or len(came) != 2:
        raise Failed(asked, "two things, the new weights and the scale", describe(came))
    finite = bool(np.isfinite(dw).all())
    step = eta * dw.astype("f8") / scale if finite else np.zeros(w.shape)
    bound = 2.0**-22 * (np.abs(w) + np.abs(step)) if finite else np.zeros(w.shape)
    expect_close(f"the weights of {asked}", came[0], w.astype("f8") - step, bound)
    if came[0].dtype != np.float32:
        raise Failed(f"the weights of {asked}", "an array of float32", describe(came[0]))
    expect_value(f"the scale of {asked}", came[1], float(scale if finite else scale / 2))


@test("scaled", points=2)
def the_step_of_the_loss_itself(answer, rng):
    """The step is that of the loss itself, in float32 from the gradient to the weights."""
    normal = lambda: rng.normal(size=(3, 4)).astype("f4")  # noqa: E731
    ask_step(answer, "a scale of 1", normal(), normal().astype("f2"), 1.0, 0.25)
    ask_step(
        answer, "weights near 1", 1 + 0.5 * rng.random((4, 5), "f4"), normal().reshape(-1)[:5].astype("f2"), 8.0, 0.5
    )
    ask_step(answer, "small gradients", 1e-8 * normal(), (0.01 * normal()).astype("f2"), 2.0**20, 1.0)
    large = (rng.uniform(3e4, 6e4, 7) * rng.choice([-1, 1], 7)).astype("f2")
    ask_step(answer, "large gradients", rng.normal(size=7).astype("f4"), large, 2.0**14, 16.0)


@test("scaled", points=2)
def overflow(answer, rng):
    """After an overflow the step is left out, and the scale halved."""
    for spoiled in (np.inf, -np.inf, np.nan):
        for count in (6, 1):
            w, dw = rng.normal(size=6).astype("f4"), rng.normal(size=6).astype("f2")
            dw[rng.permutation(6)[:count]] = spoiled
            ask_step(answer, f"{count} of 6 gradients {spoiled}", w, dw, 2.0 ** int(rng.integers(3, 20)), 0.5)
    ask_step(answer, "2 of 2 gradients inf", np.ones(2, "f4"), np.full(2, np.inf, "f2"), 1.0, 0.5)
