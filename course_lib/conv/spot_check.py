"""Whether a large result is right, from the definition at some places: the corners, and others drawn at random."""

import itertools

import numpy as np

from course_lib.conv.problem import Convolution

ALLOWED = 1e-4  # of the largest sum of |x| |w|: more than F(4, 7) is off in float32, far less than what a mistake does


class SpotCheck:
    """check(y) -> bool, for y on any device; x, w: on the host."""

    def __init__(self, x: np.ndarray, w: np.ndarray, conv: Convolution, seed: int = 0, count: int = 64):
        rng, ends = np.random.default_rng(seed), itertools.product(*((0, size - 1) for size in conv.y))
        drawn = rng.integers(0, conv.y, (count, 4)).tolist()
        self._places = sorted({*map(tuple, drawn), *ends})
        found = [_at(x, w, conv, *place) for place in self._places]
        self._truth, sizes = map(np.array, zip(*found, strict=True))
        self._allowed = ALLOWED * sizes.max() + 1e-30
        self._shape = conv.y

    def __call__(self, y) -> bool:
        if tuple(y.shape) != self._shape:
            return False
        y = y.get() if hasattr(y, "get") else np.asarray(y)
        got = np.array([y[place] for place in self._places], np.float64)
        return bool((abs(got - self._truth) <= self._allowed).all())


def _at(x, w, conv, n, k, p, q) -> tuple[float, float]:
    """y[n, k, p, q] and the sum of its absolute products."""
    first, total, size = k // conv.k * conv.c, 0.0, 0.0
    for r in range(conv.R):
        for s in range(conv.S):
            h = p * conv.stride[0] + r * conv.dilation[0] - conv.padding[0]
            i = q * conv.stride[1] + s * conv.dilation[1] - conv.padding[1]
            if 0 <= h < conv.H and 0 <= i < conv.W:
                products = x[n, first : first + conv.c, h, i].astype("f8") * w[k, :, r, s]
                total, size = total + float(products.sum()), size + float(abs(products).sum())
    return total, size
