"""Plain data over a pipe, between the judge and a process that it does not trust.

A frame is a magic word, two lengths, a JSON tree and the bytes of its arrays one after the other. In the tree a list,
tuple, dict, array or opaque object is a JSON object whose "t" says which; numbers, text, true, false and null stand for
themselves. Nothing is ever unpickled, no name is looked up, and an array is made by the reader from a kind, a shape and
bytes that must agree.

The reader trusts nothing: whatever the bytes are, it returns plain data (names.py) or raises WireError.
"""

import json
import os
import select
import struct
import time

import numpy as np

from course_lib.grading.names import Opaque

MAGIC = b"GLW1"
HEADER = struct.Struct("<4sII")  # magic, bytes of JSON, bytes of arrays
MOST_BYTES = 16 << 20  # of a frame: a judge keeps all that a test was given
MOST_TEXT = 4 << 20  # of its JSON
MOST_DEPTH = 24
MOST_NODES = 200_000
MOST_BITS = 4096  # of an integer
MOST_DIMENSIONS = 16
KINDS = frozenset(["|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"])


class WireError(Exception):
    """Bytes that are no frame, a value that none can hold, or a pipe that ended."""


class TooLate(WireError):
    """The other side took too long."""


def encode(value) -> bytes:
    """The frame of a value. Raises WireError if it is no plain data, or too much of it."""
    arrays, nodes = [], 0

    def tree(value, depth):
        nonlocal nodes
        nodes += 1
        if depth > MOST_DEPTH or nodes > MOST_NODES:
            raise WireError(f"a value has more than {MOST_NODES} parts, or is nested more than {MOST_DEPTH} deep")
        kind = type(value)
        if value is None or kind in (bool, float, str):
            return value
        if kind is int and value.bit_length() <= MOST_BITS:
            return value
        if kind in (list, tuple):
            return {"t": kind.__name__, "v": [tree(item, depth + 1) for item in value]}
        if kind is dict:
            return {"t": "dict", "v": [[tree(key, depth + 1), tree(item, depth + 1)] for key, item in value.items()]}
        if isinstance(value, np.generic):
            return {"t": "scalar", "v": tree(np.asarray(value), depth + 1)}
        if kind is np.ndarray and value.dtype.str in KINDS:
            arrays.append(np.ascontiguousarray(value).tobytes())
            return {"t": "array", "kind": value.dtype.str, "shape": list(value.shape)}
        name = value.type if kind is Opaque else f"{value.dtype} array" if kind is np.ndarray else kind.__name__
        return {"t": "opaque", "v": str(name)[:80]}

    text = json.dumps(tree(value, 0)).encode()
    size = sum(map(len, arrays))
    if len(text) > MOST_TEXT or len(text) + size > MOST_BYTES:
        raise WireError(f"a value is larger than {MOST_BYTES >> 20} MiB")
    return b"".join([HEADER.pack(MAGIC, len(text), size), text, *arrays])


def decode(text: bytes, data: bytes):
    """The value of a frame's two parts. Raises WireError."""
    try:
        value, rest = _Reader(data).value(json.loads(text), 0)
    except WireError:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError) as error:
        raise WireError(f"no value: {type(error).__name__}") from None
    if rest:
        raise WireError("bytes are left over")
    return value


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at, self.nodes = data, 0, 0

    def value(self, tree, depth):
        """(the value of a tree, how many bytes of the arrays are unread)"""
        return self.read(tree, depth), len(self.data) - self.at

    def read(self, tree, depth):
        self.nodes += 1
        if depth > MOST_DEPTH or self.nodes > MOST_NODES:
            raise WireError("too much in one value")
        if tree is None or type(tree) in (bool, float, str):
            return tree
        if type(tree) is int and tree.bit_length() <= MOST_BITS:
            return tree
        if type(tree) is not dict:
            raise WireError("a node of no known type")
        kind, inner = tree.get("t"), tree.get("v")
        if kind in ("list", "tuple") and type(inner) is list:
            items = [self.read(item, depth + 1) for item in inner]
            return items if kind == "list" else tuple(items)
        if kind == "dict" and type(inner) is list and all(type(pair) is list and len(pair) == 2 for pair in inner):
            return {self.key(key, depth + 1): self.read(item, depth + 1) for key, item in inner}
        if kind == "array":
            return self.array(tree.get("kind"), tree.get("shape"))
        if kind == "scalar" and type(inner) is dict and inner.get("t") == "array" and inner.get("shape") == []:
            return self.read(inner, depth + 1)[()]
        if kind == "opaque" and type(inner) is str:
            return Opaque(inner[:80])
        raise WireError("a node of no known type")

    def key(self, tree, depth):
        key = self.read(tree, depth)
        try:
            hash(key)
        except TypeError:
            raise WireError("a key that cannot be one") from None
        return key

    def array(self, kind, shape):
        if type(kind) is not str or kind not in KINDS or type(shape) is not list or len(shape) > MOST_DIMENSIONS:
            raise WireError("an array of no known kind")
        count = 1
        for size in shape:
            if type(size) is not int or not 0 <= size <= MOST_BYTES:
                raise WireError("an array of an impossible shape")
            count *= size  # at most 2**(26 * 16): a small number for Python
        size = count * np.dtype(kind).itemsize
        if size > len(self.data) - self.at:
            raise WireError("an array with too few bytes")
        made = np.frombuffer(self.data, kind, count, self.at) if count else np.empty(0, kind)
        self.at += size
        made = made.reshape(shape).copy()
        return made != 0 if kind == "|b1" and made.view("u1").max(initial=0) > 1 else made


def send(pipe: int, frame: bytes, deadline: float | None = None) -> None:
    """Write all of a frame to a file descriptor, until time.monotonic() is `deadline`. Raises WireError."""
    left = memoryview(frame)
    while left:
        _wait(pipe, deadline, writing=True)
        try:
            left = left[os.write(pipe, left[: 1 << 16]) :]
        except BlockingIOError:
            continue
        except OSError:
            raise WireError("the pipe ended") from None


def receive(pipe: int, deadline: float | None = None):
    """The value of the next frame. Raises WireError; after one, nothing more can be read from the pipe."""
    magic, text, data = HEADER.unpack(_exactly(pipe, HEADER.size, deadline))
    if magic != MAGIC or text > MOST_TEXT or text + data > MOST_BYTES:
        raise WireError("what came is no frame")
    return decode(_exactly(pipe, text, deadline), _exactly(pipe, data, deadline))


def _exactly(pipe: int, count: int, deadline: float | None) -> bytes:
    parts, missing = [], count
    while missing:
        _wait(pipe, deadline, writing=False)
        try:
            part = os.read(pipe, min(missing, 1 << 20))
        except BlockingIOError:
            continue
        except OSError:
            part = b""
        if not part:
            raise WireError("the pipe ended")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _wait(pipe: int, deadline: float | None, writing: bool) -> None:
    if deadline is None:
        return
    left = deadline - time.monotonic()
    ready = select.select([] if writing else [pipe], [pipe] if writing else [], [], max(left, 0))
    if left <= 0 or not (ready[0] or ready[1]):
        raise TooLate("it took too long")
