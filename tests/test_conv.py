"""Every algorithm of convolution is the definition's, forward and backward, and says what it cannot do."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conv_cases import CASES, Case, assert_right, call, dilated, strided, truth

from course_lib.conv import accuracy, batch_last, direct, fft, im2col, problem, winograd, workspace
from course_lib.conv.algorithms import ALGORITHMS, Algorithm
from course_lib.errors import UserError
from course_lib.gradcheck import check_gradient
from course_lib.shapes import conv_bytes, conv_flops, conv_size

EVERY = {
    **ALGORITHMS,
    "F(1x1)": Algorithm(winograd, {"m": 1}),
    "F(3x3)": Algorithm(winograd, {"m": 3}),
    "FFT by tiles of 9": ALGORITHMS["FFT"]._replace(options={"tile": 9}),
}
FUNCTIONS = ("forward", "grad_x", "grad_w")
ALLOWED = {"f4": 1e-5, "f8": 1e-13}  # of the sum of absolute products
named = pytest.mark.parametrize("name", EVERY)


def takes(name, case):
    return not (strided(case) and name[0] == "F") and not (dilated(case) and name[:2] == "F(")


@named
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_every_algorithm_agrees_with_torch_forward_and_backward(name, case, dtype):
    if not takes(name, case):
        option = "stride" if strided(case) else "dilation"
        for function in FUNCTIONS:
            with pytest.raises(problem.ConvError, match=f"needs {option} 1, but .* im2col takes any {option}"):
                call(EVERY[name], function, case, truth(case, dtype)[:3])
        return
    found = truth(case, dtype)
    before = [array.copy() for array in found[:3]]
    for function in FUNCTIONS:
        got = call(EVERY[name], function, case, found[:3])
        assert got.dtype == dtype and got.flags.c_contiguous
        assert_right(got, found.results[function], found.sizes[function], ALLOWED[dtype], function)
    assert all((array == old).all() for array, old in zip(found[:3], before, strict=True))


@pytest.mark.parametrize("name", ["im2col", "F(2x2)", "F(4x4)"])
@pytest.mark.parametrize("block", [1, 3000, 20000])
@pytest.mark.parametrize("case", CASES[2:6] + CASES[-3:], ids=str)
def test_blocks_of_any_size_give_the_same(name, block, case, monkeypatch):
    if not takes(name, case):
        return
    monkeypatch.setattr(workspace, "BLOCK", block)
    found = truth(case, "f8")
    for function in FUNCTIONS:
        got = call(EVERY[name], function, case, found[:3])
        assert_right(got, found.results[function], found.sizes[function], ALLOWED["f8"], function)


@named
def test_arrays_in_any_order_in_memory_are_taken(name):
    case = Case((2, 4, 6, 7), (4, 2, 3, 3), padding=1, groups=2)
    found = truth(case, "f8")
    turned = [np.asfortranarray(array) for array in found[:3]]
    for function in FUNCTIONS:
        got = call(EVERY[name], function, case, turned)
        assert_right(got, found.results[function], found.sizes[function], ALLOWED["f8"], function)


@named
def test_gradients_are_the_slopes_of_forward(name):
    rng, algorithm = np.random.default_rng(0), EVERY[name]
    x, w = rng.standard_normal((2, 2, 4, 5)), rng.standard_normal((2, 1, 3, 2))
    options = {"padding": (1, 0), "groups": 2}
    dy = rng.standard_normal(algorithm.forward(x, w, **options).shape)
    gradients = (
        algorithm.grad_x(dy, w, x.shape, **options),
        algorithm.grad_w(x, dy, w.shape, **options),
    )
    check_gradient(lambda x, w: algorithm.forward(x, w, **options), (x, w), gradients, dy, coordinates=20)


def test_the_sequential_definition_has_the_bits_of_a_plain_loop():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 3, 4, 5)).astype("f4"), rng.standard_normal((2, 3, 3, 3)).astype("f4")
    y = np.zeros((1, 2, 2, 3), np.float32)
    for k, p, q in np.ndindex(2, 2, 3):
        for r, s, c in np.ndindex(3, 3, 3):
            y[0, k, p, q] += x[0, c, p + r, q + s] * w[k, c, r, s]
    assert (direct.forward(x, w, sequential=True) == y).all()


@pytest.mark.parametrize("module", [im2col, winograd], ids=lambda module: module.__name__)
def test_a_workspace_is_used_again_and_no_result_lies_in_it(module):
    mine, rng = workspace.Workspace(), np.random.default_rng(0)
    large, small = (rng.standard_normal((n, 3, 9, 9)) for n in (5, 2))
    w = rng.standard_normal((4, 3, 3, 3))
    y = module.forward(large, w, padding=1, workspace=mine)
    kept, size = y.copy(), mine.nbytes
    for x in (small, large, small):
        got = module.forward(x, w, padding=1, workspace=mine)
        np.testing.assert_allclose(got, direct.forward(x, w, padding=1), atol=1e-12)
        dy = rng.standard_normal(got.shape)
        for function, given in (("grad_x", (dy, w, x.shape)), ("grad_w", (x, dy, w.shape))):
            expected = getattr(direct, function)(*given, padding=1)
            np.testing.assert_allclose(
                getattr(module, function)(*given, padding=1, workspace=mine), expected, atol=1e-11
            )
    assert (y == kept).all() and size > 0
    size = mine.nbytes
    module.forward(large, w, padding=1, workspace=mine)
    assert mine.nbytes == size
    module.forward(large.astype("f4"), w.astype("f4"), padding=1, workspace=mine)  # another dtype has its own
    assert (y == kept).all() and mine.nbytes > size


@pytest.mark.parametrize("module", [im2col, winograd], ids=lambda module: module.__name__)
def test_threads_do_not_disturb_each_other(module):
    rng = np.random.default_rng(0)
    xs, w = rng.standard_normal((8, 4, 8, 12, 12)), rng.standard_normal((8, 8, 3, 3))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda x: module.forward(x, w, padding=1), xs))
    for x, y in zip(xs, results, strict=True):
        np.testing.assert_allclose(y, direct.forward(x, w, padding=1), atol=1e-11)


X, W = np.zeros((2, 4, 6, 7)), np.zeros((6, 4, 3, 3))
MISTAKES = {
    "forward(X[0], W)": "the shape of x is NCHW",
    "forward(X, W[0])": "the shape of w is KCRS",
    "forward(X.tolist(), W)": "x: a NumPy or CuPy array was expected, but a list came",
    "forward(X.astype('f4'), W)": "x is a numpy.ndarray of float32 and w is a numpy.ndarray of float64",
    "forward(X.astype(int), W)": "float32 or float64 is needed",
    "forward(X[:, :3], W)": "x has 3 channels in 1 group, so that a filter has 3, but w has 4",
    "forward(X, W, groups=2)": "x has 4 channels in 2 groups, so that a filter has 2, but w has 4",
    "forward(X, W, groups=4)": "groups is an integer that divides channels and filters, but 4 came",
    "forward(X, W, groups=0)": "groups is an integer",
    "forward(X, W, groups=1.0)": "groups is an integer",
    "forward(X, W, 0)": "stride is an integer of at least 1",
    "forward(X, W, (1, 2, 3))": "or a pair of them",
    "forward(X, W, padding=-1)": "padding is an integer of at least 0",
    "forward(X, W, padding='same')": "padding is an integer of at least 0",
    "forward(X, W, dilation=True)": "dilation is an integer of at least 1",
    "forward(X[:, :, :2], W)": "the filters reach over 3 x 3 elements, but the padded image has only 2 x 7",
    "grad_x(X, W, (2, 4, 6, 7))": r"give y of shape \(2, 6, 4, 5\), so dy has that shape, but it has \(2, 4, 6, 7\)",
    "grad_x(X, W, 5)": "the shape of x is NCHW",
    "grad_w(X, X, (6, 4, 3, 3))": r"so dy has that shape, but it has \(2, 4, 6, 7\)",
    "grad_w(X, X, (6, 4, 3))": "the shape of w is KCRS",
    "grad_w(X, X, (6, 4, 3, 0))": "each at least 1",
}


@named
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_in_one_sentence(name, mistake):
    algorithm = EVERY[name]
    functions = {function: getattr(algorithm, function) for function in FUNCTIONS}
    with pytest.raises(UserError, match=MISTAKES[mistake]) as caught:
        eval(mistake, functions | {"X": X, "W": W})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"m": 0}, "m = 0"),
        ({"m": 2.0}, "integers of at least 1, but m = 2.0"),
        ({"m": 15}, "has tiles of 17, and beyond (10 float32|15 float64) loses too many digits"),
        ({"tile": 2}, "at least the filters' reach, here 3"),
        ({"tile": True}, "or None for whole images, but True came"),
        ({"tile": "large"}, "or None for whole images, but 'large' came"),
    ],
)
def test_options_of_one_algorithm_are_checked_in_one_sentence(options, words):
    algorithm = ALGORITHMS["F(2x2)" if "m" in options else "FFT"]._replace(options=options)
    for call_ in (lambda: algorithm.forward(X, W), lambda: algorithm.count(X.shape, W.shape)):
        with pytest.raises(UserError, match=words) as caught:
            call_()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("m", "r"), [(8, 5), (13, 3), (5, 11), (15, 1)])
def test_half_of_the_digits_of_float64_survive_large_tiles(m, r):
    rng = np.random.default_rng(r)
    x, w = rng.standard_normal((1, 3, 23, 19)), rng.standard_normal((2, 3, r, r))
    y = direct.forward(x, w, padding=1)
    half = np.finfo("f8").eps ** 0.5
    assert abs(winograd.forward(x, w, padding=1, m=m) - y).max() < 2 * half * abs(y).max()  # 2: as a BLAS adds
    with pytest.raises(UserError, match="beyond 10 float32"):
        winograd.forward(x.astype("f4"), w.astype("f4"), m=m)


@pytest.mark.parametrize("module", [im2col, winograd, batch_last], ids=lambda module: module.__name__)
def test_what_is_no_workspace_is_refused(module):
    for call_ in (
        lambda: module.forward(X, W, workspace={}),
        lambda: module.grad_x(np.zeros((2, 6, 4, 5)), W, X.shape, workspace=8),
        lambda: module.grad_w(X, np.zeros((2, 6, 4, 5)), W.shape, workspace="large"),
    ):
        with pytest.raises(problem.ConvError, match=r"workspace is a Workspace\(\) of course_lib.conv.workspace"):
            call_()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sizes_flops_and_bytes_are_those_of_the_loops(case):
    conv = problem.sizes(case.x, case.w, *case.options)
    y = truth(case, "f8").results["forward"]
    assert conv.y == y.shape and conv_flops(conv.y, conv.w) == 2 * y.size * case.w[1] * case.w[2] * case.w[3]
    assert conv_bytes(conv.x, conv.w, conv.y, 8) == sum(array.nbytes for array in truth(case, "f8")[:3])
    for size, kernel, stride, padding, dilation, found in zip(
        (conv.H, conv.W), (conv.R, conv.S), conv.stride, conv.padding, conv.dilation, (conv.P, conv.Q), strict=True
    ):
        places = [i for i in range(0, size + 2 * padding, stride) if i + dilation * (kernel - 1) < size + 2 * padding]
        assert len(places) == found == conv_size(size, kernel, stride, padding, dilation)


def test_whole_numbers_of_numpy_are_taken_as_options():
    kind = np.int64
    y = fft.forward(X, W, kind(1), (kind(1), kind(2)), kind(1), kind(1), tile=kind(16))
    assert np.allclose(y, direct.forward(X, W, 1, (1, 2)))
    assert np.allclose(winograd.forward(X, W, m=kind(2)), direct.forward(X, W))


def test_a_table_of_errors_of_no_layers_is_told_in_one_sentence():
    with pytest.raises(UserError, match="channels names layers, such as .* but 5 came"):
        accuracy.table(5)
