"""Tests of exercise 07. The multiplications are made here, between two calls of the answer: it makes none of them."""

from fractions import Fraction

import numpy as np

from course_lib.grading.spec import Failed, describe, expect_close, expect_value, forbid, test

RULES = [
    forbid("matrices", "course_lib.conv", instead="These are the course's own matrices: make them from the points."),
    forbid("gain", "course_lib.conv", instead="This asks the course's own count: count tiles and transforms yourself."),
]
EXACT = 2.0**-40  # of the largest sum of absolute products: more than any honest order of additions is off


def array(asked, came, shape):
    """What came, as an array of that shape; lists and tuples of numbers may stand for one. Raises Failed."""
    try:
        found = np.array(came, np.float64)
    except (TypeError, ValueError):
        found = None
    if found is None or came is None or found.shape != shape:
        size = f"{shape[0]} numbers" if len(shape) == 1 else f"an array of shape {shape}"
        what = f"an array of shape {found.shape}" if found is not None and found.ndim else describe(came)
        missing = ": nothing was returned; is a return missing?" if came is None else ""
        raise Failed(asked, size, f"{what}{missing}")
    return found


def correlate(d, g):
    """Of one plane, and its sum of absolute products."""
    windows = np.lib.stride_tricks.sliding_window_view(d, g.shape)
    axes = tuple(range(-g.ndim, 0))
    return (windows * g).sum(axes), (abs(windows) * abs(g)).sum(axes)


def parts(answer, kind, cases):
    """For each (filters g, data d), one of each a channel: sums over channels of products of what the answer made of
    g and of d, transformed back."""
    for g, d in cases:
        shape = (4,) * g[0].ndim
        filters, tiles = (
            [array(name, getattr(answer, name)(each), shape) for each in given]
            for name, given in ((f"filter_{kind}", g), (f"data_{kind}", d))
        )
        products = sum(u * v for u, v in zip(filters, tiles, strict=True))
        expected, size = (sum(values) for values in zip(*map(correlate, d, g), strict=True))
        asked = f"result_{kind} of the products for {_said(g, d)}"
        came = array(asked, getattr(answer, f"result_{kind}")(products), expected.shape)
        expect_close(asked, came, expected, np.full(size.shape, EXACT * (size.max() + abs(products).max())))


def _said(g, d):
    if len(g) > 1:
        return f"{len(g)} channels of random numbers, summed"
    if abs(g[0]).sum() == abs(d[0]).sum() == 1:
        return f"g all 0 but a 1 at {_place(g[0])}, d all 0 but a 1 at {_place(d[0])}"
    return f"g = {g[0].tolist()}, d = {d[0].tolist()}"


def _place(ones):
    return ", ".join(f"[{', '.join(map(str, map(int, place)))}]" for place in np.argwhere(ones))


def units(shape_g, shape_d):
    """Every filter with a single 1, with every tile that has a single 1."""
    for i in range(np.prod(shape_d)):
        for k in range(np.prod(shape_g)):
            yield [np.eye(np.prod(shape_g))[k].reshape(shape_g)], [np.eye(np.prod(shape_d))[i].reshape(shape_d)]


def random_cases(rng, channels, shape_g, shape_d, count=4):
    for _ in range(count):
        yield rng.normal(size=(channels, *shape_g)), rng.normal(size=(channels, *shape_d))


@test("short", points=2)
def four_products_give_two_results(answer, rng):
    """Each tap meets each element as it should."""
    parts(answer, "part", units((3,), (4,)))


@test("short", points=2)
def channels_are_summed_before_the_way_back(answer, rng):
    """Any numbers, and sums of products over channels."""
    parts(answer, "part", ((g.round(2), d.round(2)) for g, d in random_cases(rng, 1, (3,), (4,))))
    parts(answer, "part", random_cases(rng, 5, (3,), (4,)))


@test("tile", points=2)
def sixteen_products_give_four_results(answer, rng):
    """Each tap meets each element of the tile as it should."""
    places = list(units((3, 3), (4, 4)))
    chosen = [places[i] for i in sorted(rng.choice(len(places), 40, replace=False))]
    parts(answer, "tile", [places[0], *chosen])


@test("tile", points=2)
def channels_of_tiles_are_summed_before_the_way_back(answer, rng):
    """Any numbers, and sums of products over channels."""
    parts(answer, "tile", random_cases(rng, 5, (3, 3), (4, 4)))


def transformed(answer, asked, x, w):
    """(filters(w), data(x)), of the right shapes."""
    (C, H, W), K = x.shape, len(w)
    T = -(-(H - 2) // 2) * -(-(W - 2) // 2)
    return (
        array(f"filters(w) of {asked}", answer.filters(w), (16, K, C)),
        array(f"data(x) of {asked}", answer.data(x), (16, C, T)),
    )


def compare(answer, asked, M, x, w):
    """results(M, H, W) beside the definition."""
    (_, H, W), K = x.shape, len(w)
    found = [[correlate(x[c], w[k, c]) for c in range(len(x))] for k in range(K)]
    expected, size = (np.array([sum(pair[i] for pair in row) for row in found]) for i in (0, 1))
    came = array(f"results(M, {H}, {W}) of {asked}", answer.results(M, H, W), expected.shape)
    expect_close(f"results(M, {H}, {W}) of {asked}", came, expected, np.full(size.shape, EXACT * size.max()))


def layer(answer, rng, C, H, W, K):
    x, w = rng.normal(size=(C, H, W)), rng.normal(size=(K, C, 3, 3))
    asked = f"an image of {C} x {H} x {W} and {K} filters"
    U, V = transformed(answer, asked, x, w)
    compare(answer, asked, U @ V, x, w)


@test("layer", points=2)
def tiles_that_fit(answer, rng):
    """Even sizes: one tile, a row of tiles, a column of them, several channels."""
    for sizes in [
        (1, 4, 4, 1),
        (1, 4, 6, 1),
        (1, 6, 4, 1),
        (1, 4, 10, 1),
        (1, 10, 6, 1),
        (2, 4, 4, 1),
        (1, 4, 4, 2),
        (3, 8, 6, 5),
    ]:
        layer(answer, rng, *sizes)


@test("layer", points=2)
def tiles_that_stick_out(answer, rng):
    """Odd sizes."""
    for sizes in [(1, 5, 4, 1), (1, 4, 5, 1), (1, 3, 3, 1), (2, 7, 5, 3), (2, *map(int, rng.integers(9, 14, 2)), 2)]:
        layer(answer, rng, *sizes)


@test("layer", points=2)
def a_transform_serves_whatever_it_meets(answer, rng):
    """One image with two sets of filters, and one set with two images."""
    images, sets = rng.normal(size=(2, 3, 7, 8)), rng.normal(size=(2, 4, 3, 3, 3))
    asked = "images of 3 x 7 x 8 and sets of 4 filters, two of each"
    pairs = [transformed(answer, asked, x, w) for x, w in zip(images, sets, strict=True)]
    for i, j in ((1, 0), (0, 0), (0, 1)):
        compare(answer, asked, pairs[j][0] @ pairs[i][1], images[i], sets[j])


def whole(asked, came, rows, columns):
    """Rows of whole numbers. Raises Failed."""
    if isinstance(came, np.ndarray):
        came = came.tolist()
    given = came if isinstance(came, (list, tuple)) else []
    lengths = {len(row) if isinstance(row, (list, tuple)) else None for row in given}
    if len(given) != rows or lengths != {columns}:
        even = len(lengths) == 1 and None not in lengths
        raise Failed(
            asked,
            f"{rows} rows of {columns} numbers" if rows > 1 else f"{columns} numbers",
            f"{len(given)} of {lengths.pop()}" if even else describe(came),
        )
    for row in came:
        for number in row:
            if type(number) is not int:
                raise Failed(asked, "whole numbers", f"{describe(number)} in {describe(row)}")
    return came


def toom(answer, rng, points, m, r):
    a, asked = m + r - 1, f"cook_toom({points}, {m}, {r})"
    came = answer.cook_toom(list(points), m, r)
    if not isinstance(came, (tuple, list)) or len(came) != 4:
        none = ": nothing was returned; is a return missing?" if came is None else ""
        raise Failed(asked, "AT, G, BT, f", f"{describe(came)}{none}")
    AT, G, BT = (
        whole(f"{name} of {asked}", rows, *shape)
        for name, rows, shape in zip(("AT", "G", "BT"), came, ((m, a), (a, r), (a, a)), strict=False)
    )
    divide = came[3].tolist() if isinstance(came[3], np.ndarray) else came[3]
    divide = whole(f"f of {asked}", [divide], 1, a)[0]
    if 0 in divide:
        raise Failed(f"f of {asked}", "numbers to divide by", f"{divide}, with a 0")
    for k in range(r):
        for i in range(a):  # a single 1 in d and in g
            for y in range(m):
                terms = (Fraction(AT[y][j] * G[j][k] * BT[j][i], divide[j]) for j in range(a))
                each = f"y{y} by {asked}, for d all 0 but a 1 at {i} and g all 0 but a 1 at {k}"
                if (found := sum(terms, Fraction(0))) != int(i == y + k):
                    raise Failed(each, f"{int(i == y + k)}", f"{found}")


@test("matrices", points=2)
def the_points_of_the_lesson(answer, rng):
    """F(2, 3) from 0, 1, -1, and F(4, 3) from 0, 1, -1, 2, -2."""
    toom(answer, rng, [0], 1, 2)
    toom(answer, rng, [0, 1], 2, 2)
    toom(answer, rng, [0, 1, -1], 2, 3)
    toom(answer, rng, [0, 1, -1, 2, -2], 4, 3)


@test("matrices", points=2)
def any_points_in_any_order(answer, rng):
    """Other points, any numbers of results and taps."""
    for m, r in ((2, 3), (3, 2), (2, 5), (5, 2), (3, 4)):
        toom(answer, rng, [int(p) for p in rng.choice(np.arange(-6, 7), m + r - 2, replace=False)], m, r)


@test("matrices", points=1)
def nothing_but_infinity(answer, rng):
    """One result, or one tap: down to F(1, 1), which has no point but infinity."""
    for points, m, r in ([], 1, 1), ([3], 1, 2), ([-2], 2, 1), ([4, 1], 1, 3), ([2, 5], 3, 1):
        toom(answer, rng, points, m, r)


def tiles(N, H, W, m):
    return N * -(-H // m) * -(-W // m)


LAYERS = [(1, 1, 1, 2, 2), (1, 1, 1, 4, 8), (1, 2, 1, 4, 4), (1, 1, 3, 4, 4), (2, 1, 1, 4, 4), (1, 1, 1, 5, 4)]
LAYERS += [(1, 1, 1, 4, 7), (3, 2, 5, 7, 9), (64, 512, 512, 14, 14), (1, 64, 64, 224, 224)]


@test("gain", points=2)
def multiplications_between_the_transforms(answer, rng):
    """Also where tiles stick out, and with several images."""
    for N, C, K, H, W in [*LAYERS, tuple(map(int, rng.integers(1, 40, 5)))]:
        for m in (2, 4, 3):
            expected = (m + 2) ** 2 * tiles(N, H, W, m) * C * K
            asked = f"multiplications({N}, {C}, {K}, {H}, {W}, {m})"
            expect_value(asked, answer.multiplications(N, C, K, H, W, m), expected)


@test("gain", points=2)
def transforms_are_shared(answer, rng):
    """Each transform is done as often as it must be, and no more."""
    for N, C, K, H, W in [*LAYERS, tuple(map(int, rng.integers(1, 40, 5)))]:
        for m, transforms in ((2, (32, 28, 24)), (4, (156, 72, 100)), (2, tuple(map(int, rng.integers(1, 99, 3))))):
            data, filter_, result = transforms
            T = tiles(N, H, W, m)
            work = (m + 2) ** 2 * T * C * K + data * T * C + filter_ * C * K + result * T * K
            asked = f"gain({N}, {C}, {K}, {H}, {W}, {m}, {data}, {filter_}, {result})"
            expect_value(asked, answer.gain(N, C, K, H, W, m, *transforms), 9 * N * H * W * C * K / work)
