"""Device arrays of the glass GPU: like CuPy's, they live apart from the host's arrays and are moved by asking."""

import threading
import weakref

import numpy as np

from course_lib.gpu.errors import ArrayError

ALIGNMENT = 256  # bytes, as cudaMalloc's
_LIVE: "weakref.WeakSet[Allocation]" = weakref.WeakSet()
_LIVE_LOCK = threading.Lock()  # several Python threads may allocate and launch at once


class Allocation:
    """A piece of device memory, filled with ones (NaN as a float, -1 as an int): nobody wrote it yet."""

    def __init__(self, nbytes: int):
        raw = np.empty(nbytes + 2 * ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        self.bytes = raw[start : start + nbytes]
        self.bytes.fill(0xFF)
        self.pointer, self.nbytes = raw.ctypes.data + start, nbytes
        self.written: np.ndarray | None = None  # byte -> whether it was written, of `empty`; None: nobody keeps account
        with _LIVE_LOCK:
            _LIVE.add(self)

    def write(self, view: np.ndarray) -> None:
        """The host wrote these elements."""
        if self.written is not None and view.nbytes == self.nbytes:
            self.written = None
        elif self.written is not None and view.size:
            offset = view.ctypes.data - self.pointer
            shape, strides = (*view.shape, view.itemsize), (*view.strides, 1)
            np.ndarray(shape, np.uint8, self.written, offset, strides)[...] = 1


def live() -> list[Allocation]:
    """Every allocation that something still refers to, by address."""
    with _LIVE_LOCK:
        return sorted(_LIVE, key=lambda allocation: allocation.pointer)


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
        values = _host(values)
        if values.shape != self.shape or values.dtype != self.dtype:
            came = f"{values.dtype} of shape {values.shape}"
            raise ArrayError(f"set() expects {self.dtype} of shape {self.shape}, but {came} came")
        self._memory[...] = values
        self.allocation.write(self._memory)

    def fill(self, value) -> None:
        """Set every element to one number."""
        try:
            self._memory.fill(value)
            self.allocation.write(self._memory)
        except (TypeError, ValueError):
            raise ArrayError(f"fill() expects a number for {self.dtype}, but {value!r} came") from None

    def copy(self) -> "Array":
        """An array of its own, in order."""
        new = empty(self.shape, self.dtype)
        new._memory[...] = self._memory
        new.allocation.written = None
        return new

    def reshape(self, *shape) -> "Array":
        """The same memory in another shape; of a view that is not in order, a copy."""
        source = self if self.flags.c_contiguous else self.copy()
        try:
            return Array(source._memory.reshape(*shape), source.allocation)
        except (TypeError, ValueError):
            wanted = shape[0] if len(shape) == 1 else shape
            raise ArrayError(f"{self.size} elements of shape {self.shape} cannot take the shape {wanted!r}") from None

    def ravel(self) -> "Array":
        return self.reshape(-1)

    def __getitem__(self, index) -> "Array":
        """A view; of a single element, an array without dimensions, as CuPy gives."""
        index = index if isinstance(index, tuple) else (index,)
        if not all(isinstance(i, (int, np.integer, slice, type(...), type(None))) for i in index):
            raise ArrayError(
                f"a device array is indexed with integers and slices, but {index!r} came; index .get() instead"
            )
        try:
            return Array(self._memory[index if ... in index else (*index, ...)], self.allocation)
        except IndexError as error:
            raise ArrayError(f"this array has the shape {self.shape}, and {error}") from None

    def __setitem__(self, index, value):
        view = self[index]
        if isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
            raise ArrayError(  # as CuPy does
                "elements take a number or a device array, but what came is in host memory; "
                "move it with gpu.asarray(…), or use .set(…)"
            )
        try:
            view._memory[...] = value._memory if isinstance(value, Array) else value
            self.allocation.write(view._memory)
        except (TypeError, ValueError) as error:
            raise ArrayError(f"these elements of {self.dtype} cannot take that value: {error}") from None

    def __len__(self):
        if not self.ndim:
            raise ArrayError("an array without dimensions has no length")
        return len(self._memory)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        return f"<glass GPU array {self.dtype} {self.shape}; .get() shows its values>"

    def __array__(self, *_, **__):
        raise ArrayError(
            "this array is in the GPU's memory, where NumPy cannot see it; bring it back first with .get()"
        )


def _refuse(self, *_):
    raise ArrayError(
        "a device array does no arithmetic by itself in this course; write a kernel, or compute with .get()"
    )


_TWO = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")
_ONE = ("neg", "pos", "abs", "invert", "lt", "le", "gt", "ge", "eq", "ne", "float", "int", "bool", "index", "round")
for _name in (*_ONE, *(f"{side}{name}" for name in _TWO for side in ("", "r", "i"))):
    setattr(Array, f"__{_name}__", _refuse)
Array.__hash__ = object.__hash__


def empty(shape, dtype=np.float32) -> Array:
    """Memory that nobody wrote yet."""
    try:
        dtype, shape = np.dtype(dtype), tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        count = int(np.prod([int(n) for n in shape], dtype=object)) if shape else 1
    except (TypeError, ValueError, OverflowError) as error:
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
    allocation.written = np.zeros(allocation.nbytes, np.uint8)
    return Array(allocation.bytes.view(dtype).reshape([int(n) for n in shape]), allocation)


def asarray(values) -> Array:
    """A device array with a copy of host values; a device array is returned as it is."""
    if isinstance(values, Array):
        return values
    values = _host(values)
    array = empty(values.shape, values.dtype)
    array.set(values)
    return array


def _host(values) -> np.ndarray:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ArrayError(f"an array needs rows of equal length ({error})") from None
