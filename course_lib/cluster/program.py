"""What a worker of a distributed program may do; the same worker runs on simulated.py and on processes.py.

A worker is a generator, numbered by its rank. It yields what it does next and is resumed when that is done:

    yield compute(0.01)                     it is busy for so many seconds
    yield compute(flops=2e9)                or for so many floating-point operations
    yield send(3, x)                        a copy of x goes to rank 3; it is busy until x is on its way
    yield send(3, x, tag="w", wait=False)   it goes on at once, while the link is busy
    message = yield recv(3)                 it sleeps until a message from rank 3 is there
    message = yield recv()                  from any rank
    message = yield recv(within=0.5)        the same, or None if none comes in so many seconds
    now = yield clock()                     seconds since the program began

A message has .source, .payload and .tag. Payloads are plain data: NumPy arrays of numbers, numbers, text, None, and
tuples, lists and dicts of them; Bytes(n) stands for n bytes that nobody will look at. Messages from one rank to another
arrive in the order in which they were sent. What a worker returns is its result.
"""

import math
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np

from course_lib.errors import UserError

ANY = None
_made = tuple.__new__  # a named tuple's own way to be made takes three times as long


class ProgramError(UserError):
    """A worker did something that no worker may do; the sentence names its rank."""


class Compute(NamedTuple):
    seconds: float | None
    flops: float | None


class Send(NamedTuple):
    to: int
    payload: Any
    tag: int | str
    wait: bool


class Recv(NamedTuple):
    source: int | None
    tag: int | str | None
    within: float | None

    def __str__(self):
        source = "any rank" if self.source is ANY else f"rank {self.source}"
        return source if self.tag is ANY else f"{source} with tag {self.tag!r}"


class Clock(NamedTuple):
    pass


class Message(NamedTuple):
    source: int
    payload: Any
    tag: int | str


class Bytes(NamedTuple):
    """Stands for so many bytes: a message's time can be simulated without its contents."""

    count: int


def compute(seconds: float | None = None, flops: float | None = None) -> Compute:
    """Be busy for so many seconds, or for as long as so many floating-point operations take this rank."""
    return Compute(seconds, flops)


def send(to: int, payload, tag: int | str = 0, wait: bool = True) -> Send:
    """Send a copy of `payload` as it is now. With wait=False go on while it is sent."""
    return _made(Send, (to if type(to) is int else _whole(to), payload, tag if type(tag) is int else _whole(tag), wait))


def recv(source: int | None = ANY, tag: int | str | None = ANY, within: float | None = None) -> Recv:
    """Wait for the first Message from `source` with `tag`; with `within`, for at most so many seconds, then None."""
    return _made(Recv, (source if type(source) is int else _whole(source), _whole(tag), within))


def clock() -> Clock:
    """The seconds since the program began."""
    return Clock()


def started(worker: Generator | Callable, rank: int) -> Generator:
    """The generator of a worker, which may also be a function without arguments that makes one."""
    made = worker() if callable(worker) else worker
    if not isinstance(made, Generator):
        raise ProgramError(
            f"rank {rank} should be a generator, a function with `yield` that was called, "
            f"but it is {type(made).__name__}"
        )
    return made


def checked(command, rank: int, p: int) -> int:
    """The bytes that a command of this rank, one of p, sends. Raises ProgramError if no worker may yield it."""
    kind = type(command)
    if kind is Send:
        to, payload, tag, wait = command
        _require_rank("sends to", to, rank, p)
        if type(tag) not in (int, str) or type(wait) is not bool:
            raise ProgramError(f"rank {rank} sends with tag {tag!r} and wait {wait!r}; a tag is a whole number or text")
        return size_of(payload, rank)
    if kind is Recv:
        source, tag, within = command
        if source is not ANY:
            _require_rank("receives from", source, rank, p)
        if tag is not ANY and type(tag) not in (int, str):
            raise ProgramError(f"rank {rank} receives with tag {tag!r}; a tag is a whole number, text, or ANY")
        if within is not None:
            _require_amount("waits at most", within, "seconds", rank)
    elif kind is Compute:
        seconds, flops = command
        if (seconds is None) == (flops is None):
            raise ProgramError(f"rank {rank} should compute either so many seconds or so many flops")
        if flops is None:
            _require_amount("computes", seconds, "seconds", rank)
        else:
            _require_amount("computes", flops, "flops", rank)
    elif kind is not Clock:
        came = "a generator: write `yield from` before it" if isinstance(command, Generator) else _brief(command)
        raise ProgramError(f"rank {rank} should yield compute(), send(), recv() or clock(), but it yielded {came}")
    return 0


def copied(payload):
    """What arrives of a payload: nobody's later writes change it."""
    kind = type(payload)
    if kind is np.ndarray:
        return payload.copy()
    if kind in (tuple, list):
        return kind(map(copied, payload))
    if kind is dict:
        return {copied(key): copied(value) for key, value in payload.items()}
    return payload


def size_of(payload, rank: int = 0, depth: int = 0) -> int:
    """The bytes of a payload: 8 for a number, for text what UTF-8 makes of it. Raises ProgramError if it is none."""
    kind = type(payload)
    if kind is np.ndarray and payload.dtype.kind in "biufc":
        return payload.nbytes
    if payload is None:
        return 0
    if kind in (bool, int, float, complex) or isinstance(payload, np.number | np.bool_):
        return 8
    if kind is str:
        return len(payload.encode("utf-8", "surrogatepass"))
    if kind is Bytes and type(payload.count) is int and payload.count >= 0:
        return payload.count
    if kind in (tuple, list, dict) and depth < 20:
        inside = [*payload.keys(), *payload.values()] if kind is dict else payload
        return sum(size_of(each, rank, depth + 1) for each in inside)
    raise ProgramError(
        f"rank {rank} should send NumPy arrays of numbers, numbers, text, None, or tuples, lists and dicts of them "
        f"(nested 20 deep at most), but it sent {_brief(payload)}"
    )


def where(worker: Generator) -> str:
    """The line at which a worker has yielded, in brackets."""
    while isinstance(worker.gi_yieldfrom, Generator):
        worker = worker.gi_yieldfrom
    return f" (line {worker.gi_frame.f_lineno} of {worker.gi_code.co_name})" if worker.gi_frame else ""


def _whole(number):
    """NumPy's whole numbers are as good as Python's."""
    return int(number) if number is not ANY and isinstance(number, np.integer) else number


def _require_rank(does: str, other, rank: int, p: int) -> None:
    if type(other) is not int or not 0 <= other < p:
        raise ProgramError(f"rank {rank} {does} {other!r}, but the ranks are the whole numbers from 0 to {p - 1}")
    if other == rank:
        raise ProgramError(f"rank {rank} {does} itself; what it has, it need not wait for")


def _require_amount(does: str, amount, unit: str, rank: int) -> None:
    if type(amount) not in (int, float) and not isinstance(amount, np.integer | np.floating):
        raise ProgramError(f"rank {rank} {does} {_brief(amount)}; {unit} are a number")
    if not 0 <= amount < math.inf:
        raise ProgramError(f"rank {rank} {does} {amount} {unit}; a finite number from 0 on was expected")


def _brief(value) -> str:
    if isinstance(value, np.ndarray):
        return f"a NumPy array of {value.dtype}"
    return repr(value) if value is None or type(value) in (bool, int, float) else f"a {type(value).__name__}"
