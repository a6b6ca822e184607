"""What can go wrong between a CUDA C file and its result, on either device."""

from course_lib.errors import UserError


class SetupError(UserError):
    """Something this machine needs for kernels is missing; the sentence says what to install."""


class CompileError(UserError):
    """NVRTC refused the source: its own words, with the learner's file and line."""


class Unsupported(UserError):
    """The glass GPU does not know an instruction yet; the sentence names it and the source line."""


class ArrayError(UserError, TypeError):
    """A device array was asked for something that it cannot do."""


class LaunchError(UserError, ValueError):
    """A launch with a bad grid, block or argument: nothing ran."""


class KernelError(UserError):
    """A running kernel was stopped; what it had written stays written, as on a GPU.

    kernel  its name            line  source line, 0 if unknown
    block   (x, y, z) or None   thread  (x, y, z) or None
    """

    def __init__(self, message, kernel="", line=0, block=None, thread=None):
        super().__init__(message)
        self.kernel, self.line, self.block, self.thread = kernel, line, block, thread


class OutOfBounds(KernelError):
    """An access outside an array: `array` is its name (None if the address belongs to none), `index` its element."""

    def __init__(self, message, kernel="", line=0, block=None, thread=None, array=None, index=None):
        super().__init__(message, kernel, line, block, thread)
        self.array, self.index = array, index


class Misaligned(OutOfBounds):
    """An access whose address is no multiple of its size, which a GPU refuses."""


class BarrierError(KernelError):
    """Threads of one warp wait at different barriers, or some can never arrive."""


class WarpError(KernelError):
    """A shuffle, vote or reduction of a warp names lanes that are elsewhere and would be waited for in vain."""


class Trap(KernelError):
    """The kernel executed `trap`, `__trap()` or a failed assertion."""


class KernelTimeout(KernelError):
    """The kernel ran longer than the time limit and was stopped."""
