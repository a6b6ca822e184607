"""What the kernels share: device arrays that fit, launches that can be repeated, tiles of the matrix product.

An algorithm's forward, grad_x and grad_w are functions that make a `Ready`; `@runs` turns each into one that also runs
it, and keeps the other as `.ready`:

    y = direct.forward(x, w, padding=1)
    ready = direct.forward.ready(x, w, padding=1)
    ready()                                                  # as often as you like
    for step in ready.steps: step.kernel.profile(*step.how)
"""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib import gpu
from course_lib.conv import problem
from course_lib.gpu.errors import LaunchError

SIZES = ["N", "C", "H", "W", "K", "R", "S", "P", "Q", "down", "across", "top", "left", "apart", "beside", "groups"]
RECORD = np.dtype([(name, np.int32) for name in SIZES])  # struct Conv
BLOCK = 256  # threads, where each has its own element
BLOCKS = 264  # of a product, to keep an H200 busy: two for each multiprocessor
SHORTEST = 512  # places of a part of a sum: shorter ones cost more than they save


class Step(NamedTuple):
    """One launch. how: (grid, block, args)."""

    kernel: object
    how: tuple

    def __call__(self):
        if min(self.how[0]):  # a grid of no blocks is no launch
            self.kernel(*self.how)


class Ready(NamedTuple):
    """Launches in their order, and the array that the last one writes."""

    steps: tuple
    result: object

    def __call__(self):
        for step in self.steps:
            step()
        return self.result


def runs(ready):
    """A function that makes a Ready -> one that also runs it."""

    @functools.wraps(ready)
    def run(*arrays, **options):
        return ready(*arrays, **options)()

    run.ready = ready
    return run


class Tile(NamedTuple):
    """What a block of a matrix product has, and a thread of it: rows, columns, and a step along the sum."""

    m: int = 128
    n: int = 128
    k: int = 8
    thread_m: int = 8
    thread_n: int = 8

    @property
    def threads(self) -> int:
        return self.m // self.thread_m * (self.n // self.thread_n)

    def defines(self) -> dict[str, int]:
        """Raises LaunchError for tiles that cannot be."""
        possible = all(isinstance(v, int) and v > 0 for v in self)
        possible = possible and self.m % self.thread_m == self.n % self.thread_n == 0
        if not possible or self.m * self.k % self.threads or self.n * self.k % self.threads:
            raise LaunchError(
                f"a tile is five integers: thread_m divides m, thread_n divides n, and their threads divide m k and "
                f"n k, as in {TILE}; but {self} came"
            )
        return dict(zip(("TILE_M", "TILE_N", "TILE_K", "THREAD_M", "THREAD_N"), self, strict=True))

    def grid(self, rows: int, columns: int, batch: int) -> tuple[int, int, int]:
        return -(-columns // self.n), -(-rows // self.m), batch


TILE = Tile()  # it suits an H200, whose multiprocessors have two such blocks each


def convolution(arrays: dict, options, shape=None) -> problem.Convolution:
    """The convolution of two of x, w and dy; shape: of the one of x and w that is not there.

    Raises LaunchError for what is no float32 array in order on the device, ConvError for what makes no convolution.
    """
    for name, array in arrays.items():
        if isinstance(array, np.ndarray):
            raise LaunchError(f"{name} is in host memory, which a kernel cannot see; move it with gpu.asarray({name})")
        if getattr(array, "ndim", None) != 4 or array.dtype != np.float32:
            came = f"{array.dtype} of shape {array.shape}" if hasattr(array, "shape") else type(array).__name__
            raise LaunchError(f"{name} is a float32 array of four dimensions on the device, but {came} came")
        if not array.flags.c_contiguous:
            raise LaunchError(f"{name} is not contiguous in memory (strides {array.strides}); pass {name}.copy()")
    shapes = (arrays[name].shape if name in arrays else shape for name in ("x", "w"))
    conv = problem.sizes(*shapes, *options)
    return problem.fits(arrays["dy"], conv) if "dy" in arrays else conv


def record(conv: problem.Convolution) -> np.void:
    """As the kernels take it."""
    pairs = (*conv.stride, *conv.padding, *conv.dilation)
    return np.array((*conv[:9], *pairs, conv.groups), RECORD)[()]


def module(file: Path, **defines):
    """The kernels of a file, compiled once for each device and defines."""
    return _module(gpu.device().kind, file, tuple(defines.items()))


@functools.lru_cache(maxsize=64)
def _module(_, file, defines):
    return gpu.load(file, **dict(defines))


def step(module, name: str, grid, block: int, *args) -> Step:
    return Step(module.get_function(name), (grid, (block,), args))


def elements(module, name: str, count: int, y: int, z: int, *args) -> Step:
    """A launch with a thread for each of `count` elements, y and z of them."""
    return step(module, name, (-(-count // BLOCK), y, z), BLOCK, *args)


def in_parts(module, tile: Tile, conv: problem.Convolution, parts: int | None, left, right, dw) -> tuple[Step, ...]:
    """dw by the kernel grad_w, its sum over places in parts, and their sum: see parts.h.

    parts: None for as many as keep an H200 busy. Raises LaunchError.
    """
    if parts is not None and (type(parts) is not int or parts < 1):
        raise LaunchError(f"parts is an integer of at least 1, or None for as many as a GPU wants, but {parts!r} came")
    across, down, _ = tile.grid(conv.k, conv.c * conv.R * conv.S, conv.groups)
    places = conv.N * conv.P * conv.Q
    parts = parts or max(1, min(-(-BLOCKS // (across * down * conv.groups)), places // SHORTEST))
    length = tile.k * max(1, -(-places // (parts * tile.k)))  # of a part; the last one may be shorter
    count = max(1, -(-places // length))
    grid, several = (across, down, conv.groups * count), dw if count == 1 else gpu.empty((count, dw.size), np.float32)
    product = step(module, "grad_w", grid, tile.threads, left, right, several, record(conv), places, length)
    if count == 1:
        return (product,)
    return product, elements(module, "add_parts", dw.size, 1, 1, several, dw, dw.size, count)
