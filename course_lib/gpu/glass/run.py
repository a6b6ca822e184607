"""Launch: the blocks of a grid on all cores of this computer, with a time limit, and errors in the learner's words."""

import ctypes
import functools
import os
import threading
import time

import numpy as np

from course_lib.gpu.errors import KernelTimeout, SetupError
from course_lib.gpu.glass.array import LIVE, Array
from course_lib.gpu.glass.compiler import build
from course_lib.gpu.glass.emit import Translation
from course_lib.gpu.glass.fault import explain


class Extent(ctypes.Structure):
    _fields_ = [("first", ctypes.c_uint64), ("bytes", ctypes.c_uint64)]


class Fault(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ("kind", "site", "warp", "lane")]
    _fields_ += [
        ("address", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("shared", ctypes.c_uint64),
        ("first", ctypes.c_uint64),
    ]
    _fields_ += [("block", ctypes.c_uint32 * 3), ("pad", ctypes.c_uint32)]


class Launch(ctypes.Structure):
    """The mirror of `struct launch` in machine.h."""

    _fields_ = [("parameters", ctypes.c_void_p), ("roots", ctypes.c_void_p), ("arrays", ctypes.c_void_p)]
    _fields_ += [
        ("array_count", ctypes.c_uint64),
        ("shared_bytes", ctypes.c_uint64),
        ("grid", ctypes.c_uint32 * 3),
        ("pad", ctypes.c_uint32),
    ]
    _fields_ += [("stop", ctypes.c_uint64), ("next_block", ctypes.c_uint64), ("fault", Fault)]


def time_limit() -> float:
    """Seconds that one launch may take: $GLASS_TIME_LIMIT, 60 if unset. Raises SetupError."""
    return _positive("GLASS_TIME_LIMIT", float, 60)


def cores() -> int:
    """Cores that a launch uses: $GLASS_CORES, all of this process if unset. Raises SetupError."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _positive("GLASS_CORES", int, available)


def _positive(variable, type_, otherwise):
    text = os.environ.get(variable, str(otherwise))
    try:
        value = type_(text)
        if value > 0:
            return value
    except ValueError:
        pass
    raise SetupError(f"the environment variable {variable} is a number above 0, but {text!r} came; correct or unset it")


@functools.cache
def _library(source: str):
    function = ctypes.CDLL(str(build(source))).glass_run
    function.argtypes, function.restype = [ctypes.POINTER(Launch)], None
    return function


def launch(kernel, names, filename, translation: Translation, grid, block, args, shared_bytes, module):
    """Run it to the end. Raises a KernelError if it faults or takes too long; KeyboardInterrupt stops it too.

    kernel: ptx.Kernel; names: of its parameters, for messages; args: Arrays and NumPy scalars, already checked;
    module: name -> Allocation of the module's own arrays.
    """
    function = _library(translation.source)
    parameters = _pack(kernel, args)
    extents = _extents()
    roots = (Extent * max(1, len(translation.pointers)))(
        *(_behind(root, parameters, args, kernel, module) for root in translation.pointers)
    )
    arrays = (Extent * max(1, len(extents)))(*extents)
    state = Launch(
        ctypes.addressof(parameters),
        ctypes.addressof(roots),
        ctypes.addressof(arrays),
        len(extents),
        shared_bytes,
        grid,
    )
    _run(function, state, min(cores(), grid[0] * grid[1] * grid[2]), kernel.name, filename)
    if state.fault.kind:
        raise explain(state.fault, kernel, names, filename, translation.sites, block, args)


def _run(function, state, workers, name, filename):
    threads = [threading.Thread(target=function, args=(ctypes.byref(state),), daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    limit, begun = time_limit(), time.monotonic()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
                if time.monotonic() - begun > limit and not state.stop:
                    state.stop = 1
                    _join(threads)
                    raise KernelTimeout(
                        f"kernel {name!r} ({filename}) did not end within {limit:g} s and was stopped; "
                        f"look for a loop that cannot end, or raise the limit: "
                        f"os.environ['GLASS_TIME_LIMIT'] = '600'",
                        name,
                    )
    except BaseException:  # KeyboardInterrupt above all: the cores must let go of the arrays before anyone else acts
        state.stop = 1
        _join(threads)
        raise


def _join(threads):
    """Wait for all, however often the user interrupts: the threads still use memory that the caller is about to free."""
    for thread in threads:
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt:
                continue


def _pack(kernel, args):
    buffer = ctypes.create_string_buffer(max(8, kernel.parameter_size))
    for parameter, value in zip(kernel.parameters.values(), args, strict=True):
        data = np.uint64(value.pointer).tobytes() if isinstance(value, Array) else value.tobytes()
        ctypes.memmove(ctypes.addressof(buffer) + parameter.offset, data, parameter.size)
    return buffer


def _extents():
    """Every live array by address."""
    return [Extent(a.pointer, a.nbytes) for a in sorted(LIVE, key=lambda a: a.pointer)]


def _behind(root, parameters, args, kernel, module):
    """Where the array begins that a pointer parameter, or a name of the module, stands for."""
    if root.space == "module":
        return Extent(module[root.name].pointer, module[root.name].nbytes)
    for parameter, value in zip(kernel.parameters.values(), args, strict=True):
        if parameter.offset == root.offset and isinstance(value, Array):
            return Extent(value.pointer, value.nbytes)
    pointer = int.from_bytes(parameters.raw[root.offset : root.offset + 8], "little")  # in a struct
    inside = (a for a in LIVE if a.pointer <= pointer <= a.pointer + a.nbytes)
    return next((Extent(a.pointer, a.nbytes) for a in inside), Extent(pointer | 1, 0))
