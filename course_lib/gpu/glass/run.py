"""Launch: the blocks of a grid on all cores of this computer, with a time limit, and errors in the learner's words."""

import ctypes
import functools
import os
import re
import threading
import time

import numpy as np

from course_lib.gpu.errors import BarrierError, KernelError, KernelTimeout, Misaligned, OutOfBounds, Trap
from course_lib.gpu.glass.array import LIVE, Array
from course_lib.gpu.glass.compiler import build
from course_lib.gpu.glass.emit import Translation
from course_lib.gpu.glass.isa.operation import BITS
from course_lib.gpu.glass.program import LOCAL_BIAS

OUTSIDE, MISALIGNED, PARTED, TRAPPED = 1, 2, 3, 4  # as in machine.h
OUT_OF_MEMORY = 2**32 - 1


class Extent(ctypes.Structure):
    _fields_ = [("first", ctypes.c_uint64), ("bytes", ctypes.c_uint64)]


class Fault(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ("kind", "site", "warp", "lane")]
    _fields_ += [("address", ctypes.c_uint64), ("bytes", ctypes.c_uint64), ("shared", ctypes.c_uint64)]
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
    """Seconds that one launch may take: $GLASS_TIME_LIMIT, 60 if unset."""
    return float(os.environ.get("GLASS_TIME_LIMIT", 60))


def cores() -> int:
    """Cores that a launch uses: $GLASS_CORES, all of this process if unset."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(os.environ.get("GLASS_CORES", available))


@functools.cache
def _library(source: str):
    function = ctypes.CDLL(str(build(source))).glass_run
    function.argtypes, function.restype = [ctypes.POINTER(Launch)], None
    return function


def launch(kernel, names, filename, translation: Translation, grid, block, args, shared_bytes):
    """Run it to the end. Raises a KernelError if it faults or takes too long; KeyboardInterrupt stops it too.

    kernel: ptx.Kernel; names: of its parameters, for messages; args: Arrays and NumPy scalars, already checked.
    """
    function = _library(translation.source)
    parameters = _pack(kernel, args)
    extents = _extents()
    roots = (Extent * max(1, len(translation.pointers)))(
        *(_behind(parameters, offset, args, kernel) for offset in translation.pointers)
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
        raise _explain(state.fault, kernel, names, filename, translation, grid, block, args)


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
                        f"kernel {name!r} ({filename}) did not end within {limit:g} s and was stopped; look for a loop that cannot end, "
                        f"or raise the limit with the environment variable GLASS_TIME_LIMIT",
                        name,
                    )
    except BaseException:  # KeyboardInterrupt above all: the cores must let go of the arrays before anyone else acts
        state.stop = 1
        _join(threads)
        raise


def _join(threads):
    for thread in threads:
        thread.join()


def _pack(kernel, args):
    buffer = ctypes.create_string_buffer(max(8, kernel.parameter_size))
    for parameter, value in zip(kernel.parameters.values(), args, strict=True):
        data = np.uint64(value.pointer).tobytes() if isinstance(value, Array) else value.tobytes()
        ctypes.memmove(ctypes.addressof(buffer) + parameter.offset, data, parameter.size)
    return buffer


def _extents():
    """Every live array by address."""
    return [Extent(a.pointer, a.nbytes) for a in sorted(LIVE, key=lambda a: a.pointer)]


def _behind(parameters, offset, args, kernel):
    """The array behind the pointer at this offset of the parameters."""
    for parameter, value in zip(kernel.parameters.values(), args, strict=True):
        if parameter.offset == offset and isinstance(value, Array):
            return Extent(value.pointer, value.nbytes)
    pointer = int.from_bytes(
        parameters.raw[offset : offset + 8], "little"
    )  # in a struct: the array that it points into
    return next(
        (Extent(a.pointer, a.nbytes) for a in LIVE if a.pointer <= pointer <= a.pointer + a.nbytes),
        Extent(pointer | 1, 0),
    )


# ---- what went wrong, in a sentence ----


def _explain(fault, kernel, names, filename, translation, grid, block, args) -> KernelError:
    if fault.kind == OUT_OF_MEMORY:
        return KernelError(
            f"kernel {kernel.name!r} needs more memory than this computer has; use a smaller grid or fewer local arrays",
            kernel.name,
        )
    site = translation.sites[fault.site]
    thread = _thread(fault, block)
    at = dict(kernel=kernel.name, line=site.line, block=tuple(fault.block), thread=thread)
    where = f"kernel {kernel.name!r}, {filename} line {site.line}, block {at['block']}, thread {thread}"
    if fault.kind == PARTED:
        return BarrierError(
            f"{where}: some threads of this warp wait at one __syncthreads() and some at another; move the barrier out of the branch so that all reach the same one",
            **at,
        )
    if fault.kind == TRAPPED:
        return Trap(f"{where}: the kernel stopped itself (trap or a failed assert)", **at)
    array, first, element, described = _array(fault, site, kernel, names, args)
    does = "reads" if site.opcode.startswith("ld") else "writes"
    offset = fault.address - first if first is not None else 0
    index = offset // element if first is not None else None
    if fault.kind == MISALIGNED:
        return Misaligned(
            f"{where}: {does} {fault.bytes} bytes at once at byte {offset} of {described}, but such an access must begin at a multiple of {fault.bytes} bytes",
            array=array, index=index, **at,
        )  # fmt: skip
    if array is None:
        return OutOfBounds(
            f"{where}: {does} an address that belongs to no array; check the pointer arithmetic",
            array=None,
            index=None,
            **at,
        )
    return OutOfBounds(
        f"{where}: {does} index {index} of {described}; check the index, or guard the access with an if",
        array=array,
        index=index,
        **at,
    )


def _thread(fault, block):
    linear = fault.warp * 32 + fault.lane
    return (linear % block[0], linear // block[0] % block[1], linear // (block[0] * block[1]))


def _array(fault, site, kernel, names, args):
    """(name, first address, bytes of an element, description) of the array that the access was meant for."""
    root, element = site.root, BITS[site.opcode.split(".")[-1].replace("b", "u")] // 8
    if root is None:
        return None, None, element, "an array"
    if root.space == "local":
        return "local array", LOCAL_BIAS, element, f"the local arrays of a thread ({kernel.local_size} bytes)"
    if root.space == "shared":
        return _shared(fault, root, kernel, element)
    for parameter, value, name in zip(kernel.parameters.values(), args, names, strict=True):
        if parameter.offset == root.offset and isinstance(value, Array):
            shape = " x ".join(str(n) for n in value.shape)
            many = f"{shape} = {value.size} elements" if value.ndim > 1 else f"{value.size} elements"
            return name, value.pointer, value.dtype.itemsize, f"{name}, which has {many} ({value.dtype})"
    return None, None, element, "an array"


def _shared(fault, root, kernel, element):
    variable, name = kernel.shared[root.name], _readable(root.name)
    has = (
        "is dynamic: shared_mem bytes at the launch"
        if variable.size is None
        else f"has {variable.size // element} elements of {element} bytes"
    )
    return name, fault.shared + variable.offset, element, f"the shared array {name}, which {has}"


def _readable(mangled: str) -> str:
    """`_ZZ5tiledE1a`, the array `a` inside `tiled`, -> "a"."""
    for match in reversed(list(re.finditer(r"E(\d+)", mangled))):
        return mangled[match.end() : match.end() + int(match[1])]
    return mangled
