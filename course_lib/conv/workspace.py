"""Memory that is used again: fresh memory costs a page fault for every 4 KiB, more than the copy that fills it.

    workspace = Workspace()
    for x in batches:
        y = im2col.forward(x, w, workspace=workspace)

It belongs to whoever made it, and to one thread at a time. No result lies in it.
"""

import math

from course_lib.conv.problem import ConvError

BLOCK = 8 << 20  # bytes of an array of a workspace on the CPU: it stays in the caches
BLOCK_ON_GPU = 256 << 20  # there, a block is as large as keeps every core busy


class Workspace:
    """Named pieces of memory, each as large as was ever asked for."""

    def __init__(self):
        self._memory = {}

    def take(self, xp, name: str, shape, dtype):
        """An array of that shape whose elements are whatever was there before."""
        key, size = (xp.__name__, str(dtype), name), math.prod(shape)
        if key not in self._memory or self._memory[key].size < size:
            self._memory.pop(key, None)  # before the larger one is there
            self._memory[key] = xp.empty(size, dtype)
        return self._memory[key][:size].reshape(shape)

    @property
    def nbytes(self) -> int:
        return sum(memory.nbytes for memory in self._memory.values())


def used(workspace: Workspace | None) -> Workspace:
    """The one that was given, or a fresh one. Raises ConvError for anything else."""
    if workspace is not None and not isinstance(workspace, Workspace):
        raise ConvError(f"workspace is a Workspace() of course_lib.conv.workspace, or None, but {workspace!r} came")
    return Workspace() if workspace is None else workspace


def blocks(xp, images: int, rows: int, row: int, block: int | None = None):
    """(images, rows) as slices, a block of them having at most `block` bytes (BLOCK): several images, or some rows of
    a large one. row: bytes of a row of one image; xp: where the arrays are, None for NumPy; on a GPU, BLOCK_ON_GPU."""
    limit = (block or BLOCK) if xp is None or xp.__name__ == "numpy" else BLOCK_ON_GPU
    together = max(1, limit // (row * rows))
    some = rows if row * rows <= limit else max(1, limit // row)
    for n in range(0, images, together):
        for p in range(0, rows, some):
            yield slice(n, min(n + together, images)), slice(p, min(p + some, rows))
