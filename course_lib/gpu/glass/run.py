"""Launch: the blocks of a grid on all cores of this computer, with a time limit, and errors in the learner's words."""

import ctypes
import functools
import os
import threading
import time

import numpy as np

from course_lib.gpu.errors import SetupError
from course_lib.gpu.glass.array import Allocation, Array, live
from course_lib.gpu.glass.compiler import build
from course_lib.gpu.glass.emit import Translation
from course_lib.gpu.glass.fault import DOUBT, STOPPED, explain, too_long
from course_lib.gpu.glass.indexed import filled
from course_lib.gpu.glass.printf import show
from course_lib.gpu.glass.touched import Touched

WORKSPACE = 8  # bytes that a grid-wide barrier counts in: `grid_workspace` of cooperative_groups/details/driver_abi.h


class Doubt(Exception):
    """A checked kernel took for granted what does not hold (emit.translate)."""


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
    _fields_ += [
        ("counts", ctypes.c_void_p),
        ("findings", ctypes.c_void_p),
        ("grounds", ctypes.c_void_p),
        ("history", ctypes.c_void_p),
        ("whole", ctypes.c_void_p),
        ("order", ctypes.c_uint64),
        ("stop", ctypes.c_uint64),
        ("next_block", ctypes.c_uint64),
        ("workspace", ctypes.c_uint64),
        ("fault", Fault),
    ]


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
    path = build(source)
    try:
        function = ctypes.CDLL(str(path)).glass_run
    except (OSError, AttributeError):  # a file that a full disk or a power cut left in pieces
        path.unlink(missing_ok=True)
        function = ctypes.CDLL(str(build(source))).glass_run
    function.argtypes, function.restype = [ctypes.POINTER(Launch)], None
    return function


def launch(kernel, translation: Translation, grid, block, args, shared_bytes, watch=None, record=None) -> list[int]:
    """Run it to the end. Raises a KernelError if it faults or takes too long; KeyboardInterrupt stops it too.

    kernel: module.Kernel; args: Arrays and NumPy scalars, already checked; watch: check.Watch, of a checked kernel,
    which runs on one core; record: of record.py, of a kernel that is stepped through. Returns the counts of a profiled
    kernel: its C's, then how many sectors were read and written at least once.
    """
    function = _library(translation.source)
    parameters = pack(kernel.ptx, args)
    named = kernel.arrays | filled(kernel.ptx, parameters.raw)
    workspace = Allocation(WORKSPACE) if kernel.ptx.cooperative else None
    if workspace is not None:
        workspace.bytes[:] = 0
    allocations = live()
    extents = [Extent(a.pointer, a.nbytes) for a in allocations]
    roots = [_behind(root, parameters, args, kernel, named) for root in translation.pointers]
    touched = Touched(extents, roots) if translation.counts else None
    arrays, roots = (Extent * max(1, len(extents)))(*extents), (Extent * max(1, len(roots)))(*roots)
    behind = touched.pointers if touched else [0]
    counts = (ctypes.c_uint64 * (translation.counts + len(behind)))(*[0] * translation.counts, *behind)
    state = Launch(*map(ctypes.addressof, (parameters, roots, arrays)), len(extents), shared_bytes, grid)
    state.counts = ctypes.addressof(counts) if record is None else record.ctypes.data
    state.workspace = workspace.pointer if workspace else 0
    if watch is not None:
        watch.attach(state, allocations, list(roots)[: len(translation.pointers)], translation.program.trusted)
    else:
        for allocation in reachable(parameters, [a for a in allocations if a.written is not None]):
            allocation.written = None  # from now on nobody knows
    in_time = False
    try:
        in_time = _run(function, state, min(cores() if watch is None else 1, grid[0] * grid[1] * grid[2]))
    finally:
        show(kernel.arrays, aloud=watch is None or watch.first and state.fault.kind != DOUBT)
    if watch is not None:
        watch.fault = state.fault
    if state.fault.kind == DOUBT:
        raise Doubt
    if not in_time:
        raise too_long(state.fault, kernel, block, time_limit())
    if state.fault.kind:
        raise explain(state.fault, kernel, translation.sites, block, args, shared_bytes)
    return [*counts[: translation.counts], *touched.sectors()] if touched else []


def _run(function, state, workers) -> bool:
    """Whether the kernel ended within the time limit; if not, `state.fault` tells where it was."""
    threads = [threading.Thread(target=function, args=(ctypes.byref(state),), daemon=True) for _ in range(workers)]
    limit, begun = time_limit(), time.monotonic()
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
                if time.monotonic() - begun > limit:
                    state.stop = 2
                    _join(threads)
                    return state.fault.kind not in (0, STOPPED)  # it may have come to its end, or to a fault, meanwhile
        return True
    except BaseException:  # KeyboardInterrupt above all
        state.stop = 2
        _join(threads)
        raise


def _join(threads):
    """Wait for all, however often the user interrupts: they still use memory that is freed when this returns."""
    for thread in threads:
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt:
                continue


def reachable(parameters, allocations) -> list:
    """The allocations that some pointer among the parameters, or in a struct among them, points into."""
    words = [int.from_bytes(parameters.raw[i : i + 8], "little") for i in range(0, len(parameters.raw) - 7, 4)]
    return [a for a in allocations if any(a.pointer <= word <= a.pointer + a.nbytes for word in words)]


def pack(kernel, args):
    buffer = ctypes.create_string_buffer(max(8, kernel.parameter_size))
    for parameter, value in zip(kernel.parameters.values(), args, strict=True):
        data = np.uint64(value.pointer).tobytes() if isinstance(value, Array) else value.tobytes()
        ctypes.memmove(ctypes.addressof(buffer) + parameter.offset, data, parameter.size)
    return buffer


def _behind(root, parameters, args, kernel, named):
    """Where the array begins that a pointer parameter, or a name of the module, stands for."""
    if root.space == "module":
        return Extent(named[root.name].pointer, named[root.name].nbytes)
    for parameter, value in zip(kernel.ptx.parameters.values(), args, strict=True):
        if parameter.offset == root.offset and isinstance(value, Array):
            return Extent(value.pointer, value.nbytes)
    pointer = int.from_bytes(parameters.raw[root.offset : root.offset + 8], "little")  # in a struct
    inside = (a for a in live() if a.pointer <= pointer <= a.pointer + a.nbytes)
    return next((Extent(a.pointer, a.nbytes) for a in inside), Extent(pointer | 1, 0))
