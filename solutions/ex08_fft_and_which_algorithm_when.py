"""Tests of exercise 08. Spectra are multiplied here; those of a layer are made here too, so that they are counted."""

import math

import numpy as np

from course_lib.grading.spec import Failed, describe, expect_close, expect_value, forbid, test

COUNTS = ("course_lib.conv", "course_lib.shapes")
RULES = [forbid("crossover", *COUNTS, instead="This asks the course's own counts: count operations yourself.")]
EXACT = 2.0**-40  # of the largest sum of absolute products: more than transforms of these sizes are off


def array(asked, came, kinds="fiu", shape=None, axes=None):
    """What came, as an array of numbers: of that shape, or with so many axes. Raises Failed."""
    if isinstance(came, (list, tuple)):
        try:
            came = np.array(came)
        except ValueError:
            pass
    fits = isinstance(came, np.ndarray) and came.dtype.kind in kinds
    if not fits or (shape is not None and came.shape != shape) or (axes is not None and came.ndim != axes):
        missing = ": nothing was returned; is a return missing?" if came is None else ""
        real = "" if "c" in kinds else " of real numbers"
        what = f"an array{real} of shape {shape}" if shape is not None else f"an array{real} of {axes} axes"
        raise Failed(asked, what, f"{describe(came)}{missing}")
    return came


def correlate(x, w):
    """Of one plane or line, and its sum of absolute products."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    axes = tuple(range(-w.ndim, 0))
    return (windows * w).sum(axes), (abs(windows) * abs(w)).sum(axes)


def near(asked, came, expected, size):
    """Within what rounding explains. Raises Failed."""
    expect_close(asked, array(asked, came, shape=expected.shape), expected, np.full(expected.shape, EXACT * size.max()))


@test("circle", points=2)
def after_the_last_comes_the_first(answer, rng):
    """All n results, round the circle."""
    for n, r in [
        (1, 1),
        (4, 1),
        (4, 2),
        (5, 3),
        (4, 4),
        (16, 5),
        tuple(sorted(map(int, rng.integers(2, 30, 2))))[::-1],
    ]:
        x, w = (np.round(rng.normal(size=size), 2) for size in (n, r))
        expected, size = correlate(np.concatenate([x, x[: r - 1]]), w)
        near(f"around({x.tolist()}, {w.tolist()})", answer.around(x, w), expected, size)


@test("circle", points=1)
def what_the_circle_spoils(answer, rng):
    """Which results have read the beginning again."""
    for n, r in [(4, 1), (4, 2), (8, 3), (5, 5), (1, 1), tuple(sorted(map(int, rng.integers(2, 30, 2))))[::-1]]:
        expect_value(f"spoiled({n}, {r})", as_list(answer.spoiled(n, r)), tuple(range(n - r + 1, n)))


def as_list(came):
    return came.tolist() if isinstance(came, np.ndarray) else came


@test("circle", points=1)
def how_long_a_circle_must_be(answer, rng):
    """The shortest on which the wanted results are right."""
    cases = [(8, 3, 6), (8, 3, 7), (8, 3, 8), (8, 1, 8), (8, 3, 2), (5, 5, 5), (5, 4, 1)]
    for n, r in zip(*map(np.ndarray.tolist, (rng.integers(9, 30, 3), rng.integers(1, 9, 3))), strict=True):
        cases.append((n, r, int(rng.integers(1, n + 1))))
    for n, r, results in cases:
        asked = f"length_needed({n}, {r}, {results})"
        expect_value(asked, answer.length_needed(n, r, results), max(n, results + r - 1))


def plane(answer, x, w, asked):
    (H, W), (R, S) = x.shape, w.shape
    X = array(f"image_spectrum of {asked}", answer.image_spectrum(x, R, S), "cfiu", axes=2)
    V = array(f"filter_spectrum of {asked}", answer.filter_spectrum(w, H, W), "cfiu", axes=2)
    if X.shape != V.shape:
        raise Failed(f"the spectra of {asked}", "two arrays of the same shape", f"shapes {X.shape} and {V.shape}")
    return X, V


def planes_back(answer, X, V, x, w, asked):
    (H, W), (R, S) = x.shape, w.shape
    came = answer.from_spectrum(X * V, H, W, R, S)
    near(f"from_spectrum of {asked}", came, *correlate(x, w))


@test("plane", points=2)
def one_tap_after_the_other(answer, rng):
    """A filter with a single 1 shifts the image; then any filter."""
    x = rng.normal(size=(4, 6)).round(2)
    for r, s in ((0, 0), (0, 2), (1, 0), (1, 1)):
        w = np.zeros((2, 3))
        w[r, s] = 1
        asked = f"an image of 4 x 6 and a filter of 2 x 3 that is 0 but for a 1 at [{r}, {s}]"
        planes_back(answer, *plane(answer, x, w, asked), x, w, asked)


@test("plane", points=2)
def any_size(answer, rng):
    """Odd and even sizes, filters up to the whole image; a spectrum serves whatever it meets."""
    sizes = [(4, 4, 3, 3), (5, 7, 2, 3), (7, 5, 3, 2), (6, 5, 6, 5), (1, 9, 1, 4), (9, 1, 4, 1), (1, 1, 1, 1)]
    sizes += [(*map(int, rng.integers(8, 20, 2)), *map(int, rng.integers(1, 8, 2)))]
    for H, W, R, S in sizes:
        asked = f"an image of {H} x {W} and a filter of {R} x {S}"
        images, filters = rng.normal(size=(2, H, W)), rng.normal(size=(2, R, S))
        spectra = [plane(answer, x, w, asked) for x, w in zip(images, filters, strict=True)]
        for i, j in ((1, 1), (0, 1)):
            planes_back(answer, spectra[i][0], spectra[j][1], images[i], filters[j], asked)


def layer(answer, rng, N, C, K, H, W, R, S, padding):
    x, w = rng.normal(size=(N, C, H, W)), rng.normal(size=(K, C, R, S))
    asked = f"{N} x {C} x {H} x {W} images, {K} x {C} x {R} x {S} filters, padding {padding}"
    given = (
        array(f"image_planes of {asked}", answer.image_planes(x, padding), axes=4),
        array(f"filter_planes of {asked}", answer.filter_planes(w, H, W, padding), axes=4),
    )
    if given[0].shape[2:] != given[1].shape[2:]:
        sizes = " and ".join(" x ".join(map(str, planes.shape[2:])) for planes in given)
        raise Failed(f"the planes of {asked}", "planes of the same size", f"planes of {sizes}")
    spectra = [np.fft.rfft2(planes) for planes in given]
    Y = array(f"between of {asked}", answer.between(*spectra), "cfiu", axes=4)
    used = [math.prod(planes.shape[:2]) for planes in (*given, Y)]
    if used != [N * C, K * C, N * K]:
        expected = f"{N * C} transforms of images, {K * C} of filters and {N * K} back"
        raise Failed(f"the transforms of {asked}", expected, f"{used[0]}, {used[1]} and {used[2]}")
    back = np.fft.irfft2(Y, given[0].shape[2:])
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    found = [[[correlate(padded[n, c], w[k, c]) for c in range(C)] for k in range(K)] for n in range(N)]
    expected, size = (np.array([[sum(c[i] for c in ks) for ks in ns] for ns in found]) for i in (0, 1))
    near(f"cut_results of {asked}", answer.cut_results(back, R, S), expected, size)


@test("layer", points=2)
def one_channel_without_padding(answer, rng):
    """One image, one filter; then several, each with its own results."""
    for sizes in [(1, 1, 1, 4, 4, 1, 1), (1, 1, 1, 4, 6, 2, 3), (1, 1, 1, 5, 4, 3, 2), (2, 1, 3, 5, 6, 3, 3)]:
        layer(answer, rng, *sizes, 0)


@test("layer", points=2)
def channels_with_as_few_transforms_as_needed(answer, rng):
    """Sums over channels, one transform back for each result."""
    for sizes in [(1, 2, 1, 4, 4, 3, 3), (2, 3, 4, 6, 5, 3, 2), (4, 3, 2, 5, 6, 2, 4)]:
        layer(answer, rng, *sizes, 0)


@test("layer", points=2)
def a_layer_with_padding(answer, rng):
    """Zeros on all four sides."""
    drawn = *map(int, rng.integers(1, 4, 3)), *map(int, rng.integers(5, 11, 2)), *map(int, rng.integers(1, 6, 2))
    for *sizes, padding in [(1, 1, 1, 4, 4, 3, 3, 1), (1, 1, 1, 4, 6, 3, 5, 2), (2, 2, 3, 5, 4, 3, 3, 1), (*drawn, 2)]:
        layer(answer, rng, *sizes, padding)


def tiled(answer, rng, n, r, t):
    x, w, asked = rng.normal(size=n).round(2), rng.normal(size=r).round(2), f"{n} numbers, {r} taps, tiles of {t}"
    tiles = array(f"cut_tiles of {asked}", answer.cut_tiles(x, r, t), shape=(-(-(n - r + 1) // (t - r + 1)), t))
    left = n - (len(tiles) - 1) * (t - r + 1)  # of the signal, for the last tile
    if tiles[-1, left:].any():
        raise Failed(f"cut_tiles of {asked}", "zeros behind the signal", f"{tiles[-1, left:].tolist()} behind it")
    round_each = np.array([correlate(np.concatenate([tile, tile[: r - 1]]), w)[0] for tile in tiles])
    near(f"join of {asked}", answer.join(round_each, n, r), *correlate(x, w))


@test("tiles", points=2)
def tiles_that_fit(answer, rng):
    """One tile, then several that end with the signal."""
    for n, r, t in [(5, 1, 5), (5, 3, 5), (4, 1, 2), (8, 3, 5), (14, 5, 9), (11, 3, 5), (6, 3, 3)]:
        tiled(answer, rng, n, r, t)


@test("tiles", points=2)
def tiles_that_stick_out(answer, rng):
    """The last tile is longer than what is left."""
    drawn = int(rng.integers(20, 60)), int(rng.integers(2, 8)), int(rng.integers(8, 20))
    for n, r, t in [(3, 2, 5), (3, 3, 5), (9, 3, 5), (10, 3, 5), (7, 1, 4), (16, 5, 9), (30, 7, 16), drawn]:
        tiled(answer, rng, n, r, t)


LAYERS = [  # N, C, H, W and K
    ((2, 3, 4, 4), 5),  # the first tells every mistake from every other
    *(((1, 1, 4, 4), 1), ((1, 1, 4, 8), 1), ((2, 1, 4, 4), 1), ((1, 3, 4, 4), 1), ((1, 1, 4, 4), 5), ((1, 1, 5, 7), 1)),
    *(((2, 3, 8, 6), 5), ((128, 3, 128, 128), 96), ((128, 64, 64, 64), 128), ((128, 384, 13, 13), 384)),
]


def operations(x, K):
    N, C, H, W = x
    transforms = 2.5 * (N * C + K * C + N * K) * H * W * math.log2(H * W)
    return transforms + 8.0 * H * (W // 2 + 1) * N * C * K


def products(x, K, R, S):
    N, C, H, W = x
    return 2 * N * C * K * (H - R + 1) * (W - S + 1) * R * S


def drawn(rng, least):
    return tuple(map(int, rng.integers(least, 60, 4))), int(rng.integers(least, 60))


@test("crossover", points=1)
def operations_of_the_definition(answer, rng):
    """Two for each product."""
    for x, K in [*LAYERS, drawn(rng, 4)]:
        for R, S in ((1, 1), (3, 3), (3, 4), (2, 1)):
            w = (K, x[1], R, S)
            expect_value(f"by_definition({x}, {w})", answer.by_definition(x, w), products(x, K, R, S))


@test("crossover", points=2)
def operations_by_spectra(answer, rng):
    """Transforms that are shared, and what lies between."""
    for x, K in [*LAYERS, drawn(rng, 2)]:
        w = (K, x[1], *map(int, rng.integers(1, 4, 2)))
        expect_value(f"by_fft({x}, {w})", answer.by_fft(x, w), operations(x, K))


@test("crossover", points=2)
def where_the_fft_overtakes(answer, rng):
    """The smallest odd size with fewer operations, or 0."""
    cases = [*LAYERS, ((8, 8, 32, 32), 8), ((64, 64, 32, 40), 64), ((2, 2, 30, 21), 2), ((1, 3, 32, 32), 50)]
    cases.append(((4, 120, 8, 8), 12))  # at R = 3 both have as many
    for x, K in [*cases, *(drawn(rng, 3) for _ in range(6))]:
        largest = min(x[2:])
        first = next((R for R in range(3, largest + 1, 2) if operations(x, K) < products(x, K, R, R)), 0)
        for most in {largest, first, max(1, first - 1), min(first + 1, largest)} - {0}:
            asked = f"crossover({x}, {K}, {most})"
            expect_value(asked, answer.crossover(x, K, most), first if first <= most else 0)
