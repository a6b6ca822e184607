"""A matrix as Hopper's tensor memory accelerator (TMA) knows it: a CUtensorMap, 128 bytes that a kernel gets by value.

The driver makes it, so it needs an NVIDIA GPU. Source: NVIDIA, *CUDA Driver API*, "Tensor Map Object Managment",
cuTensorMapEncodeTiled; the numbers below are the values of its enumerations in cuda.h.
"""

import ctypes
import functools
import sys

import numpy as np

from course_lib.gpu.errors import LaunchError, SetupError

BFLOAT16, NO_INTERLEAVE, SWIZZLE_128_BYTES, PROMOTE_TO_256_BYTES, ZEROS_OUTSIDE = 9, 0, 3, 3, 0
TENSOR_MAP = np.dtype("V128")


def tensor_map(matrix, box: tuple[int, int]) -> np.ndarray:
    """The argument `const __grid_constant__ CUtensorMap` for a device matrix of bfloat16 bits (uint16), row by row.

    box: (rows, columns) that one copy brings, a row of it being 128 bytes, swizzled; zeros beyond the matrix.
    Raises LaunchError for a matrix that TMA cannot describe, SetupError without a driver that has TMA.
    """
    pointer, dimensions, strides = _described(matrix)
    encode = _driver().cuTensorMapEncodeTiled
    buffer = (ctypes.c_uint64 * 24)()  # 128 bytes at a multiple of 64 lie in it
    at = -(-ctypes.addressof(buffer) // 64) * 64
    status = encode(
        ctypes.c_void_p(at), ctypes.c_int(BFLOAT16), ctypes.c_uint32(2), ctypes.c_void_p(pointer),
        (ctypes.c_uint64 * 2)(*dimensions), (ctypes.c_uint64 * 1)(*strides), (ctypes.c_uint32 * 2)(box[1], box[0]),
        (ctypes.c_uint32 * 2)(1, 1), ctypes.c_int(NO_INTERLEAVE), ctypes.c_int(SWIZZLE_128_BYTES),
        ctypes.c_int(PROMOTE_TO_256_BYTES), ctypes.c_int(ZEROS_OUTSIDE),
    )  # fmt: skip
    if status:
        raise LaunchError(
            f"the driver refused to describe a {matrix.shape[0]} x {matrix.shape[1]} matrix to TMA in boxes of "
            f"{box[0]} x {box[1]} (CUDA error {status})"
        )
    return np.frombuffer(ctypes.string_at(at, 128), TENSOR_MAP).reshape(())


def _described(matrix):
    """(address, (columns, rows), (bytes from a row to the next,)): the fastest dimension comes first."""
    rows, columns = matrix.shape
    pointer = matrix.data.ptr
    if matrix.dtype != np.uint16 or not matrix.flags.c_contiguous or not rows or not columns:
        raise LaunchError(
            f"TMA is given a matrix of uint16 in order, not empty, but {matrix.dtype} of shape {matrix.shape} came"
        )
    if pointer % 16 or columns * 2 % 16:
        raise LaunchError(
            f"TMA needs rows that begin at multiples of 16 bytes, but this matrix begins at {pointer % 16} beyond one "
            f"and its rows are {columns * 2} bytes long; pad it to a multiple of 8 columns"
        )
    return pointer, (columns, rows), (columns * 2,)


@functools.cache
def _driver():
    file = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(file)
        driver.cuTensorMapEncodeTiled  # noqa: B018  a driver before CUDA 12 lacks it
    except (OSError, AttributeError) as error:
        raise SetupError(f"TMA needs NVIDIA's driver of CUDA 12 or later, and {file} has it not ({error})") from None
    return driver
