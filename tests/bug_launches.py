"""How each kernel of the corpus is launched, and what its twin computes: whole numbers where sums must not round."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Launch:
    """args: NumPy scalars and arrays, or Empty; expected: what the arrays of these positions hold in the end."""

    grid: tuple
    block: tuple
    args: list
    expected: dict
    shared_mem: int = 0


@dataclass
class Empty:
    """An array that the kernel itself fills."""

    shape: tuple | int
    dtype: type = np.float32


RNG = np.random.default_rng


def whole(*shape, low=-8, high=9, seed=0):
    """Small whole numbers as floats."""
    return RNG(seed).integers(low, high, shape).astype(np.float32)


def zeros(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


def i32(*values):
    return [np.int32(value) for value in values]


def in_blocks(values, size):
    """Rows of `size`, the last filled with zeros."""
    return np.pad(values, (0, -len(values) % size)).reshape(-1, size)


def reduction():
    x = whole(1000)
    partial, ticket = Empty(3), zeros(1, dtype=np.uint32)
    return Launch((3,), (256,), [x, *i32(1000), partial, ticket, Empty(1)], {3: [3], 4: [x.sum()]})


def scan():
    x = whole(1000)
    sums = np.cumsum(in_blocks(x, 256), axis=1)
    args = [x, *i32(1000), Empty(1000), Empty(4)]
    return Launch((4,), (256,), args, {2: sums.ravel()[:1000], 3: sums[:, -1]})


def transpose():
    image = whole(70, 100)
    return Launch((2, 3), (32, 8), [image, Empty((100, 70)), *i32(100, 70)], {1: image.T})


def stencil():
    now = whole(20, 70, low=0, high=64)
    p = np.pad(now, 1)
    around = p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]
    args = [now, Empty((20, 70)), *i32(70, 20)]
    return Launch((3, 3), (32, 8), args, {0: now, 1: now / 2 + around / 8})


def histogram():
    x = (RNG(0).integers(0, 1025, 2000) / 1024).astype(np.float32)
    x[[3, 1999]] = 1
    count = np.histogram(x, 64, (0, 1))[0]
    return Launch((3,), (256,), [x, *i32(2000), zeros(64, dtype=np.uint32)], {2: count})


def matmul():
    A, B = whole(37, 41), whole(41, 45, seed=1)
    return Launch((3, 3), (16, 16), [A, B, Empty((37, 45)), *i32(37, 45, 41)], {2: A @ B})


def gemv():
    A, x = whole(70, 100), whole(98, seed=1)
    args = [A, *i32(100), x, Empty(70), *i32(70, 98)]
    return Launch((3,), (256,), args, {3: A[:, :98] @ x})


def convolution():
    x, w = whole(3, 21, 37), whole(2, 3, 3, 3, seed=1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1))), (3, 3), (1, 2))
    y = np.einsum("chwrs,kcrs->khw", windows, w)
    return Launch((3, 2, 2), (16, 16), [x, w, Empty((2, 21, 37)), *i32(3, 37, 21)], {2: y})


def softmax():
    x = RNG(0).normal(size=(5, 150)).astype(np.float32)
    powers = np.exp(x - x.max(1, keepdims=True))
    return Launch((5,), (128,), [x, Empty((5, 150)), *i32(150)], {1: powers / powers.sum(1, keepdims=True)})


def sort():
    x = whole(900, low=-500, high=500)
    return Launch((2,), (256,), [x, Empty(900), *i32(900)], {1: np.concatenate([np.sort(x[:512]), np.sort(x[512:])])})


def sparse():
    """53 rows of 1 to 40 entries and some padding."""
    rng, rows = RNG(0), 53
    A, start, column, value = zeros(rows, rows), [0], [], []
    for row in range(rows):
        columns = rng.permutation(rows)[: 1 + rng.integers(40)]
        A[row, columns] = whole(len(columns), low=1, seed=row)
        column += [*columns, -1]
        value += [*A[row, columns], 0]
        start.append(len(column))
    x = whole(rows, low=1, seed=1)
    arrays = [np.array(start, np.int32), np.array(column, np.int32), np.array(value, np.float32), x]
    return Launch((7,), (256,), [*arrays, Empty(rows), zeros(rows), *i32(rows)], {4: A @ x, 5: A.T @ x})


def compaction():
    x = whole(1000)
    x[256 + 64 : 256 + 96] = -1  # a warp that keeps nothing
    kept = (in_blocks(x, 256) > 0).sum(1)
    offset = np.concatenate([[0], np.cumsum(kept)[:-1]]).astype(np.int32)
    args = [x, *i32(1000), offset, Empty(int(kept.sum())), zeros(2, dtype=np.int32)]
    return Launch((4,), (256,), args, {3: x[x > 0], 4: [kept.sum(), 0]})


def lookback():
    x = whole(1000)
    flag, ticket = zeros(4, dtype=np.uint32), zeros(1, dtype=np.uint32)
    args = [x, *i32(1000), Empty(1000), Empty(4), flag, ticket]
    return Launch((4,), (256,), args, {2: np.cumsum(x), 4: np.ones(4), 5: [4]})


def layernorm():
    x, gamma, beta = (RNG(seed).normal(size=size).astype(np.float32) for seed, size in enumerate([(5, 288), 288, 288]))
    y = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * gamma + beta
    return Launch((5,), (112,), [x, gamma, beta, Empty((5, 288)), *i32(288)], {3: y}, shared_mem=(288 + 4) * 4)


def pooling():
    """Every value differs, so that the largest of a window is one point."""
    height, width, tall, wide = 22, 38, 11, 19
    x = RNG(0).permutation(height * width).astype(np.float32).reshape(height, width)
    dy, dx, y = whole(tall, wide, seed=1), zeros(height, width), zeros(tall, wide)
    for row, col in np.ndindex(tall, wide):
        window = x[2 * row : 2 * row + 3, 2 * col : 2 * col + 3]
        r, c = np.unravel_index(window.argmax(), window.shape)
        y[row, col] = window[r, c]
        dx[2 * row + r, 2 * col + c] += dy[row, col]
    args = [x, dy, Empty((tall, wide)), zeros(height, width), *i32(width, height, wide, tall)]
    return Launch((2, 2), (16, 8), args, {2: y, 3: dx})


def nbody():
    n, dt, softening = 300, 0.125, 0.5
    body = RNG(0).uniform(0.5, 2, (n, 4)).astype(np.float32)
    apart = body[None, :, :3] - body[:, None, :3]
    r2 = (apart**2).sum(2) + softening
    moved = body[:, :3] + dt * (apart * (body[:, 3] / r2**1.5)[..., None]).sum(1)
    data = np.concatenate([np.array([dt, softening, 0, 0], np.float32), body.ravel()])
    return Launch((3,), (128,), [data, Empty((n, 4)), *i32(n)], {1: np.column_stack([moved, body[:, 3]])})


def producer():
    x = whole(1000)
    return Launch((2,), (256,), [x, Empty(1000), *i32(1000)], {1: 2 * x + np.append(x[1:], 0)})


def embedding():
    n, rows, width, pitch = 45, 20, 30, 32
    word = RNG(0).integers(0, rows + 2, n).astype(np.int32)
    table, gradient, slope = whole(rows, pitch), whole(n, width, seed=1), zeros(rows, pitch)
    known = np.where(word < rows, word, 0)
    np.add.at(slope[:, :width], known, gradient)
    args = [word, *i32(n), table, *i32(rows, width, pitch), Empty((n, pitch)), gradient, zeros(rows, pitch)]
    return Launch((6,), (256,), args, {6: table[known], 8: slope})


def argmax():
    x = RNG(0).permutation(700).astype(np.float32)
    x[[100, 400]] = 1000  # in different blocks
    most, where = np.array([-3.4e38], np.float32), np.array([-1], np.int32)
    args = [x, *i32(700), zeros(1, dtype=np.int32), most, where]
    return Launch((3,), (256,), args, {2: [0], 3: [1000], 4: [100]})


LAUNCHES = {
    launch.__name__: launch
    for launch in (
        *(reduction, scan, transpose, stencil, histogram, matmul, gemv, convolution, softmax, sort, sparse),
        *(compaction, lookback, layernorm, pooling, nbody, producer, embedding, argmax),
    )
}
