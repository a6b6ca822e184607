"""What is said of an algorithm is what it does: its products as they are called, its memory as it is taken."""

import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import scipy.fft
from conv_cases import CASES, Case, Products, dilated, strided, truth

from course_lib.conv import accuracy, cook_toom, fastest, problem
from course_lib.conv.algorithms import ALGORITHMS, FAST, Algorithm
from course_lib.conv.layers import LAYERS
from course_lib.conv.spot_check import SpotCheck
from course_lib.errors import UserError
from course_lib.stopwatch import Clock, WrongResult

named = pytest.mark.parametrize("name", FAST)
SIMPLE = [case for case in CASES if not strided(case) and not dilated(case)]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("name", ["im2col", "im2col, textbook"])
def test_im2col_multiplies_what_the_definition_does(name, case, monkeypatch):
    x, w, *_ = truth(case, "f4")
    products = Products(monkeypatch)
    y = ALGORITHMS[name].forward(x, w, *case.options)
    taps = [0 for n, k, p, q in np.ndindex(y.shape) for c, r, s in np.ndindex(w.shape[1:])]  # one by one
    for algorithm in (ALGORITHMS[name], ALGORITHMS["direct"]):
        count = algorithm.count(case.x, case.w, *case.options)
        assert count.multiplications == products.multiplications == len(taps)
        assert count.flops == 2 * len(taps)


@pytest.mark.parametrize("case", SIMPLE, ids=str)
@pytest.mark.parametrize("name", ["F(2x2)", "F(4x4)"])
def test_winograd_multiplies_what_it_says_and_transforms_too(name, case, monkeypatch):
    x, w, *_ = truth(case, "f4")
    products, count = Products(monkeypatch), ALGORITHMS[name].count(case.x, case.w, *case.options)
    y = ALGORITHMS[name].forward(x, w, *case.options)
    over_channels = sum(a[-1] * math.prod(c) for a, _, c in products.of(4))
    assert count.multiplications == over_channels and count.flops == 2 * products.multiplications
    if not x.size:
        return
    matrices = sum(math.prod(a) for a, b, c in products.shapes if len(c) == 2)
    m, (_, _, P, Q), tiles = int(name[2]), y.shape, sum(math.prod(b) for _, b, c in products.of(2)[1::2])
    padded = math.prod(x.shape[:2]) * math.prod(
        -(-p // m) * m + r - 1 for p, r in zip((P, Q), w.shape[2:], strict=True)
    )
    words = products.words(products.shapes) - matrices + 2 * tiles + x.size + padded + 2 * y.size
    assert count.words == words


def _watched(transform, seen):
    def watched(array, *shape, **named):
        seen.append(array.shape)
        return transform(array, *shape, **named)

    return watched


@pytest.mark.parametrize("case", [case for case in CASES if not strided(case) and case.x[0]], ids=str)
@pytest.mark.parametrize("name", ["FFT", "FFT by tiles of 32"])
def test_the_fft_multiplies_spectra_and_goes_back_once_for_each_result(name, case, monkeypatch):
    x, w, *_ = truth(case, "f4")
    products, planes = Products(monkeypatch), {"rfft2": [], "irfft2": []}
    for transform, seen in planes.items():
        monkeypatch.setattr(scipy.fft, transform, _watched(getattr(scipy.fft, transform), seen))
    y = ALGORITHMS[name].forward(x, w, *case.options)
    count, ((size, _), (back,)) = ALGORITHMS[name].count(case.x, case.w, *case.options), planes.values()
    assert count.multiplications == 4 * products.multiplications  # of numbers, for one of complex numbers
    tiles = math.prod(back[2:]) // (y.shape[0] * y.shape[1])
    assert math.prod(back[2:]) == tiles * y.shape[0] * y.shape[1]  # not multiplied by channels
    points = size[0] * size[1]
    transforms = sum(math.prod(shape[2:]) for shape in (*planes["rfft2"], back))
    real, spectra = points * transforms, back[0] * back[1] * transforms
    conjugated = 2 * 2 * math.prod(products.shapes[0][1])
    assert count.words == x.size + w.size + y.size + 2 * real + 2 * spectra + 2 * products.words(products.shapes) + (
        conjugated
    )
    assert count.flops == 8 * products.multiplications + round(2.5 * points * math.log2(max(points, 2)) * transforms)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_im2col_moves_the_words_it_says(case, monkeypatch):
    x, w, *_ = truth(case, "f4")
    products, count = Products(monkeypatch), ALGORITHMS["im2col"].count(case.x, case.w, *case.options)
    y = ALGORITHMS["im2col"].forward(x, w, *case.options)
    words = products.words(products.shapes)
    if products.of(3):  # not x itself as the matrix
        columns, results = (sum(math.prod(three[i]) for three in products.shapes) for i in (1, 2))
        assert (columns, results) == (y.size * math.prod(w.shape[1:]) * case.groups // len(w), y.size)
        copied = case.x[0] > 1  # a product for several images at once lies in another order than y
        words += 2 * columns + 2 * results * copied + 2 * x.size * (case.padding != 0)
    assert count.words == words


LARGE = {
    "im2col": Case((9, 16, 40, 44), (24, 16, 3, 3), padding=1),
    "im2col, textbook": Case((2, 16, 40, 44), (24, 16, 3, 3), padding=1),
    "direct": Case((4, 16, 60, 44), (24, 16, 3, 3), padding=1),
    "F(2x2)": Case((4, 32, 40, 44), (48, 32, 3, 3), padding=1),
    "F(4x4)": Case((4, 32, 40, 44), (48, 32, 3, 3), padding=1),
    "FFT": Case((8, 16, 27, 29), (24, 16, 5, 5), padding=2),
    "FFT by tiles of 32": Case((4, 8, 60, 70), (12, 8, 5, 5), padding=2),
}


@pytest.mark.parametrize("name", LARGE)
def test_an_algorithm_takes_the_memory_it_says(name):
    case, rng = LARGE[name], np.random.default_rng(0)
    x, w = (rng.standard_normal(shape, np.float32) for shape in (case.x, case.w))
    ALGORITHMS[name].forward(x, w, *case.options)
    tracemalloc.start()
    try:
        y = ALGORITHMS[name].forward(x, w, *case.options)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    said = ALGORITHMS[name].count(case.x, case.w, *case.options).workspace + y.nbytes
    assert 0.7 * said <= peak <= 1.3 * said  # a copy that SciPy's inverse makes is seen by nobody


@pytest.mark.parametrize(("name", "m", "fewer"), [("F(2x2)", 2, 2.25), ("F(4x4)", 4, 4)])
def test_winograd_multiplies_so_many_times_less(name, m, fewer):
    shapes = (2, 5, 3 * m, 5 * m), (7, 5, 3, 3)
    few, many = (ALGORITHMS[n].count(*shapes, padding=1).multiplications for n in (name, "direct"))
    assert many == fewer * few


LAVIN = {  # the paper's matrices, read from its pages
    2: (
        [[1, 1, 1, 0], [0, 1, -1, -1]],
        [[1, 0, 0], ["1/2", "1/2", "1/2"], ["1/2", "-1/2", "1/2"], [0, 0, 1]],
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
    ),
    4: (
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
        [["1/4", 0, 0], ["-1/6", "-1/6", "-1/6"], ["-1/6", "1/6", "-1/6"], ["1/24", "1/12", "1/6"],
         ["1/24", "-1/12", "1/6"], [0, 0, 1]],
        [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0],
         [0, 4, 0, -5, 0, 1]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("m", LAVIN)
def test_the_matrices_are_lavins_up_to_the_sign_of_a_row_in_two_of_them(m):
    theirs = [np.array([[Fraction(v) for v in row] for row in matrix]) for matrix in LAVIN[m]]
    AT, G, BT = (np.array(matrix) for matrix in cook_toom.transforms(m, 3))
    for j in range(m + 2):
        ours, other = ((A[:, j], g[j], b[j]) for A, g, b in ((AT, G, BT), theirs))
        signs = [1 if (a == b).all() else -1 for a, b in zip(ours, other, strict=True)]
        assert all((a == sign * b).all() for a, b, sign in zip(ours, other, signs, strict=True))
        assert math.prod(signs) == 1


@pytest.mark.parametrize("r", [1, 2, 3, 5, 11])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 7, 12])
def test_f_of_m_and_r_is_exact_with_m_plus_r_minus_1_multiplications(m, r):
    AT, G, BT = cook_toom.transforms(m, r)
    assert (len(AT), len(AT[0]), len(G), len(G[0]), len(BT)) == (m, m + r - 1, m + r - 1, r, m + r - 1)
    g, d = [Fraction(k * k + 1, 3) for k in range(r)], [Fraction(i**3 - 7 * i + 2, 5) for i in range(m + r - 1)]

    def times(matrix, v):
        return [sum(a * b for a, b in zip(row, v, strict=True)) for row in matrix]

    y = times(AT, [a * b for a, b in zip(times(G, g), times(BT, d), strict=True)])
    assert y == [sum(g[k] * d[i + k] for k in range(r)) for i in range(m)]


def test_transforms_have_the_instructions_of_lavins_table():
    assert cook_toom.instructions(2, 3) == (32, 28, 24) and cook_toom.instructions(4, 3) == (156, 72, 100)
    assert cook_toom.instructions(6, 3).inverse == 280 and cook_toom.instructions(3, 3).inverse == 56


@pytest.mark.parametrize(("m", "r"), [(2, 3), (3, 3), (4, 3), (2, 5), (4, 5)])
def test_a_transform_needs_no_more_instructions_than_its_numbers_tell(m, r):
    """Not below one addition for each term beyond the first that no other row has; not above one for each number."""
    for matrix, count, width in zip(
        cook_toom.transforms(m, r), reversed(cook_toom.instructions(m, r)), (m, r, m + r - 1), strict=True
    ):
        numbers = sum(v != 0 for row in matrix for v in row)
        assert count <= (m + r - 1 + width) * numbers


@pytest.mark.parametrize("seed", [0, 1])
def test_errors_are_in_the_order_of_lavin_and_grays_table(seed):
    for row in accuracy.table({"small": 32, "VGG 1.2": 64, "VGG 3.2": 256}, image=10, filters=4, seed=seed):
        assert row.f2 < row.direct < row.f4 < row.half, row
        assert row.half / row.f4 > 10


def test_a_spot_check_finds_one_wrong_tile():
    case = Case((2, 4, 16, 18), (6, 2, 3, 3), padding=1, groups=2)
    x, w, _, results, _ = truth(case, "f4")
    check, y = SpotCheck(x, w, problem.sizes(case.x, case.w, *case.options), count=200), results["forward"]
    assert check(y) and check(y.astype("f4")) and not check(y[:, :, 1:])
    for wrong in ((0, 0, slice(0, 2), slice(0, 2)), (1, 5, slice(-4, None), slice(-4, None)), (1, slice(None), 3)):
        other = y.copy()
        other[wrong] += 0.1
        assert not check(other)


def told(seconds):
    return Clock("told", lambda run: (run(), seconds))


def test_the_fastest_is_measured_until_the_time_is_up():
    sizes = {"kernels": (1, 3), "channels": (2,), "batches": (1, 2), "images": (6, 9)}
    points = fastest.measure(**sizes, seconds=1000, rounds=1, clock=told(0.5))
    assert len(points) == 8 and set(points[-1].seconds) == set(FAST) and set(points[-1].ratio.values()) == {1}
    works = [p.kernel**2 * p.batch * p.image**2 for p in points]
    assert works == sorted(works) and points[0][:4] == (1, 2, 1, 6)
    assert fastest.measure(**sizes, seconds=0, clock=told(0.5)) in ([], points[:1])


def test_the_best_is_the_one_with_the_least_ratio_and_who_refuses_is_left_out():
    times = iter([4.0, 1.0, 2.0])
    clock = Clock("told", lambda run: (run(), next(times)))
    (point,) = fastest.measure((11,), (2,), (1,), (12,), 1000, 1, clock=clock)
    assert point.best == "FFT" and point.ratio == {"im2col": 1, "FFT": 0.25, "FFT by tiles of 32": 0.5}


def test_a_wrong_algorithm_has_no_speed():
    class Wrong(Algorithm):
        def forward(self, x, w, **named):
            return super().forward(x, w, **named) + 1

    with pytest.raises(WrongResult, match="'wrong'"):
        fastest.measure((3,), (2,), (1,), (6,), algorithms={"wrong": Wrong(FAST["im2col"].module)})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kernels": (2,)}, "odd"),
        ({"images": ()}, "images"),
        ({"batches": (0,)}, "at least 1"),
        ({"channels": 4}, "but 4 came"),
    ],
)
def test_sizes_that_make_no_map_are_refused_in_a_sentence(given, words):
    with pytest.raises(UserError, match=words):
        fastest.measure(**given)


def test_the_layers_are_those_of_the_papers():
    macs = {}
    for name, layer in LAYERS.items():
        conv = problem.sizes(layer.x(1), layer.w, layer.stride, layer.padding)
        macs[name] = math.prod(conv.y) * math.prod(layer.w[1:])
    assert sum(n for name, n in macs.items() if "AlexNet" in name) == 655_566_528  # 656 M a picture
    assert macs["VGG 3.2"] == 56 * 56 * 256 * 256 * 9 and macs["VGG 4.2"] == macs["VGG 3.2"]
