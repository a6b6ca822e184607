"""Device arrays of the glass GPU: like CuPy's, they live apart from the host's arrays and are moved by asking."""

import weakref

import numpy as np

from course_lib.gpu.errors import ArrayError

ALIGNMENT = 256  # bytes, as cudaMalloc's
LIVE: "weakref.WeakSet[Allocation]" = weakref.WeakSet()


class Allocation:
    """A piece of device memory, filled with ones (NaN as a float, -1 as an int): nobody wrote it yet."""

    def __init__(self, nbytes: int):
        raw = np.empty(nbytes + 2 * ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        self.bytes = raw[start : start + nbytes]
        self.bytes.fill(0xFF)
        self.pointer, self.nbytes = raw.ctypes.data + start, nbytes
        LIVE.add(self)


class Array:
    """A device array: shape, dtype, nbytes, get, set, fill, reshape, slices as views. It computes nothing by itself."""

    __array_priority__ = 100

    def __init__(self, memory: np.ndarray, allocation: Allocation):
        self._memory, self.allocation = memory, allocation

    shape = property(lambda self: self._memory.shape)
    dtype = property(lambda self: self._memory.dtype)
    size = property(lambda self: self._memory.size)
    ndim = property(lambda self: self._memory.ndim)
    nbytes = property(lambda self: self._memory.nbytes)
    strides = property(lambda self: self._memory.strides)
    flags = property(lambda self: self._memory.flags)
    pointer = property(lambda self: self._memory.ctypes.data)
    T = property(lambda self: Array(self._memory.T, self.allocation))

    def get(self) -> np.ndarray:
        """A copy in host memory."""
        return self._memory.copy()

    def set(self, values) -> None:
        """Copy host values of the same shape and dtype into this array."""
        values = np.asarray(values)
        if values.shape != self.shape or values.dtype != self.dtype:
            raise ArrayError(
                f"set() expects {self.dtype} of shape {self.shape}, but {values.dtype} of shape {values.shape} came"
            )
        self._memory[...] = values

    def fill(self, value) -> None:
        self._memory.fill(value)

    def copy(self) -> "Array":
        new = empty(self.shape, self.dtype)
        new._memory[...] = self._memory
        return new

    def reshape(self, *shape) -> "Array":
        return Array(self._memory.reshape(*shape), self.allocation)

    def ravel(self) -> "Array":
        return self.reshape(-1)

    def __getitem__(self, index) -> "Array":
        """A view; of a single element, an array without dimensions, as CuPy gives."""
        index = index if isinstance(index, tuple) else (index,)
        if not all(isinstance(i, (int, np.integer, slice, type(...), type(None))) for i in index):
            raise ArrayError(
                f"a device array is indexed with integers and slices, but {index!r} came; index .get() instead"
            )
        return Array(self._memory[index if ... in index else (*index, ...)], self.allocation)

    def __len__(self):
        return len(self._memory)

    def __repr__(self):
        return f"<glass GPU array {self.dtype} {self.shape}; .get() shows its values>"

    def __array__(self, *_, **__):
        raise ArrayError(
            "this array is in the GPU's memory, where NumPy cannot see it; bring it back first with .get()"
        )

    def _no_arithmetic(self, *_):
        raise ArrayError(
            "a device array does no arithmetic by itself in this course; write a kernel, or compute with .get()"
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __matmul__ = (
        __rmatmul__
    ) = _no_arithmetic


def empty(shape, dtype=np.float32) -> Array:
    """Memory that nobody wrote yet."""
    try:
        dtype, shape = np.dtype(dtype), tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        count = int(np.prod([int(n) for n in shape], dtype=object)) if shape else 1
    except (TypeError, ValueError) as error:
        raise ArrayError(f"an array needs a shape such as (3, 4) and a dtype such as np.float32 ({error})") from None
    if dtype.hasobject or dtype.kind in "USOMm":
        raise ArrayError(f"a device array holds numbers, but dtype {dtype} came; convert with .astype(np.float32)")
    if any(int(n) != n or n < 0 for n in shape):
        raise ArrayError(f"a shape is made of integers of at least 0, but {shape} came")
    try:
        allocation = Allocation(count * dtype.itemsize)
    except (MemoryError, ValueError):
        raise ArrayError(
            f"an array of shape {shape} and {count * dtype.itemsize} bytes does not fit into memory; make it smaller"
        ) from None
    return Array(allocation.bytes.view(dtype).reshape([int(n) for n in shape]), allocation)


def asarray(values) -> Array:
    """A device array with a copy of host values; a device array is returned as it is."""
    if isinstance(values, Array):
        return values
    values = np.asarray(values)
    array = empty(values.shape, values.dtype)
    array._memory[...] = values
    return array
