"""Tests of exercise 11. Each tries what is simplest first, and adds one difficulty at a time."""

import numpy as np

from course_lib.grading.spec import Failed, describe_answer, expect_close, expect_value, forbid, test

COUNTED = ("torch", "course_lib.nn", "course_lib.conv", "course_lib.shapes", "scipy")
RULES = [
    forbid(question, *COUNTED, instead="A library counts or differentiates here; work it out yourself.")
    for question in ("conv", "partial", "inception", "field", "block")
]
CLOSE = 1e-11  # of the largest sum of terms: float64 is far better, finite differences are far worse


def some(rng, low, high):
    return int(rng.integers(low, high))


def convolution(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down, across = ((n + 2 * padding - size) // stride + 1 for n in (height, width))
    weights = channels // groups * size * size
    return filters * (weights + 1), filters * down * across * weights, filters * down * across


def expect_count(answer, case):
    expect_value(f"convolution_count{case!r}", answer.convolution_count(*case), convolution(*case))


@test("conv", points=2)
def plain_convolution(answer, rng):
    """Parameters, MACs and activations are right with stride 1, without padding and groups."""
    cases = [(2, 1, 1, 1, 1), (1, 1, 1, 1, 1), (1, 1, 1, 3, 1), (1, 3, 3, 1, 3), (1, 4, 6, 1, 3), (3, 9, 7, 4, 2)]
    for case in [*cases, (some(rng, 3, 9), some(rng, 20, 30), some(rng, 31, 40), some(rng, 10, 20), 5)]:
        expect_count(answer, (*case, 1, 0, 1))


@test("conv", points=2)
def stride_padding_and_groups(answer, rng):
    """They are right with padding, with a stride that leaves a rest, and with groups."""
    cases = [(1, 3, 3, 1, 3, 1, 1, 1), (1, 2, 5, 1, 3, 1, 2, 1), (1, 5, 5, 1, 3, 2, 0, 1), (1, 8, 6, 1, 3, 2, 0, 1)]
    cases += [(2, 1, 1, 2, 1, 1, 0, 2), (6, 1, 1, 4, 1, 1, 0, 2), (6, 5, 8, 4, 3, 2, 1, 2)]
    cases += [(3, 227, 227, 96, 11, 4, 0, 1), (96, 27, 27, 256, 5, 1, 2, 2)]
    groups, size = some(rng, 2, 5), some(rng, 2, 6)
    fresh = (3 * groups, some(rng, 20, 40), some(rng, 41, 60), 5 * groups, size, some(rng, 2, 4), 1, groups)
    for case in [*cases, fresh]:
        expect_count(answer, case)


def table_of(rng, filters, maps):
    return [sorted(map(int, rng.choice(maps, some(rng, 1, maps), replace=False))) for _ in range(filters)]


@test("partial", points=3)
def table_is_followed(answer, rng):
    """Weights, one bias a filter, and every term of every sum are counted."""
    cases = [([[0]], 1, 1, 1), ([[0, 1]], 1, 1, 1), ([[0], [1]], 1, 1, 1), ([[0], [0, 1]], 1, 1, 1)]
    cases += [([[0]], 3, 3, 3), ([[0]], 3, 3, 5), ([[0, 2], [1], [0, 1, 2]], 2, 5, 4)]
    for table, size, height, width in [*cases, (table_of(rng, 8, 6), some(rng, 2, 6), 9, some(rng, 10, 20))]:
        parameters = sum(len(maps) * size * size + 1 for maps in table)
        expected = parameters, parameters * (height - size + 1) * (width - size + 1)
        asked = f"partial_count({table}, {size}, {height}, {width})"
        expect_value(asked, answer.partial_count(table, size, height, width), expected)


def inception(channels, height, width, one, reduce3, three, reduce5, five, pool):
    layers = [(channels, one, 1), (channels, reduce3, 1), (reduce3, three, 3)]
    layers += [(channels, reduce5, 1), (reduce5, five, 5), (channels, pool, 1)]
    counts = [convolution(c, height, width, k, size, 1, size // 2) for c, k, size in layers]
    return sum(c[0] for c in counts), sum(c[1] for c in counts), one + three + five + pool


def modules(rng):
    yield 1, 1, 1, 1, 1, 1, 1, 1, 1
    yield 2, 1, 1, 1, 1, 1, 1, 1, 1
    yield 1, 1, 1, 1, 3, 5, 1, 1, 1
    yield 1, 1, 1, 1, 1, 1, 3, 5, 7
    yield 2, 3, 4, 3, 4, 5, 6, 7, 8
    yield 192, 28, 28, 64, 96, 128, 16, 32, 32
    yield tuple(some(rng, 2, 40) for _ in range(9))


@test("inception", points=2)
def parameters_and_maps_of_a_module(answer, rng):
    """The parameters of all six convolutions, and the maps that go out, are right."""
    for case in modules(rng):
        asked, came = f"inception_count{case!r}", answer.inception_count(*case)
        if not isinstance(came, (tuple, list)) or len(came) != 3:
            raise Failed(asked, "three numbers", describe_answer(came, ()))
        parameters, _, maps = inception(*case)
        expect_value(f"parameters and maps of {asked}", (came[0], came[2]), (parameters, maps))


@test("inception", points=2)
def macs_of_a_module(answer, rng):
    """Its multiplications are right."""
    for case in modules(rng):
        asked, came = f"inception_count{case!r}", answer.inception_count(*case)
        if not isinstance(came, (tuple, list)) or len(came) != 3:
            raise Failed(asked, "three numbers", describe_answer(came, ()))
        expect_value(f"MACs of {asked}", came[1], inception(*case)[1])


@test("field", points=3)
def pixels_that_a_unit_sees(answer, rng):
    """The pixels seen, and the step between neighbours, are right for any layers."""
    cases = [
        [],
        [(1, 1)],
        [(3, 1)],
        [(3, 1), (3, 1)],
        [(2, 2)],
        [(2, 1), (3, 2), (2, 1)],
        [(1, 2), (3, 1)],
        [(5, 1), (2, 2), (5, 1), (2, 2)],
    ]
    cases += [[(11, 4), (3, 2), (5, 1), (3, 2), (3, 1)], [(7, 2), (3, 2), (3, 1), (3, 2)]]
    for layers in [*cases, [(some(rng, 2, 8), some(rng, 1, 4)) for _ in range(6)]]:
        seen, step = 1, 1
        for size, stride in layers:
            seen, step = seen + (size - 1) * step, step * stride
        expect_value(f"receptive_field({layers})", answer.receptive_field(layers), (seen, step))


def blocks(rng):
    """(asked, x, w1, w2, dy), the simplest first."""
    one = np.ones((1, 1))
    yield "x = w1 = w2 = dy = [[2]]", 2 * one, 2 * one, 2 * one, 2 * one
    yield "x = dy = [[2]], w1 = [[-1]], w2 = [[3]]", 2 * one, -one, 3 * one, 2 * one
    yield "x = dy = [[2]], w1 = [[2]], w2 = [[-3]]", 2 * one, 2 * one, -3 * one, 2 * one
    yield "x = dy = [[2]], w1 = [[1]], w2 = [[-1]], where y is 0 exactly", 2 * one, one, -one, 2 * one
    yield (
        "x = dy = [[1, 1]], w1 = [[1, -1]], w2 = [[2], [3]]",
        np.ones((1, 2)),
        np.array([[1.0, -1]]),
        np.array([[2.0], [3]]),
        np.ones((1, 2)),
    )
    for n, c, m in [(1, 2, 3), (3, 4, 2), tuple(map(int, rng.integers(5, 12, 3)))]:
        x, dy = rng.normal(size=(2, n, c))
        yield f"x {n} x {c}, w1 {m} x {c}", x, rng.normal(size=(m, c)), rng.normal(size=(c, m)), dy


def residual(answer, rng, parts):
    for given, x, w1, w2, dy in blocks(rng):
        asked = f"block_backward(x, w1, w2, dy) with {given}"
        came = answer.block_backward(x, w1, w2, dy)
        if not isinstance(came, (tuple, list)) or len(came) != 3:
            raise Failed(asked, "three arrays, (dx, dw1, dw2)", describe_answer(came, x))
        a = x @ w1.T
        h = np.maximum(a, 0)
        ds = dy * (x + h @ w2.T > 0)
        da = ds @ w2 * (a > 0)
        expected = {"dx": ds + da @ w1, "dw1": da.T @ x, "dw2": ds.T @ h}
        of = np.abs(dy) @ np.abs(w2)
        terms = {"dx": np.abs(dy).max() + (of @ np.abs(w1)).max(), "dw1": (of.T @ np.abs(x)).max()}
        terms["dw2"] = (np.abs(dy).T @ h).max()
        for number, name in enumerate(expected):
            if name in parts:
                bound = np.full(expected[name].shape, CLOSE * max(terms[name], 1e-300))
                expect_close(f"{name} of {asked}", came[number], expected[name], bound)


@test("block", points=2)
def gradients_of_the_weights(answer, rng):
    """dw1 and dw2 are right."""
    residual(answer, rng, {"dw1", "dw2"})


@test("block", points=3)
def both_ways_to_x(answer, rng):
    """dx is the sum of what comes by the shortcut and through the layers."""
    residual(answer, rng, {"dx"})
