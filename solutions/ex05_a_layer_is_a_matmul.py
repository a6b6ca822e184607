"""Tests of exercise 05: a layer, its gradients, its loss and its training, and a kernel that turns nothing over."""

import numpy as np

from course_lib import datasets
from course_lib.grading.spec import (
    UNIT_ROUNDOFF,
    Failed,
    describe,
    describe_answer,
    dot_bound,
    expect_clean,
    expect_close,
    expect_value,
    forbid,
    test,
)

LIBRARIES = ("scipy", "torch", "sklearn", "cupy", "numba", "course_lib.nn")
RULES = [
    forbid("gradients", *LIBRARIES, instead="A library differentiates here: write the two products and the sum."),
    forbid("loss", *LIBRARIES, instead="A library computes this softmax: write it with NumPy's exp, log and sum."),
    forbid("train", *LIBRARIES, instead="A library does this training: take your own functions from above."),
]
SIZES = [(1, 1, 1), (1, 3, 2), (3, 2, 4), (4, 3, 4), (5, 1, 7), (7, 11, 5)]  # N, C, K; N = K among them


def parts(asked, came, names):
    """The arrays that a function should have returned as a tuple."""
    if not isinstance(came, (tuple, list)) or len(came) != len(names):
        raise Failed(asked, f"the tuple ({', '.join(names)})", describe_answer(came, names))
    return came


def sizes(rng):
    return [*SIZES, tuple(map(int, rng.integers(8, 30, 3)))]


def operands(rng, N, C, K):
    return rng.normal(size=(N, C)), rng.normal(size=(C, K)), rng.normal(size=K)


def exact(*matrices):
    """How far sums of float64 may be off, seen generously."""
    return 64 * UNIT_ROUNDOFF[np.dtype("f8")] * (1 + np.add.reduce([np.abs(matrix) for matrix in matrices]))


@test("cost", points=1)
def a_step_has_two_or_three_products(answer, rng):
    """The operations of a training step, with and without dx."""
    for N, C, K in [*SIZES, (64, 784, 10), tuple(map(int, rng.integers(2, 300, 3)))]:
        for first in (False, True):
            came = answer.step_operations(N, C, K, first)
            expect_value(f"step_operations({N}, {C}, {K}, {first})", came, (4 if first else 6) * N * C * K)


@test("cost", points=1)
def the_intensity_counts_all_three_matrices(answer, rng):
    """Operations for each byte."""
    for N, C, K in [*SIZES, (64, 784, 10), tuple(map(int, rng.integers(2, 300, 3)))]:
        for size in (4, 2):
            expected = 2 * N * C * K / (size * (N * C + C * K + N * K))
            expect_value(f"intensity({N}, {C}, {K}, {size})", answer.intensity(N, C, K, size), expected)


@test("cost", points=2)
def the_smallest_batch_is_enough_and_no_other_is_smaller(answer, rng):
    """The smallest batch, rounded up, and None where there is none."""
    cases = [(12, 12, 4, 1), (784, 10, 4, 14), (56, 56, 4, 14), (57, 56, 4, 14), (64, 64, 4, 14), (112, 112, 4, 14)]
    cases += [(4096, 4096, 2, 206), (100, 3, 2, 2), (784, 512, 4, 14), (1, 1, 4, 1), (30, 20, 1, 3), (2, 7, 1, 3)]
    cases += [(*map(int, rng.integers(40, 3000, 2)), 4, int(rng.integers(2, 30))) for _ in range(6)]
    for C, K, size, ridge in cases:
        gain = 2 * C * K - ridge * size * (C + K)
        expected = -(-ridge * size * C * K // gain) if gain > 0 else None
        asked = f"smallest_batch({C}, {K}, {size}, {ridge})"
        came = answer.smallest_batch(C, K, size, ridge)
        if expected is None and came is not None:
            raise Failed(asked, "None, since no batch is enough", describe(came))
        if expected is not None:
            expect_value(asked, came, expected)


@test("layer", points=2)
def every_neuron_weighs_every_image(answer, rng):
    """y at any size, also with as many images as neurons."""
    for N, C, K in sizes(rng):
        x, W, b = operands(rng, N, C, K)
        asked = f"layer(x, W, b) with x {N} x {C}, W {C} x {K}, b of shape ({K},)"
        bound = dot_bound(x, W, "f8") + exact(x @ W, np.broadcast_to(b, (N, K)))
        expect_close(asked, answer.layer(x, W, b), x @ W + b, bound)


@test("layer", points=1)
def the_bias_is_a_row_of_weights(answer, rng):
    """One product without an addition gives the same."""
    for N, C, K in sizes(rng):
        x, W, b = operands(rng, N, C, K)
        asked = f"bias_as_weights(x, W, b) with x {N} x {C}, W {C} x {K}, b of shape ({K},)"
        X, V = parts(asked, answer.bias_as_weights(x, W, b), ("X", "V"))
        expect_close(f"X of {asked}", X, np.hstack([x, np.ones((N, 1))]), np.zeros((N, C + 1)))
        expect_close(f"V of {asked}", V, np.vstack([W, b]), np.zeros((C + 1, K)))


@test("gradients", points=4)
def gradients_are_the_slopes_of_the_layer(answer, rng):
    """dx, dW and db at any size."""
    for N, C, K in sizes(rng):
        x, W, _ = operands(rng, N, C, K)
        dy = rng.normal(size=(N, K))
        asked = f"gradients(x, W, dy) with x {N} x {C}, W {C} x {K}, dy {N} x {K}"
        dx, dW, db = parts(asked, answer.gradients(x, W, dy), ("dx", "dW", "db"))
        expect_close(f"dx of {asked}", dx, dy @ W.T, dot_bound(dy, W.T, "f8"))
        expect_close(f"dW of {asked}", dW, x.T @ dy, dot_bound(x.T, dy, "f8"))
        expect_close(f"db of {asked}", db, dy.sum(axis=0), dot_bound(np.ones((1, N)), dy, "f8")[0])


def loss_of(z, labels):
    """(loss, dz) in float64."""
    z = z - z.max(axis=1, keepdims=True)
    total, rows = np.exp(z).sum(axis=1, keepdims=True), np.arange(len(z))
    dz = np.exp(z) / total
    dz[rows, labels] -= 1
    return float((np.log(total[:, 0]) - z[rows, labels]).mean()), dz / len(z)


def expect_loss(answer, z, labels, what):
    asked = f"cross_entropy(z, labels) with {what}"
    loss, dz = loss_of(z, labels)
    came, gradient = parts(asked, answer.cross_entropy(z, labels), ("loss", "dz"))
    came = np.asarray(came, "f8") if isinstance(came, (int, float, np.generic)) else came
    expect_close(f"the loss of {asked}", came, np.asarray(loss), np.asarray(1e-11 * (1 + abs(loss))))
    expect_close(f"dz of {asked}", gradient, dz, np.full(z.shape, 1e-13))


@test("loss", points=3)
def loss_and_gradient_of_ordinary_scores(answer, rng):
    """The mean loss of the right class, and its gradient."""
    expect_loss(answer, np.zeros((1, 2)), np.array([0]), "two equal scores")
    for N, K in [(1, 3), (2, 2), (4, 3), (3, 10), (int(rng.integers(5, 20)), int(rng.integers(4, 12)))]:
        z, labels = rng.normal(size=(N, K)), rng.integers(0, K, N)
        expect_loss(answer, z, labels, f"z {N} x {K} and labels {labels.tolist()}")


@test("loss", points=2)
def no_score_is_too_large(answer, rng):
    """Scores of a thousand, images far from each other, and a right class that got next to nothing."""
    z = rng.normal(size=(3, 4))
    labels = np.array([0, 3, 1])
    expect_loss(answer, z + 1000, labels, "scores near 1000")
    expect_loss(answer, z - 1000, labels, "scores near -1000")
    expect_loss(answer, z + [[1000], [0], [-1000]], labels, "scores near 1000, near 0 and near -1000, an image each")
    expect_loss(answer, z + [[-900, 0, 0, 0], [0] * 4, [0] * 4], labels, "a right class that is 900 below the others")


def descend(x, labels, classes, eta, batch, order):
    W, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for begin in range(0, len(order), batch):
        chosen = order[begin : begin + batch]
        _, dz = loss_of(x[chosen] @ W + b, labels[chosen])
        W, b = W - eta * (x[chosen].T @ dz), b - eta * dz.sum(axis=0)
    return W, b


@test("train", points=3)
def every_step_is_the_right_one(answer, rng):
    """W and b after one step, after several, and with a smaller batch at the end."""
    cases = [(1, 2, 1, 1), (3, 2, 3, 3), (4, 3, 2, 4), (6, 3, 2, 6), (7, 4, 3, 7), (5, 3, 8, 5), (9, 4, 4, 20)]
    for N, K, batch, seen in cases:
        x, labels, eta = rng.normal(size=(N, 5)), rng.integers(0, K, N), float(rng.uniform(0.2, 0.9))
        order = np.concatenate([rng.permutation(N) for _ in range(-(-seen // N))])[:seen]
        asked = f"train(x, labels, {K}, {eta:.3g}, {batch}, order) with {N} images, {seen} numbers in order"
        W, b = parts(asked, answer.train(x, labels, K, eta, batch, order), ("W", "b"))
        for name, came, expected in zip("Wb", (W, b), descend(x, labels, K, eta, batch, order), strict=True):
            expect_close(f"{name} of {asked}", came, expected, np.full(expected.shape, 1e-10))


@test("train", points=2)
def it_reads_digits(answer, rng):
    """Of new digits at least nine out of ten are read correctly."""
    digits = datasets.digits()
    order = np.concatenate([rng.permutation(len(digits.x_train)) for _ in range(8)])
    asked = "train on 1347 digits, eight times each, in batches of 32 with eta 0.5"
    W, b = parts(asked, answer.train(digits.x_train, digits.y_train, 10, 0.5, 32, order), ("W", "b"))
    if np.shape(W) != (64, 10) or np.shape(b) != (10,):
        raise Failed(asked, "W of 64 x 10 and b of (10,)", f"{describe(W)} and {describe(b)}")
    right = float(((digits.x_test @ W + b).argmax(axis=1) == digits.y_test).mean())
    if right < 0.9:
        raise Failed(asked, "a layer that reads at least 90% of new digits", f"one that reads {right:.1%}")


def kernel(answer, rng, N, C, K, how):
    x, dy = rng.normal(size=(N, C)).astype("f4"), rng.normal(size=(N, K)).astype("f4")
    dW, grid = rng.uniform(1000, 2000, size=(C, K)).astype("f4"), (-(-K // 16), -(-C // 16))
    args = [x, dy, dW, np.int32(N), np.int32(C), np.int32(K)]
    ran = getattr(answer, how)("weights_kernel", "weights", grid, (16, 16), args)
    asked = f"weights_kernel with N = {N}, C = {C}, K = {K}, grid {grid}, block (16, 16)"
    expect_close(f"dW from {asked}", ran.arrays[2], x.T.astype("f8") @ dy, dot_bound(x.T, dy), before=dW)
    return asked, ran


@test("kernel", points=4)
def any_gradient_is_right(answer, rng):
    """Every weight has its gradient, at any size."""
    shapes = [(16, 16, 16), (32, 16, 16), (16, 32, 16), (16, 16, 48), (1, 1, 1), (5, 3, 2), (17, 20, 35), (40, 18, 7)]
    for N, C, K in [*shapes, tuple(map(int, rng.integers(18, 60, 3)))]:
        kernel(answer, rng, N, C, K, "launch")


@test("kernel", points=2)
def the_gradient_is_clean(answer, rng):
    """kernel.check finds nothing."""
    for N, C, K in [(32, 16, 16), (37, 21, 19)]:
        expect_clean(*kernel(answer, rng, N, C, K, "check"))


@test("kernel", points=2)
def rows_are_read_as_they_lie(answer, rng):
    """Each word is brought once for each tile, and no sector in vain."""
    N, C, K = 48, 64, 32
    asked, ran = kernel(answer, rng, N, C, K, "count")
    words, most = ran.words_read, 2 * N * C * K // 16
    if words > most:
        raise Failed(asked, f"at most {most} words from global memory, each once for each tile", f"{words} words")
    if ran.total("sectors") > ran.total("ideal"):
        expected = f"{ran.total('ideal')} sectors, no more than hold the numbers: neighbours bring neighbours of a row"
        raise Failed(asked, expected, f"{ran.total('sectors')} sectors")
    wanted = N * C * K // 16 + N * C * K // 256
    if ran.total("shared_requests") > wanted:
        expected = f"at most {wanted} requests to shared memory: two numbers brought, two read for each multiply-add"
        raise Failed(asked, expected, f"{ran.total('shared_requests')} requests")
