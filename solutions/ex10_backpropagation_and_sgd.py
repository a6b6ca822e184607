"""Tests of exercise 10. Each tries what is simplest first, and adds one difficulty at a time."""

import numpy as np

from course_lib.grading.spec import Failed, describe_answer, expect_close, expect_value, forbid, test

OTHERS = ("torch", "scipy", "course_lib.nn", "course_lib.gradcheck", "jax", "tensorflow", "autograd")
INSTEAD = "The gradient is another library's; write it in NumPy."
RULES = [forbid(question, *OTHERS, instead=INSTEAD) for question in ("layer", "loss", "step", "graph")]
CLOSE = 1e-11  # of the largest number that was summed: float64 is far better, finite differences are far worse


def compare(asked, came, expected, scale=None):
    """An array within rounding of what is expected; scale: of the terms that were summed."""
    scale = np.abs(expected).max(initial=0) if scale is None else scale
    expect_close(asked, came, expected, np.full(expected.shape, CLOSE * max(float(scale), 1e-300)))


def expect_parts(asked, came, count, names):
    """A tuple (or list) of so many things."""
    if not isinstance(came, (tuple, list)) or len(came) != count:
        raise Failed(asked, f"{count} things, {names}", describe_answer(came, np.zeros(0)))


def batches(rng):
    """(asked, x, w, b, dy), the simplest first: one number, one row, a column, several of each."""
    one = np.ones((1, 1))
    yield "x = w = dy = [[2]] and b = [-3]", 2 * one, 2 * one, np.array([-3.0]), 2 * one
    yield "x = dy = [[2]], w = [[-2]] and b = [-1]", 2 * one, -2 * one, np.array([-1.0]), 2 * one
    yield "x = w = dy = [[2]] and b = [-5]", 2 * one, 2 * one, np.array([-5.0]), 2 * one
    yield "x = w = dy = [[2]] and b = [-4], where x wᵀ + b is 0", 2 * one, 2 * one, np.array([-4.0]), 2 * one
    for n, c, k in [(1, 2, 1), (1, 3, 2), (3, 1, 2), (4, 3, 5), tuple(map(int, rng.integers(6, 12, 3)))]:
        x, w, dy = rng.normal(size=(n, c)), rng.normal(size=(k, c)), rng.normal(size=(n, k))
        yield f"x {n} x {c}, w {k} x {c}", x, w, rng.normal(size=k), dy


def layer(answer, rng, part, name):
    for given, x, w, b, dy in batches(rng):
        asked = f"layer_backward(x, w, b, dy) with {given}"
        came = answer.layer_backward(x, w, b, dy)
        expect_parts(asked, came, 3, "(dx, dw, db)")
        da = dy * (x @ w.T + b > 0)
        expected = (da @ w, da.T @ x, da.sum(0))[part]
        scale = (np.abs(dy) @ np.abs(w), np.abs(dy).T @ np.abs(x), np.abs(dy).sum(0))[part].max()
        compare(f"{name} of {asked}", came[part], expected, scale)


@test("layer", points=2)
def gradient_of_the_input(answer, rng):
    """dx is right, for one number, for one row, for many."""
    layer(answer, rng, 0, "dx")


@test("layer", points=2)
def gradient_of_the_parameters(answer, rng):
    """dw and db are right."""
    layer(answer, rng, 1, "dw")
    layer(answer, rng, 2, "db")


def scores(rng):
    """(asked, z, labels), the simplest first, with modest numbers."""
    yield "z = [[0, 0]], labels [0]", np.zeros((1, 2)), np.array([0])
    yield "z = [[1, 0, 2]], labels [1]", np.array([[1.0, 0, 2]]), np.array([1])
    for n, k in [(2, 2), (3, 4), (int(rng.integers(5, 9)), int(rng.integers(5, 9)))]:
        labels = np.concatenate([[k - 1, 0], rng.integers(0, k, n - 2)])
        yield f"{n} rows of {k} scores", rng.normal(size=(n, k)), labels


def extreme(rng):
    """The same with scores for which exp overflows, or all but one of its values are 0."""
    yield "z = [[1000, 0]], labels [0]", np.array([[1000.0, 0]]), np.array([0])
    yield "z = [[1000, 0]], labels [1]", np.array([[1000.0, 0]]), np.array([1])
    yield "z = [[-1000, -1000]], labels [0]", np.full((1, 2), -1000.0), np.array([0])
    yield "two rows, [[1e5, 0], [-1e5, -1e5]]", np.array([[1e5, 0], [-1e5, -1e5]]), np.array([1, 0])
    yield "6 rows of 4 scores, some large", rng.uniform(-900, 900, (6, 4)), rng.integers(0, 4, 6)


def entropy(z, labels):
    """The loss and dz."""
    rows, z = np.arange(len(z)), z - z.max(1, keepdims=True)
    e = np.exp(z)
    dz = e / e.sum(1, keepdims=True)
    dz[rows, labels] -= 1
    return (np.log(e.sum(1)) - z[rows, labels]).mean(), dz / len(z)


def loss_is(answer, z, labels, given):
    asked = f"cross_entropy(z, labels) with {given}"
    came = answer.cross_entropy(z, labels)
    expect_parts(asked, came, 2, "(loss, dz)")
    expected, dz = entropy(z, labels)
    if type(came[0]) not in (int, float) or not abs(came[0] - expected) <= CLOSE * max(1, abs(expected)):
        raise Failed(f"the loss of {asked}", f"{expected:.10g}", describe_answer(came[0], expected))
    compare(f"dz of {asked}", came[1], dz, 1)


@test("loss", points=2)
def loss_and_its_gradient(answer, rng):
    """The loss and dz are right for modest scores."""
    for given, z, labels in scores(rng):
        loss_is(answer, z, labels, given)


@test("loss", points=2)
def nothing_overflows(answer, rng):
    """The loss and dz are right, and finite, for scores of any size."""
    for given, z, labels in [*scores(rng), *extreme(rng)]:
        loss_is(answer, z, labels, given)


@test("step", points=2)
def one_step_after_another(answer, rng):
    """The new w and v are Krizhevsky's, also at the second step and where the rate has changed."""
    cases = [(0.25, 0.0, 0.0), (0.25, 0.75, 0.0), (0.25, 0.0, 0.5), (0.25, 0.75, 0.5), (0.01, 0.9, 0.0005)]
    for eta, momentum, decay in [*cases, tuple(map(float, rng.uniform(0.1, 0.9, 3)))]:
        w, v = rng.normal(size=4), np.zeros(4)
        for number, now in enumerate((eta, eta, eta / 10), 1):
            dw = rng.normal(size=4)
            asked = f"momentum_step(w, v, dw, {now:.4g}, {momentum:.4g}, {decay:.4g}), step {number}"
            came = answer.momentum_step(w, v, dw, now, momentum, decay)
            expect_parts(asked, came, 2, "(w, v)")
            v = momentum * v - decay * now * w - now * dw
            w = w + v
            compare(f"w of {asked}", came[0], w)
            compare(f"v of {asked}", came[1], v)


@test("step", points=1)
def rate_falls_three_times(answer, rng):
    """The rate is a tenth after every so many steps, three times."""
    every = int(rng.integers(20, 90))
    cases = [(0, 1.0, 10), (9, 1.0, 10), (10, 1.0, 10), (19, 1.0, 10), (20, 1.0, 10), (30, 1.0, 10), (39, 1.0, 10)]
    cases += [(40, 1.0, 10), (99, 0.5, 10), (3, 0.01, 1)]
    for step, eta, often in [*cases, (2 * every + 3, 0.3, every), (9 * every, 0.3, every)]:
        expected = eta / 10 ** min(step // often, 3)
        came, asked = answer.rate(step, eta, often), f"rate({step}, {eta}, {often})"
        if type(came) not in (int, float) or not abs(came - expected) <= 1e-12 * expected:
            raise Failed(asked, f"{expected:.6g}", describe_answer(came, expected))


def chain(length, rng):
    """A graph where each node reads the one before."""
    nodes = [("a", (), ())]
    for name in "bcdefgh"[: length - 1]:
        nodes.append((name, (nodes[-1][0],), (slope(rng),)))
    return nodes


def slope(rng):
    """Far from 0 and from 1, so that no mistake hides."""
    return float(rng.uniform(1.2, 3) * rng.choice([-1, 1]))


def web(rng, count):
    """A graph whose nodes read up to three of those before, some of them twice; not all lead to the last."""
    nodes = [("n0", (), ()), ("n1", (), ())]
    for number in range(2, count):
        reads = tuple(f"n{i}" for i in rng.integers(max(0, number - 4), number, int(rng.integers(1, 4))))
        nodes.append((f"n{number}", reads, tuple(slope(rng) for _ in reads)))
    return nodes


def expect_gradients(answer, given, nodes):
    expected = {name: 0.0 for name, _, _ in nodes} | {nodes[-1][0]: 1.0}
    for name, reads, slopes in reversed(nodes):
        for read, each in zip(reads, slopes, strict=True):
            expected[read] += expected[name] * each
    asked = f"gradients(nodes) of {given}"
    came = answer.gradients(nodes)
    if not isinstance(came, dict) or set(came) != set(expected):
        wanted = f"a dictionary with the names {', '.join(expected)}"
        names = ", ".join(map(str, came)) or "none" if isinstance(came, dict) else ""
        raise Failed(asked, wanted, f"one with {names}" if names else describe_answer(came, expected))
    for name in reversed(expected):
        if type(came[name]) not in (int, float) or not abs(came[name] - expected[name]) <= 1e-9 * abs(expected[name]):
            raise Failed(f"{asked}, at {name}", f"{expected[name]:.6g}", describe_answer(came[name], expected[name]))


@test("graph", points=1)
def along_a_chain(answer, rng):
    """Along a chain, slopes multiply."""
    for length in (1, 2, 3, 5):
        expect_gradients(answer, f"a chain of {length}", chain(length, rng))


@test("graph", points=2)
def where_arrows_meet(answer, rng):
    """What is read several times gets the sum, at whatever distance the readers are."""
    a, b, c, d, e = (slope(rng) for _ in range(5))
    expect_gradients(answer, "y = x * x", [("x", (), ()), ("L", ("x", "x"), (a, a))])
    fork = [("x", (), ()), ("y", ("x",), (a,)), ("L", ("y", "x"), (b, c))]
    expect_gradients(answer, "a short cut from x to L over y", fork)
    deep = [*fork[:2], ("z", ("y",), (b,)), ("u", ("z", "x"), (c, d)), ("L", ("u",), (e,))]
    expect_gradients(answer, "a short cut that ends before L", deep)
    expect_gradients(answer, "a web of 9 nodes", web(rng, 9))


@test("graph", points=1)
def what_does_not_matter(answer, rng):
    """A node that L does not depend on has the gradient 0, and so has all that only it reads."""
    a, b, c = (slope(rng) for _ in range(3))
    expect_gradients(answer, "two inputs, one unread", [("x", (), ()), ("z", (), ()), ("L", ("x",), (a,))])
    dead = [("x", (), ()), ("z", (), ()), ("d", ("x", "z"), (a, b)), ("L", ("x",), (c,))]
    expect_gradients(answer, "a node that nothing reads", dead)
    for count in (8, 14):
        expect_gradients(answer, f"a web of {count} nodes", web(rng, count))


NETWORKS = [
    ([(1,)], 0, 1, 4, 0),
    ([(1,)], 1, 1, 4, 0),
    ([(1,), (3,)], 2, 1, 4, 0),
    ([(2, 3), (5,)], 7, 1, 4, 0),
    ([(2, 3), (5,)], 7, 10, 4, 0),
    ([(2, 3), (5,)], 7, 10, 8, 1),
    ([(3, 5, 7), (4, 3, 5), (60,), (9,)], 801, 6, 2, 2),
]


def networks(rng):
    yield from NETWORKS
    shapes = [tuple(map(int, rng.integers(2, 30, axes))) for axes in (3, 3, 1)]
    yield shapes, int(rng.integers(500, 9000)), int(rng.integers(2, 200)), 4, int(rng.integers(1, 4))


def needed(shapes, parameters, batch, itemsize, vectors):
    data = batch * sum(int(np.prod(shape)) for shape in shapes)
    return itemsize * (2 * data + (2 + vectors) * parameters)


@test("memory", points=2)
def bytes_of_a_step(answer, rng):
    """Every array is counted, as often as it is there."""
    for case in networks(rng):
        expect_value(f"training_bytes{case!r}", answer.training_bytes(*case), needed(*case))


@test("memory", points=1)
def largest_batch_that_fits(answer, rng):
    """The batch fits, and one more example does not."""
    for shapes, parameters, batch, itemsize, vectors in networks(rng):
        full = needed(shapes, parameters, batch, itemsize, vectors)
        each = full - needed(shapes, parameters, batch - 1, itemsize, vectors)
        fixed = full - batch * each
        for capacity, expected in [(full, batch), (full + each - 1, batch), (full - 1, batch - 1), (fixed // 2, 0)]:
            asked = f"largest_batch({shapes!r}, {parameters}, {capacity}, {itemsize}, {vectors})"
            expect_value(asked, answer.largest_batch(shapes, parameters, capacity, itemsize, vectors), expected)
