"""How memory serves one request of a warp: sectors of global memory, passes over the banks of shared memory.

Global memory moves sectors of 32 bytes, each once a request. Shared memory has 32 banks of 4 bytes: in one pass each
bank gives one word, to all lanes that want it; lanes that want different words of one bank wait for each other.
Accesses of 8 bytes go half a warp at a time, of 16 bytes a quarter. Source: NVIDIA, *CUDA C++ Programming Guide*,
compute capability 5.x and later. watch.h has the same rules in C, for addresses that only the running kernel knows.
"""

from functools import reduce
from typing import NamedTuple

import numpy as np

SECTOR = 32  # bytes
BANKS = 32
WORD = 4  # bytes


class Request(NamedTuple):
    """What requests cost, added up; names as in watch.h, and worst is the most passes of one."""

    requests: int = 0
    lanes: int = 0
    used: int = 0
    sectors: int = 0
    ideal: int = 0
    wavefronts: int = 0
    smooth: int = 0
    worst: int = 0

    def times(self, n: int) -> "Request":
        return Request(*(n * x for x in self[:-1]), self.worst if n else 0)

    def plus(self, other: "Request") -> "Request":
        return Request(*(x + y for x, y in zip(self[:-1], other[:-1], strict=True)), max(self.worst, other.worst))


def total(costs) -> Request:
    """The sum of several."""
    return reduce(Request.plus, costs, Request())


def in_global(addresses, size: int) -> Request:
    """One request of `size` bytes a lane. addresses: of the active lanes, multiples of size (1, 2, 4, 8 or 16)."""
    starts = np.unique(np.asarray(addresses))
    used = len(starts) * size
    return Request(1, len(addresses), used, len(np.unique(starts // SECTOR)), -(-used // SECTOR))


def in_shared(addresses, size: int) -> Request:
    """The same in shared memory; all 32 lanes are active, addresses count from its start."""
    addresses, group = np.asarray(addresses), 32 if size <= 4 else 16 if size <= 8 else 8
    passes = used = fewest = 0
    for some in addresses.reshape(-1, group):
        words = np.unique(some[:, None] // WORD + np.arange(max(1, size // WORD)))
        passes += np.bincount(words % BANKS).max()
        fewest, used = fewest + 1, used + WORD * len(words)
    return Request(1, len(addresses), used, 0, 0, int(passes), fewest, int(passes))
