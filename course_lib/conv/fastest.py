"""Which algorithm when: all of them timed on this machine over sizes of filters, channels, images and batches.

    points = measure(seconds=20)
    points[0].best          # "im2col"

The answer differs from machine to machine: the faster its matrix product, the later Winograd and the FFT pay.
"""

import functools
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from course_lib.conv import problem
from course_lib.conv.algorithms import FAST, Algorithm
from course_lib.conv.spot_check import SpotCheck
from course_lib.errors import UserError
from course_lib.shapes import conv_flops
from course_lib.stopwatch import HOST, Clock, compare

MOST_BYTES = 2 << 30  # of workspace: what needs more is left out of a point


class Point(NamedTuple):
    """kernel x kernel filters, as many as channels; `batch` images of image x image, padded so that results are as
    large. seconds: algorithm -> median over rounds; ratio: algorithm -> to the first, the median within a round."""

    kernel: int
    channels: int
    batch: int
    image: int
    seconds: dict[str, float]
    ratio: dict[str, float]

    @property
    def best(self) -> str:
        return min(self.ratio, key=self.ratio.get)


def measure(
    kernels: Sequence[int] = (1, 3, 5, 7, 11),
    channels: Sequence[int] = (4, 16, 64),
    batches: Sequence[int] = (1, 16),
    images: Sequence[int] = (14, 28, 56),
    seconds: float = 20,
    rounds: int = 3,
    algorithms: Mapping[str, Algorithm] = FAST,
    asarray: Callable = np.asarray,
    clock: Clock = HOST,
    each: Callable = lambda point: None,
) -> list[Point]:
    """Every combination, those with the least flops first, until the time is up: the points that fit, in that order.

    asarray: brings x and w to where they shall be; the first of the algorithms is what the others are divided by;
    each(point): called as it comes.
    An algorithm that refuses a size, or needs more than 2 GiB for it, is left out of its point.
    Raises UserError for sizes that are no positive integers, WrongResult for an algorithm that is wrong.
    """
    for name, sizes in (("kernels", kernels), ("channels", channels), ("batches", batches), ("images", images)):
        several = isinstance(sizes, Sequence) and not isinstance(sizes, str) and len(sizes)
        if not several or not all(isinstance(size, int) and size > 0 for size in sizes):
            raise UserError(f"{name} are integers of at least 1, such as (1, 3, 5), but {sizes!r} came")
    if any(kernel % 2 == 0 for kernel in kernels):
        raise UserError(f"kernels are odd, so that padding keeps the size of images, but {tuple(kernels)} came")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds >= 0:
        raise UserError(f"seconds is how long to measure, a number of 0 or more, but {seconds!r} came")
    end, points, rate = time.monotonic() + seconds, [], 0.0
    for flops, sizes in sorted(
        (_flops(*sizes), sizes) for sizes in itertools.product(kernels, channels, batches, images)
    ):
        begun = time.monotonic()
        if begun + rate * flops > end:
            break
        points.append(_point(*sizes, rounds, algorithms, asarray, clock))
        each(points[-1])
        rate = max(rate / 2, (time.monotonic() - begun) / flops)  # a flop of a whole point
    return points


def _flops(kernel, channels, batch, image) -> int:
    return conv_flops((batch, channels, image, image), (channels, channels, kernel, kernel))


def _point(kernel, channels, batch, image, rounds, algorithms, asarray, clock) -> Point:
    x_shape, w_shape, padding = (batch, channels, image, image), (channels, channels, kernel, kernel), kernel // 2
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(x_shape, np.float32), rng.standard_normal(w_shape, np.float32)
    on = asarray(x), asarray(w)
    entries = {
        name: functools.partial(algorithm.forward, *on, padding=padding)
        for name, algorithm in algorithms.items()
        if _takes(algorithm, x_shape, w_shape, padding)
    }
    watch = compare(entries, SpotCheck(x, w, problem.sizes(x_shape, w_shape, padding=padding)), clock, rounds)
    first, times = next(iter(entries)), {name: median(watch.seconds[name]) for name in entries}
    return Point(kernel, channels, batch, image, times, {name: watch.ratio(name, first) for name in entries})


def _takes(algorithm, x_shape, w_shape, padding) -> bool:
    """Whether an algorithm does this size, in reasonable memory."""
    try:
        return algorithm.count(x_shape, w_shape, padding=padding).workspace <= MOST_BYTES
    except problem.ConvError:
        return False
