"""Which sectors of global memory a profiled launch reads or writes at least once: the C marks a byte for each.

However good the caches are, so much must come from memory once; what all requests move together (watch.h) is what
would come without any cache.
"""

import numpy as np

from course_lib.gpu.glass.requests import SECTOR


class Touched:
    """Two maps, of loads and of stores, for each live array.

    arrays: Extents (first address, bytes) of all of them, which do not overlap; roots: Extents inside them.
    """

    def __init__(self, arrays, roots):
        firsts = [a.first // SECTOR for a in arrays]
        sizes = [(a.first + max(a.bytes, 1) - 1) // SECTOR - first + 1 for a, first in zip(arrays, firsts, strict=True)]
        self._maps = [np.zeros((2, size), np.uint8) for size in sizes]
        starts = [[m[way].ctypes.data - first for way in (0, 1)] for m, first in zip(self._maps, firsts, strict=True)]
        nowhere = [0, 0]  # a pointer to no array: any access through it is refused before it is marked

        def inside(root):
            return next(
                (s for a, s in zip(arrays, starts, strict=True) if 0 <= root.first - a.first <= a.bytes), nowhere
            )

        pairs = [*map(inside, roots), *starts]
        self.pointers = [at % 2**64 for pair in pairs for at in pair]  # as watch.h expects them behind its counts

    def sectors(self) -> tuple[int, int]:
        """(read, written) at least once."""
        return tuple(sum(int(np.count_nonzero(m[way])) for m in self._maps) for way in (0, 1))
