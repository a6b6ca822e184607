"""Tests of exercise 06: windows as rows, the convolution and its gradients by them, and a kernel without a matrix."""

import numpy as np

from course_lib.grading.spec import (
    PRODUCTS,
    UNIT_ROUNDOFF,
    Failed,
    dot_bound,
    expect_clean,
    expect_close,
    expect_value,
    forbid,
    test,
)

LIBRARIES = [word for word in PRODUCTS if word in ("convolve", "correlate", "fft", "scipy", "torch", "cupy", "numba")]
LIBRARIES += ["course_lib.conv", "course_lib.nn"]
RULES = [
    forbid(question, *LIBRARIES, instead="A library computes this: write it with slices, reshape and a product.")
    for question in ("im2col", "weights", "images")
]
# `convolve` is what the learner's own function is called
RULES.append(forbid("forward", *LIBRARIES[2:], instead="A library convolves here: take your im2col and one product."))
CASES = [  # N, C, H, W, R, S, stride, padding
    (1, 1, 3, 3, 1, 1, 1, 0),
    (1, 1, 3, 4, 2, 2, 1, 0),
    (1, 2, 3, 4, 2, 3, 1, 0),
    (2, 1, 4, 3, 2, 2, 1, 0),
    (1, 1, 5, 7, 2, 3, 2, 0),
    (1, 1, 3, 4, 3, 2, 1, 1),
    (2, 3, 6, 5, 3, 2, 1, 2),
    (2, 2, 7, 6, 3, 4, 3, 1),
    (1, 1, 3, 4, 4, 5, 1, 3),
    (1, 1, 1, 1, 1, 1, 5, 5),  # the padding is more than any size, and the last window needs all of it
]


def cases(rng):
    return [*CASES, (2, 3, *map(int, rng.integers(6, 10, 2)), *map(int, rng.integers(2, 5, 2)), 2, 1)]


def size(H, R, stride, padding, dilation=1):
    return (H + 2 * padding - dilation * (R - 1) - 1) // stride + 1


def windows(x, R, S, stride, padding):
    """N, P, Q, C, R, S: a view of the padded images."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, (R, S), axis=(2, 3))[:, :, ::stride, ::stride]
    return seen.transpose(0, 2, 3, 1, 4, 5)


def collected(columns, x_shape, R, S, stride, padding):
    """Each number of N P Q C R S added to where it came from, place by place."""
    N, C, H, W = x_shape
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    for p, q in np.ndindex(columns.shape[1:3]):
        padded[:, :, p * stride : p * stride + R, q * stride : q * stride + S] += columns[:, p, q]
    return padded[:, :, padding : padding + H, padding : padding + W]


def said(N, C, H, W, R, S, stride, padding):
    return f"x {N} x {C} x {H} x {W}, filters {R} x {S}, stride {stride}, padding {padding}"


def near(value, terms):
    """How far a sum of so many terms of this size may be off in float64."""
    return np.full(value.shape, 64 * UNIT_ROUNDOFF[np.dtype("f8")] * terms * (1 + np.abs(value).max(initial=0)))


@test("size", points=2)
def every_window_that_fits_is_counted(answer, rng):
    """Places of a window, with every option."""
    lines = [(1, 1, 1, 0, 1), (5, 3, 1, 0, 1), (5, 3, 1, 1, 1), (5, 3, 2, 0, 1), (6, 3, 2, 0, 1), (7, 3, 1, 0, 2)]
    lines += [(7, 3, 1, 0, 3), (9, 2, 1, 0, 3), (227, 11, 4, 0, 1), (224, 11, 4, 2, 1), (224, 11, 4, 0, 1)]
    lines += [(8, 3, 3, 2, 2), (4, 4, 2, 0, 1), (3, 5, 1, 1, 1)]
    lines += [(int(rng.integers(20, 60)), *map(int, rng.integers(1, 5, 4))) for _ in range(6)]
    for line in lines:
        expect_value(f"output_size{line}", answer.output_size(*line), size(*line))


@test("size", points=2)
def every_number_of_the_matrix_is_counted(answer, rng):
    """The numbers of the matrix, copies and zeros included."""
    for N, C, H, W, R, S, stride, padding in [*cases(rng), (64, 3, 227, 227, 11, 11, 4, 0)]:
        expected = N * C * R * S * size(H, R, stride, padding) * size(W, S, stride, padding)
        came = answer.matrix_words(N, C, H, W, R, S, stride, padding)
        expect_value(f"matrix_words({N}, {C}, {H}, {W}, {R}, {S}, {stride}, {padding})", came, expected)


@test("im2col", points=5)
def every_window_is_a_row(answer, rng):
    """Every number of every window, and where it should be."""
    for case in cases(rng):
        N, C, H, W, R, S, stride, padding = case
        x = rng.normal(size=(N, C, H, W))
        expected = windows(x, R, S, stride, padding).reshape(-1, C * R * S)
        came = answer.im2col(x, R, S, stride, padding)
        expect_close(f"im2col with {said(*case)}", came, expected, np.zeros(expected.shape))


@test("forward", points=4)
def every_result_is_right(answer, rng):
    """y at any size, stride and padding."""
    for case, K in zip(cases(rng), (1, 2, 3, 2, 4, 2, 3, 5, 2, 1, 4), strict=True):
        N, C, H, W, R, S, stride, padding = case
        x, w = rng.normal(size=(N, C, H, W)), rng.normal(size=(K, C, R, S))
        expected = np.einsum("npqcrs,kcrs->nkpq", windows(x, R, S, stride, padding), w)
        came = answer.convolve(x, w, stride, padding)
        expect_close(f"convolve with {said(*case)}, {K} filters", came, expected, near(expected, w[0].size))


@test("weights", points=4)
def every_weight_has_its_gradient(answer, rng):
    """dw at any size, stride and padding."""
    for case, K in zip(cases(rng), (1, 2, 3, 2, 4, 2, 3, 5, 2, 1, 4), strict=True):
        N, C, H, W, R, S, stride, padding = case
        x = rng.normal(size=(N, C, H, W))
        seen = windows(x, R, S, stride, padding)
        dy = rng.normal(size=(N, K, *seen.shape[1:3]))
        expected = np.einsum("npqcrs,nkpq->kcrs", seen, dy)
        came = answer.grad_w(x, dy, R, S, stride, padding)
        expect_close(f"grad_w with {said(*case)}, {K} filters", came, expected, near(expected, dy[:, 0].size))


@test("images", points=3)
def every_number_goes_back_to_where_it_came_from(answer, rng):
    """col2im adds where windows overlap, and drops what lay on the padding."""
    for case in cases(rng):
        N, C, H, W, R, S, stride, padding = case
        columns = rng.normal(size=(N, size(H, R, stride, padding), size(W, S, stride, padding), C, R, S))
        expected = collected(columns, (N, C, H, W), R, S, stride, padding)
        came = answer.col2im(columns.reshape(-1, C * R * S), (N, C, H, W), R, S, stride, padding)
        expect_close(f"col2im to {said(*case)}", came, expected, near(expected, R * S))


@test("images", points=3)
def every_pixel_has_its_gradient(answer, rng):
    """dx at any size, stride and padding."""
    for case, K in zip(cases(rng), (1, 2, 3, 2, 4, 2, 3, 5, 2, 1, 4), strict=True):
        N, C, H, W, R, S, stride, padding = case
        dy = rng.normal(size=(N, K, size(H, R, stride, padding), size(W, S, stride, padding)))
        w = rng.normal(size=(K, C, R, S))
        columns = np.einsum("nkpq,kcrs->npqcrs", dy, w)
        expected = collected(columns, (N, C, H, W), R, S, stride, padding)
        came = answer.grad_x(dy, w, (N, C, H, W), stride, padding)
        expect_close(f"grad_x to {said(*case)}, {K} filters", came, expected, near(expected, K * R * S))


def kernel(answer, rng, sizes, how):
    N, C, H, W, K, R, S, padding = sizes
    x, w = rng.normal(size=(N, C, H, W)).astype("f4"), rng.normal(size=(K, C, R, S)).astype("f4")
    columns = windows(x, R, S, 1, padding)
    P, Q = columns.shape[1:3]
    y, grid = rng.uniform(1000, 2000, size=(N, K, P, Q)).astype("f4"), (-(-N * P * Q // 16), -(-K // 16))
    args = [x, w, y, *map(np.int32, sizes)]
    ran = getattr(answer, how)("implicit_kernel", "convolve", grid, (16, 16), args)
    names = ("N", "C", "H", "W", "K", "R", "S", "padding")
    told = ", ".join(f"{name} = {value}" for name, value in zip(names, sizes, strict=True))
    asked = f"implicit_kernel with {told}, grid {grid}, block (16, 16)"
    rows, filters = columns.reshape(-1, C * R * S), w.reshape(K, -1)
    shape = N, P, Q, K
    expected = (rows.astype("f8") @ filters.T).reshape(shape).transpose(0, 3, 1, 2)
    bound = dot_bound(rows, filters.T).reshape(shape).transpose(0, 3, 1, 2)
    expect_close(f"y from {asked}", ran.arrays[2], expected, bound, before=y)
    return asked, ran


@test("kernel", points=4)
def any_convolution_is_right(answer, rng):
    """Every result is right: whole tiles, parts of tiles, several images, padding."""
    shapes = [
        (1, 16, 4, 4, 16, 1, 1, 0),
        (1, 4, 5, 5, 16, 2, 2, 0),
        (2, 16, 4, 4, 16, 1, 1, 0),
        (1, 1, 3, 3, 1, 3, 3, 0),
    ]
    shapes += [(1, 2, 4, 7, 3, 2, 3, 0), (1, 1, 3, 4, 2, 3, 3, 1), (2, 3, 6, 5, 17, 3, 2, 1), (3, 5, 4, 6, 5, 2, 3, 2)]
    for sizes in [*shapes, (2, 2, *map(int, rng.integers(4, 8, 2)), 18, *map(int, rng.integers(1, 4, 2)), 1)]:
        kernel(answer, rng, sizes, "launch")


@test("kernel", points=2)
def the_convolution_is_clean(answer, rng):
    """kernel.check finds nothing."""
    for sizes in [(1, 16, 4, 4, 16, 1, 1, 0), (2, 3, 6, 5, 17, 3, 2, 1)]:
        expect_clean(*kernel(answer, rng, sizes, "check"))


@test("kernel", points=2)
def nothing_is_loaded_twice_by_a_block(answer, rng):
    """Each word is loaded once for each tile, and no matrix is kept."""
    asked, ran = kernel(answer, rng, (1, 16, 8, 8, 32, 3, 3, 1), "count")
    blocks, steps = 4 * 2, 9  # 64 windows and 32 filters by 16; 144 terms by 16
    most = blocks * steps * 2 * 256
    words = ran.words_read
    if words > most:
        raise Failed(asked, f"at most {most} words from global memory, two for each thread and step", f"{words} words")
    if not 2048 <= ran.shared_bytes <= 8192:
        expected = "shared memory for two tiles of 16 x 16 floats, 2048 bytes, and at most 8192"
        raise Failed(asked, expected, f"{ran.shared_bytes} bytes")
    requests = blocks * steps * 8 * (3 + 2 * 16)  # of 8 warps: two numbers stored, one of them after a zero; reads
    if ran.total("shared_requests") > requests:
        raise Failed(asked, f"at most {requests} requests to shared memory", f"{ran.total('shared_requests')} requests")
