"""What both devices check before a launch, so that a mistake reads the same on both and nothing runs.

The limits are those of every NVIDIA GPU since 2012 (CUDA C++ Programming Guide, table "Technical Specifications").
"""

import numpy as np

from course_lib.gpu.errors import ArrayError, CompileError, LaunchError

MOST_THREADS = 1024
BLOCK_LIMITS = (1024, 1024, 64)
GRID_LIMITS = (2**31 - 1, 65535, 65535)
STATIC_SHARED = 48 * 1024  # bytes a block has without asking
MOST_CONSTANT = 64 * 1024  # bytes of __constant__ variables of a source
MOST_LOCAL = 512 * 1024  # bytes of local arrays a thread
MOST_SHARED = 227 * 1024  # bytes a block can ask for on Hopper
MULTIPROCESSORS = 132  # of an H200, each with at most so many threads, blocks and bytes of shared memory at once:
AT_ONCE = (2048, 32, 228 * 1024)
SCALARS = {"f16": "float16", "f32": "float32", "f64": "float64"}


def dimensions(what: str, given, limits) -> tuple[int, int, int]:
    """A grid or block as (x, y, z)."""
    if not isinstance(given, (tuple, list)) or not 1 <= len(given) <= 3:
        raise LaunchError(f"the {what} is a tuple of 1 to 3 integers such as (16, 16), but {given!r} came")
    for axis, size, limit in zip("xyz", given, limits, strict=False):
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)):
            raise LaunchError(
                f"the {what} is made of integers, but its {axis} is {size!r}; divide with // and round up"
            )
        if size < 1:
            raise LaunchError(
                f"the {what} {tuple(given)} is {size} in {axis}, but every dimension must be at least 1: "
                f"no thread would run"
            )
        if size > limit:
            raise LaunchError(f"the {what} {tuple(given)} is {size} in {axis}, but a GPU allows at most {limit}")
    return tuple(int(size) for size in (*given, 1, 1)[:3])


def check_shape(name: str, grid, block, most_threads: int = MOST_THREADS):
    """The grid and block as triples. Raises LaunchError."""
    grid, block = dimensions("grid", grid, GRID_LIMITS), dimensions("block", block, BLOCK_LIMITS)
    threads = block[0] * block[1] * block[2]
    if threads > most_threads:
        bound = (
            "a block may have at most"
            if most_threads == MOST_THREADS
            else f"__launch_bounds__ of {name!r} allows at most"
        )
        raise LaunchError(f"the block {block} has {threads} threads, but {bound} {most_threads}")
    return grid, block


def check_shared(name: str, static: int, dynamic, allowed: int | None):
    """allowed: what `max_dynamic_shared_size_bytes` was set to, None if it was not."""
    if isinstance(dynamic, bool) or not isinstance(dynamic, (int, np.integer)) or dynamic < 0:
        raise LaunchError(f"shared_mem is a number of bytes, 0 or more, but {dynamic!r} came")
    if static + dynamic > STATIC_SHARED and (allowed is None or dynamic > allowed or static + dynamic > MOST_SHARED):
        raise LaunchError(
            f"kernel {name!r} asks for {static + dynamic} bytes of shared memory a block ({static} static, {dynamic} "
            f"dynamic), but the limit is {STATIC_SHARED}; use smaller tiles, or for dynamic memory set "
            f"kernel.max_dynamic_shared_size_bytes, up to {MOST_SHARED}"
        )
    return int(dynamic)


def check_cooperative(name: str, grid, block, shared: int, most: int | None = None) -> None:
    """A grid that synchronises as a whole: a block that has no room yet would be waited for in vain.

    most: how many blocks the device holds at once; None: an H200, whose kernels need few registers.
    """
    blocks, threads = (sizes[0] * sizes[1] * sizes[2] for sizes in (grid, block))
    if most is None:
        needs = (-(-threads // 32) * 32, 1, shared + 1024)
        most = MULTIPROCESSORS * min(has // need for has, need in zip(AT_ONCE, needs, strict=True))
    if blocks > most:
        raise LaunchError(
            f"kernel {name!r} synchronises its whole grid, so all its blocks must be on the GPU at once: at most "
            f"{most} blocks of {threads} threads, but {blocks} came; launch fewer, and let each do more in a loop with "
            f"the stride of the grid"
        )


def check_local(name: str, size: int) -> None:
    """The local arrays of one thread."""
    if size > MOST_LOCAL:
        raise LaunchError(
            f"the local arrays of kernel {name!r} take {size} bytes a thread, but a GPU allows {MOST_LOCAL}; "
            f"move them to an array in global memory"
        )


def check_constants(filename: str, kernels) -> None:
    """The `__constant__` variables of a source; kernels: parsed."""
    arrays = next((kernel.module for kernel in kernels.values()), {})
    size = sum(array.size for array in arrays.values() if array.space == "const")
    if size > MOST_CONSTANT:
        raise CompileError(
            f"the __constant__ variables of {filename} take {size} bytes, but a GPU has {MOST_CONSTANT} for them; make "
            f"the largest a __device__ variable, or pass it as an array"
        )


def check_variable(name: str, size: int, shape, dtype):
    """The shape and dtype by which a variable of a module, of `size` bytes, is to be seen."""
    try:
        dtype, shape = np.dtype(dtype), tuple(shape) if isinstance(shape, (tuple, list)) else (int(shape),)
        needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    except (TypeError, ValueError) as error:
        raise LaunchError(
            f"a variable is seen by a shape such as (16,) and a dtype such as np.float32 ({error})"
        ) from None
    if needed != size or dtype.hasobject:
        raise LaunchError(
            f"the variable {name!r} has {size} bytes, but {dtype} of shape {shape} has {needed}; "
            f"say its shape and dtype as the source declares them"
        )
    return shape, dtype


def check_array(shape, dtype) -> tuple[tuple[int, ...], np.dtype]:
    """The shape and dtype of a new device array. Raises ArrayError."""
    try:
        dtype, shape = np.dtype(dtype), tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        whole = all(int(n) == n and n >= 0 for n in shape)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArrayError(f"an array needs a shape such as (3, 4) and a dtype such as np.float32 ({error})") from None
    if dtype.hasobject or dtype.kind in "USOMm":
        raise ArrayError(f"a device array holds numbers, but dtype {dtype} came; convert with .astype(np.float32)")
    if not whole:
        raise ArrayError(f"a shape is made of integers of at least 0, but {shape} came")
    return tuple(int(n) for n in shape), dtype


def host_array(values) -> np.ndarray:
    """What NumPy makes of values that are to be moved. Raises ArrayError."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ArrayError(f"an array needs rows of equal length ({error})") from None


def too_large(shape, nbytes: int) -> ArrayError:
    """What is said where memory does not suffice."""
    return ArrayError(f"an array of shape {shape} and {nbytes} bytes does not fit into memory; make it smaller")


def check_arguments(name: str, declared, types: list[tuple[str, int]], args, is_array) -> list:
    """Each argument as a device array or a NumPy scalar of exactly the parameter's type.

    declared: signature.parameters(...) or None; types: the PTX type and size in bytes of each parameter;
    is_array: whether a value is an array of this device. Raises LaunchError.
    """
    if not isinstance(args, (tuple, list)):
        raise LaunchError(
            f"the arguments of kernel {name!r} are a tuple such as (A, B, n), but {type(args).__name__} came"
        )
    known = declared if declared is not None and len(declared) == len(types) else [None] * len(types)
    if len(args) != len(types):
        names = f" ({', '.join(p.name for p in known)})" if all(known) and known else ""
        raise LaunchError(f"kernel {name!r} takes {len(types)} arguments{names}, but {len(args)} came")
    return [
        _argument(name, i, p, t, size, a, is_array)
        for i, (p, (t, size), a) in enumerate(zip(known, types, args, strict=True))
    ]


def _argument(kernel, position, parameter, ptx_type, size, value, is_array):
    where = (
        f"argument {position} of kernel {kernel!r}"
        if parameter is None
        else f"argument {position} ({parameter.name}) of kernel {kernel!r}"
    )
    if isinstance(value, np.ndarray) and value.ndim > 0:
        raise LaunchError(
            f"{where} is a NumPy array in host memory, which a kernel cannot see; move it with gpu.asarray(x)"
        )
    if is_array(value):
        return _array(where, parameter, ptx_type, value)
    if parameter is not None and parameter.pointer:
        raise LaunchError(
            f"{where} is a pointer, so a device array is expected, but {_shown(value)} came; "
            f"make one with gpu.asarray(x)"
        )
    small = parameter is not None and parameter.dtype is not None and parameter.dtype.itemsize == size  # a __half
    if ptx_type == "b8" and not (small and not isinstance(value, (np.void, np.ndarray))):
        return _struct(where, size, value)
    return _scalar(where, parameter, ptx_type, value)


def _array(where, parameter, ptx_type, value):
    if (parameter is not None and not parameter.pointer) or ptx_type != "u64":
        expected = parameter.c_type if parameter is not None else f"a scalar ({ptx_type})"
        raise LaunchError(f"{where} is {expected}, but an array came; pass one number")
    if not value.flags.c_contiguous:
        raise LaunchError(
            f"{where} is not contiguous in memory (shape {value.shape}, strides {value.strides}); "
            f"pass x.copy(), which is"
        )
    if parameter is not None and parameter.dtype is not None and value.dtype != parameter.dtype:
        raise LaunchError(
            f"{where} points to {parameter.c_type}, so an array of {parameter.dtype} is expected, but {value.dtype} "
            f"came; convert it first: gpu.asarray(x.astype(np.{parameter.dtype}))"
        )
    return value


def _struct(where, size, value):
    if not isinstance(value, (np.void, np.ndarray)) or value.ndim or value.dtype.itemsize != size:
        raise LaunchError(
            f"{where} is a struct of {size} bytes, so a NumPy record of that size is expected, but {_shown(value)} came"
        )
    return value


def _scalar(where, parameter, ptx_type, value):
    dtype = parameter.dtype if parameter is not None and parameter.dtype is not None else None
    dtype = dtype or np.dtype(SCALARS.get(ptx_type) or f"{'u' if ptx_type[0] == 'u' else ''}int{ptx_type[1:]}")
    exact = isinstance(value, np.generic) and (
        value.dtype == dtype or (parameter is None and value.dtype.itemsize == dtype.itemsize)
    )
    if exact and (dtype.kind == "f") == (value.dtype.kind == "f"):
        return value
    expected = parameter.c_type if parameter is not None else ptx_type
    if dtype.kind in "iu" and isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_)):
        limits = np.iinfo(dtype)
        if not limits.min <= value <= limits.max:
            raise LaunchError(f"{where} is {expected}, which holds {limits.min} to {limits.max}, but {value} came")
        if isinstance(value, np.integer) and value.dtype.itemsize != dtype.itemsize:
            raise LaunchError(
                f"{where} is {expected}, so np.{dtype} is expected, but np.{value.dtype} came; pass np.{dtype}({value})"
            )
        return dtype.type(value)
    if dtype.kind == "b" and isinstance(value, (bool, np.bool_)):
        return np.bool_(value)
    if dtype.kind == "f" and type(value) is float:
        return dtype.type(value)
    raise LaunchError(f"{where} is {expected}, so np.{dtype} is expected, but {_shown(value)} came; pass np.{dtype}(…)")


def _shown(value):
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:37] + '…'}"
