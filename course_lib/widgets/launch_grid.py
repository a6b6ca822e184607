"""Which thread of a launch computes which element of C: arithmetic only, no drawing."""

from dataclasses import dataclass

from course_lib.errors import UserError

WARP = 32  # threads that run in lockstep, on every NVIDIA GPU so far
LARGEST = 128  # rows or columns of C: with more, an element is too small to see


class LaunchGridError(UserError):
    """A launch that cannot be drawn."""


@dataclass(frozen=True)
class Thread:
    """One thread and its element of C."""

    block: tuple[int, int]  # blockIdx.x, blockIdx.y
    index: tuple[int, int]  # threadIdx.x, threadIdx.y
    row: int
    col: int
    inside: bool  # row < m and col < n
    flat: int  # row * n + col, where the kernel would write, inside C or not
    warp: int  # number of its warp in the block
    lane: int  # its place in that warp, 0 to 31


@dataclass(frozen=True)
class LaunchGrid:
    """A grid of blocks of bx x by threads laid over C of m x n elements, one thread to an element.

    x runs along columns, y along rows, as in CUDA. With `round_up` the number of blocks is rounded up, so that they
    cover C; without, it is rounded down, as C's integer division does it.
    """

    m: int  # rows of C
    n: int  # columns of C
    bx: int  # threads of a block along a row of C
    by: int  # threads of a block along a column of C
    round_up: bool = True

    def __post_init__(self):
        """Raises LaunchGridError for a size that no launch has, or that is too big to draw."""
        for name, value, largest in (
            ("m", self.m, LARGEST),
            ("n", self.n, LARGEST),
            ("bx", self.bx, 32),
            ("by", self.by, 32),
        ):
            if not isinstance(value, int) or not 1 <= value <= largest:
                raise LaunchGridError(f"{name} should be a whole number from 1 to {largest}; it is {value!r}.")

    @property
    def blocks(self) -> tuple[int, int]:
        """Blocks along x and along y: gridDim.x, gridDim.y."""
        spare = (self.bx - 1, self.by - 1) if self.round_up else (0, 0)
        return (self.n + spare[0]) // self.bx, (self.m + spare[1]) // self.by

    @property
    def size(self) -> tuple[int, int]:
        """Threads along x and along y."""
        return self.blocks[0] * self.bx, self.blocks[1] * self.by

    @property
    def threads(self) -> int:
        """All threads of the launch."""
        return self.size[0] * self.size[1]

    @property
    def covered(self) -> int:
        """Elements of C that have a thread."""
        return min(self.n, self.size[0]) * min(self.m, self.size[1])

    @property
    def warps(self) -> int:
        """Warps of one block. The last may be partly empty."""
        return -(-self.bx * self.by // WARP)

    def thread(self, block: tuple[int, int], index: tuple[int, int]) -> Thread:
        """The thread at blockIdx = block, threadIdx = index, both as (x, y)."""
        row = block[1] * self.by + index[1]
        col = block[0] * self.bx + index[0]
        warp, lane = divmod(index[1] * self.bx + index[0], WARP)
        return Thread(block, index, row, col, row < self.m and col < self.n, row * self.n + col, warp, lane)

    def nearest(self, block: tuple[int, int], index: tuple[int, int]) -> Thread | None:
        """The thread at these indices, or the nearest that the launch has; None for a launch of no blocks."""
        if not self.threads:
            return None
        clipped = [min(max(b, 0), most - 1) for b, most in zip(block, self.blocks, strict=True)]
        inside = [min(max(i, 0), most - 1) for i, most in zip(index, (self.bx, self.by), strict=True)]
        return self.thread(tuple(clipped), tuple(inside))

    def describe(self) -> str:
        """The launch in words."""
        (gx, gy), per_block = self.blocks, self.bx * self.by
        shape = f"C has {_count(self.m, 'row')} and {_count(self.n, 'column')}."
        if not self.threads:
            return (
                f"{shape} Rounding down, {gx} x {gy} blocks of {self.bx} x {self.by} "
                "threads fit: a grid of no blocks, so nothing would run and CUDA refuses the launch."
            )
        idle, missed = self.threads - self.covered, self.m * self.n - self.covered
        words = (
            f"{shape} {gx} x {gy} blocks of {self.bx} x {self.by} = {per_block} "
            f"threads make {_count(self.threads, 'thread')} in all, {_count(self.warps, 'warp')} to a block. "
        )
        if per_block % WARP:
            words += f"The last warp of a block uses {per_block % WARP} of its {WARP} lanes. "
        if missed:
            written = self.covered / (self.m * self.n)
            words += f"{_count(missed, 'element')} of C get no thread: {written:.2%} of C is written. "
        return words + f"Outside C: {_count(idle, 'thread') if idle else 'no thread'}."

    def describe_thread(self, thread: Thread | None) -> str:
        """One thread in words."""
        if thread is None:
            return "There is no thread to select."
        (block_x, block_y), (x, y) = thread.block, thread.index
        words = (
            f"Block ({block_x}, {block_y}), thread ({x}, {y}), lane {thread.lane} of warp {thread.warp}: "
            f"row = {block_y} * {self.by} + {y} = {thread.row}, col = {block_x} * {self.bx} + {x} = {thread.col}. "
        )
        if thread.inside:
            return words + (
                f"Inside C: it reads row {thread.row} of A and column {thread.col} of B, "
                f"and writes C[{thread.row}, {thread.col}] at flat index "
                f"{thread.row} * {self.n} + {thread.col} = {thread.flat}."
            )
        if thread.flat < self.m * self.n:
            row, col = divmod(thread.flat, self.n)
            harm = f"it would spoil C[{row}, {col}], which belongs to another thread"
        else:
            harm = f"that is past the end of C, whose last index is {self.m * self.n - 1}"
        return words + (
            "Outside C: the bounds check must send it home. Without the check it would write flat index "
            f"{thread.row} * {self.n} + {thread.col} = {thread.flat}: {harm}."
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
