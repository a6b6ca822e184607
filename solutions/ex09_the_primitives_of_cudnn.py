"""Tests of exercise 09: primitives forward and backward, a layout, and a kernel that moves no byte twice."""

import numpy as np

from course_lib.grading.spec import (
    UNIT_ROUNDOFF,
    Failed,
    describe_answer,
    expect_clean,
    expect_close,
    expect_value,
    forbid,
    test,
)

READY = ("scipy", "torch", "sklearn", "cupy", "numba", "jax", "course_lib.nn")
INSTEAD = "This is what a library has ready: write it with NumPy."
RULES = [forbid(question, *READY, instead=INSTEAD) for question in ("pool", "batchnorm", "logsoftmax", "layout")]
EXACT = 0.0
POOLS = [  # shape of x, size, stride
    ((1, 1, 2, 2), 2, 2),
    ((1, 1, 3, 3), 2, 1),
    ((1, 1, 5, 5), 3, 2),
    ((1, 1, 4, 7), 2, 2),
    ((1, 1, 6, 5), 1, 1),
    ((2, 1, 5, 8), 2, 3),
    ((1, 3, 5, 3), 3, 2),
    ((2, 3, 8, 7), 3, 2),
    ((1, 2, 7, 9), 4, 3),
]
NORMED = [(2, 1, 1, 1), (3, 1, 1, 1), (1, 1, 2, 3), (2, 1, 2, 2), (4, 2, 1, 1), (3, 2, 2, 5), (5, 3, 4, 2)]
ORDERS = ("NCHW", "NHWC", "CHWN", "CNHW", "WHCN", "HNWC")


def near(expected):
    """How far sums of float64 may be off, seen generously."""
    return 1e-9 * (np.abs(expected) + max(1.0, float(np.abs(expected).max(initial=0))))


def windows(x, size, stride):
    """N C P Q, and the pixels of a window in reading order."""
    seen = np.lib.stride_tricks.sliding_window_view(x, (size, size), (2, 3))[:, :, ::stride, ::stride]
    return seen.reshape(*seen.shape[:4], size * size)


def pools(rng):
    P, size, stride = (int(k) for k in rng.integers(2, 5, 3))
    return [*POOLS, ((2, 2, stride * P + size, stride * P + size + 1), size, stride)]


@test("pool", points=2)
def every_window_gives_its_largest(answer, rng):
    """Every window gives its largest number, also where windows overlap, lie apart or would reach over the edge."""
    for shape, size, stride in pools(rng):
        for centre in (0, -9):
            x = rng.normal(centre, 1, shape)
            expected = windows(x, size, stride).max(-1)
            about = f"max_pool(x, {size}, {stride}) with x of shape {shape}{', all negative' if centre else ''}"
            expect_close(about, answer.max_pool(x, size, stride), expected, EXACT)


def pooled_back(answer, rng, x, size, stride, about):
    seen = windows(x, size, stride)
    first = windows(np.arange(x.size).reshape(x.shape), size, stride)
    where = np.take_along_axis(first, seen.argmax(-1)[..., None], -1)[..., 0]
    dy = rng.normal(size=where.shape)
    expected = np.bincount(where.ravel(), dy.ravel(), x.size).reshape(x.shape)
    asked = f"max_pool_back(dy, x, {size}, {stride}) with x of shape {x.shape}{about}"
    expect_close(asked, answer.max_pool_back(dy, x, size, stride), expected, near(expected))


@test("pool", points=2)
def every_dy_arrives_at_the_largest(answer, rng):
    """Every dy arrives at the largest pixel of its window, and adds up where windows share it."""
    for shape, size, stride in pools(rng):
        pooled_back(answer, rng, rng.normal(size=shape), size, stride, "")


@test("pool", points=1)
def at_a_tie_the_first_gets_it(answer, rng):
    """Where numbers are equal, the first in reading order gets all of dy."""
    for shape, size, stride in pools(rng):
        pooled_back(answer, rng, np.zeros(shape), size, stride, ", all numbers equal")
        pooled_back(answer, rng, rng.integers(0, 2, shape).astype("f8"), size, stride, ", of zeros and ones")


def normalised(answer, rng, shape, eps):
    """What was asked, the three parts that came, and what is right."""
    x, dy = rng.normal(rng.uniform(-2, 2), rng.uniform(0.5, 2), shape), rng.normal(rng.uniform(-1, 1), 1, shape)
    gamma, axes = rng.uniform(0.5, 2, shape[1]) * rng.choice([-1, 1], shape[1]), (0, 2, 3)
    sigma = np.sqrt(x.var(axes, keepdims=True) + eps)
    z = (x - x.mean(axes, keepdims=True)) / sigma
    dz = gamma[:, None, None] * dy
    dx = (dz - dz.mean(axes, keepdims=True) - z * (dz * z).mean(axes, keepdims=True)) / sigma
    asked = f"batch_norm_back(dy, x, gamma, {eps}) with x of shape {shape}"
    came = answer.batch_norm_back(dy, x, gamma, eps)
    if not isinstance(came, (tuple, list)) or len(came) != 3:
        raise Failed(asked, "the tuple (dx, dgamma, dbeta)", describe_answer(came, (0, 0, 0)))
    return asked, came, (dx, (dy * z).sum(axes), dy.sum(axes))


def batches(rng):
    drawn = tuple(int(k) for k in rng.integers(2, 6, 4))
    return [(shape, eps) for shape in [*NORMED, drawn] for eps in (1e-5, 0.3)]


@test("batchnorm", points=2)
def scale_and_shift_have_their_gradients(answer, rng):
    """dgamma and dbeta are right."""
    for shape, eps in batches(rng):
        asked, came, right = normalised(answer, rng, shape, eps)
        for name, part in (("dbeta", 2), ("dgamma", 1)):
            expect_close(f"{name} of {asked}", came[part], right[part], near(right[part]))


@test("batchnorm", points=3)
def all_paths_lead_back_to_x(answer, rng):
    """dx is right: it knows that mean and variance are made of x."""
    for shape, eps in batches(rng):
        asked, came, right = normalised(answer, rng, shape, eps)
        expect_close(f"dx of {asked}", came[0], right[0], near(right[0]))


def logarithms(z):
    rest = z - z.max(1, keepdims=True)
    return rest - np.log(np.exp(rest).sum(1, keepdims=True))


def scores(rng):
    sizes = [(1, 1), (1, 2), (2, 3), (3, 2), (3, 3), tuple(int(k) for k in rng.integers(4, 9, 2))]
    return [rng.normal(size=size) for size in sizes]


@test("logsoftmax", points=1)
def logarithms_of_small_scores(answer, rng):
    """The logarithm of the softmax is right for scores as they are at the start of training."""
    for z in scores(rng):
        expect_close(f"log_softmax(z), z of shape {z.shape}", answer.log_softmax(z), logarithms(z), 1e-9)


@test("logsoftmax", points=1)
def logarithms_of_any_score(answer, rng):
    """Scores of any size give finite logarithms, with rows of very different size side by side."""
    for spread, far in ((1, 0), (1000, 0), (1, 9000), (3000, 9000)):
        z = spread * rng.uniform(-1, 1, (3, 4)) + far * np.array([[1], [0], [-1]])
        asked = f"log_softmax(z), z from {z.min():.0f} to {z.max():.0f}"
        expect_close(asked, answer.log_softmax(z), logarithms(z), near(z))


@test("logsoftmax", points=2)
def slopes_of_the_logarithm(answer, rng):
    """dz is right, whatever dy is."""
    for z in scores(rng):
        y, dy = logarithms(z), rng.normal(0.5, 1, z.shape)
        expected = dy - np.exp(y) * dy.sum(1, keepdims=True)
        expect_close(f"log_softmax_back(dy, y), y of shape {z.shape}", answer.log_softmax_back(dy, y), expected, 1e-9)


def sizes(rng):
    drawn = tuple(int(k) for k in rng.permutation([2, 3, 4, 5]))
    return [(1, 1, 1, 1), (1, 1, 1, 5), (1, 2, 1, 3), (2, 3, 1, 1), (2, 2, 2, 2), (2, 3, 5, 7), drawn]


def steps(shape, order):
    laid = np.empty([shape["NCHW".index(axis)] for axis in order], "i1")
    return tuple(int(laid.strides[order.index(axis)]) for axis in "NCHW")


@test("layout", points=2)
def strides_of_any_order(answer, rng):
    """The strides are those of the order, in elements, for N, C, H and W in turn."""
    for order in (*ORDERS, "".join(rng.permutation([*"NCHW"]))):
        for shape in sizes(rng)[2:]:
            expect_value(f"strides({shape}, {order!r})", answer.strides(shape, order), steps(shape, order))


@test("layout", points=2)
def every_number_finds_its_new_place(answer, rng):
    """Every number finds its place in the new order."""
    drawn = ["".join(rng.permutation([*"NCHW"])) for _ in range(2)]
    for given, order in [("NHWC", "WHCN"), ("NCHW", "NHWC"), ("NHWC", "NCHW"), ("NCHW", "NCHW"), tuple(drawn)]:
        for shape in sizes(rng):
            x = rng.normal(size=shape)
            laid = {o: x.transpose(["NCHW".index(axis) for axis in o]).ravel() for o in (given, order)}
            asked = f"relay(buffer, {shape}, {given!r}, {order!r})"
            expect_close(asked, answer.relay(laid[given], shape, given, order), laid[order], EXACT)


def epilogue(answer, rng, N, K, PQ, block, how, spare=0):
    n = N * K * PQ
    y, branch = rng.normal(size=(2, n)).astype("f4")
    b, z = rng.normal(size=K).astype("f4"), rng.uniform(1000, 2000, n).astype("f4")
    grid = -(-n // block) + spare
    args = [y, b, branch, z, np.int32(K), np.int32(PQ), np.int32(n)]
    ran = getattr(answer, how)("epilogue_kernel", "epilogue", (grid,), (block,), args)
    asked = f"epilogue_kernel with {N} images, {K} channels, {PQ} pixels, grid ({grid},), block ({block},)"
    wide = np.repeat(np.tile(b.astype("f8"), N), PQ)
    magnitude = np.abs(y) + np.abs(wide) + np.abs(branch)
    expected = np.maximum(y.astype("f8") + wide + branch, 0)
    bound = 4 * UNIT_ROUNDOFF[np.dtype("f4")] * magnitude
    for name, before, after in zip(("y", "b", "branch"), (y, b, branch), ran.arrays, strict=False):
        if not np.array_equal(before, after):
            raise Failed(asked, f"{name} as it was", f"another {name}: the kernel wrote into its input")
    expect_close(f"z from {asked}", ran.arrays[3], expected, bound, before=z)
    return asked, ran, n


@test("fused", points=3)
def bias_branch_and_relu(answer, rng):
    """The result is right for any number of images, channels and pixels, and of threads."""
    drawn = tuple(int(k) for k in rng.integers(2, 12, 3))
    for N, K, PQ in [(1, 1, 32), (1, 2, 32), (1, 1, 1), (2, 3, 1), (1, 5, 7), (3, 4, 8), (2, 3, 35), drawn]:
        epilogue(answer, rng, N, K, PQ, 32, "launch")
    for spare in (1, 2):
        epilogue(answer, rng, 2, 3, 35, 64, "launch", spare)


@test("fused", points=1)
def the_epilogue_is_clean(answer, rng):
    """kernel.check finds nothing."""
    asked, ran, _ = epilogue(answer, rng, 2, 3, 35, 64, "check", 1)
    expect_clean(asked, ran)


@test("fused", points=2)
def nothing_is_moved_twice(answer, rng):
    """Each number is read once and written once, by neighbours side by side."""
    asked, ran, n = epilogue(answer, rng, 4, 16, 64, 128, "count")
    moved = 32 * ran.total("sectors")
    if moved > 15 * n:
        expected = f"at most {15 * n} bytes moved: 12 for each of {n} numbers, and a sector of bias for each warp"
        raise Failed(asked, expected, f"{moved} bytes")
