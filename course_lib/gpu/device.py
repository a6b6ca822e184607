"""One kernel, two devices: these calls go to the real GPU if CuPy sees one, else to the glass GPU.

The environment variable COURSE_DEVICE, "glass" or "cuda", decides for a whole process, `with use("glass"):` for a few
lines. Both devices give objects with the same methods: a module's `get_function(name)` and, for its variables,
`get_global(name, shape, dtype)`; a kernel's `kernel(grid, block, args, shared_mem=0)`; an array's `get()`, `set()`,
`shape`, `dtype`, `reshape()` and slices. A kernel that synchronises its whole grid, by cooperative groups, is launched
as any other; its blocks must all have room on the GPU at once.
"""

import contextlib
import functools
import os
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.gpu import cuda, nvrtc
from course_lib.gpu.errors import CompileError, SetupError
from course_lib.gpu.glass import device as glass
from course_lib.stopwatch import Clock

_chosen: ContextVar[str | None] = ContextVar("device", default=None)


class Device(NamedTuple):
    """kind: "glass" or "cuda"; name: to show to people."""

    kind: str
    name: str


def device() -> Device:
    """The device that kernels run on now."""
    current = _current()
    return Device(current.kind, current.name())


@contextlib.contextmanager
def use(kind: str):
    """Run on the device "glass" or "cuda" inside a `with` block."""
    _check(kind)
    token = _chosen.set(kind)
    try:
        yield
    finally:
        _chosen.reset(token)


def compile(source: str, /, filename: str = "kernel.cu", names=(), **defines):
    """A module from CUDA C source; `TILE=16` defines TILE. Raises CompileError with NVRTC's message.

    names: the instantiations of templates to be had, as `get_function` gets them: `names=["reduce<float, 256>"]`.
    """
    if not isinstance(source, str):
        raise CompileError(f"CUDA C source is a string, but {type(source).__name__} came; gpu.load(path) reads a file")
    return _compiled(_current(), source, filename, nvrtc.options(defines), _names(names))


def load(path, /, names=(), **defines):
    """A module from a .cu file, as `compile` makes it; `#include "x.h"` finds x.h beside it. Raises CompileError."""
    try:
        path = Path(path)
        source = path.read_text()
    except (OSError, UnicodeDecodeError, TypeError) as error:
        raise CompileError(f"the CUDA file {str(path)!r} cannot be read ({error}); check the path") from None
    options = nvrtc.options(defines, beside=path.resolve().parent)
    if '#include "' in source:  # what it includes may have changed since the last time
        return _current().compile(source, path.name, options, _names(names))
    return _compiled(_current(), source, path.name, options, _names(names))


def _names(names) -> tuple[str, ...]:
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and name.isprintable() for name in names):
        raise CompileError(f"names are a list of strings such as ['reduce<float, 256>'], but {names!r} came")
    return tuple(dict.fromkeys(name.strip() for name in names))


@functools.lru_cache(maxsize=128)
def _compiled(device, source, filename, options, names):
    return device.compile(source, filename, options, names)


def asarray(values):
    """A device array with a copy of host values; a device array comes back as it is."""
    return _current().asarray(values)


def empty(shape, dtype=np.float32):
    """A device array that nobody wrote yet: the glass GPU fills it with NaN (-1 if integer), a GPU with anything."""
    return _current().empty(shape, dtype)


def zeros(shape, dtype=np.float32):
    """A device array of zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def synchronize() -> None:
    """Wait until every launched kernel has ended; an error of one is raised here."""
    _current().synchronize()


def clock() -> Clock:
    """For stopwatch.compare: CUDA events on a GPU; on the glass GPU a clock that says that it times a simulation."""
    return _current().clock()


def _current():
    kind = _chosen.get() or os.environ.get("COURSE_DEVICE") or ("cuda" if cuda.available() else "glass")
    _check(kind)
    return glass if kind == "glass" else cuda


def _check(kind):
    if kind not in ("glass", "cuda"):
        raise SetupError(
            f"the device is 'glass' or 'cuda', but {kind!r} came; "
            f"correct gpu.use(…) or the environment variable COURSE_DEVICE"
        )
    if kind == "cuda" and not cuda.available():
        raise SetupError(
            "the device 'cuda' needs CuPy and an NVIDIA GPU, and this machine lacks one of them; "
            "`course doctor` says which"
        )
