"""One launch of a learner's CUDA C, plain data in and plain data out.

It always runs on the glass GPU, also where there is a real one: the glass GPU checks every access against its array,
fills what nobody has written (new arrays, shared memory) with NaN, and counts. So a kernel that is right by luck is
seen, and one that only claims to share.

`run` takes a text and knows nothing of the process that the text came from: it can run anywhere.
"""

from dataclasses import asdict, dataclass

import numpy as np

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.grading.spec import AnswerError


@dataclass(frozen=True)
class Launched:
    """What a launch left behind."""

    arrays: tuple[np.ndarray, ...]  # the array arguments after the launch, in their order
    shared_bytes: int  # static shared memory that a block of this kernel has
    lines: dict[int, dict[str, int]] | None = None  # if it was counted: source line -> counts, as gpu/glass/profile.py
    findings: tuple[dict, ...] | None = None  # if it was checked: what kernel.check found, as gpu/glass/findings.py

    def total(self, name: str) -> int:
        """A count over all lines: instructions (of warps), lanes, flops, parted, loaded, sectors, global_atomics …"""
        return sum(line[name] for line in self.lines.values())

    @property
    def words_read(self) -> int:
        """Floats that lanes read from global memory. Atomic operations read, too, at most 16 bytes for each lane."""
        return self.total("loaded") // 4 + 4 * 32 * self.total("global_atomics")

    @property
    def active_lanes(self) -> float:
        """How many of a warp's 32 lanes were at work, on average over its instructions."""
        return self.total("lanes") / max(self.total("instructions"), 1)

    @property
    def sectors_per_request(self) -> float:
        """How many pieces of 32 bytes a warp moved each time it read or wrote global memory."""
        return self.total("sectors") / max(self.total("global_requests"), 1)

    @property
    def bank_passes(self) -> float:
        """Passes over the banks of shared memory for each that was needed; 0 if it was never touched."""
        return self.total("wavefronts") / max(self.total("smooth"), 1)


def run(
    source: str, name: str, kernel: str, grid, block, args: list, defines: dict, counted=False, checked=False
) -> Launched:
    """Compile `source`, launch its `kernel` on copies of `args`, and copy every array back.

    name     what messages call the source
    args     NumPy arrays and NumPy scalars, in the order of the kernel's parameters
    counted  whether to count what its warps do, which takes longer
    checked  whether to look for mistakes instead: faults are findings then, not errors

    Raises the errors of course_lib.gpu.errors: CompileError, LaunchError, KernelError.
    """
    with gpu.use("glass"):
        function = gpu.compile(source, filename=name, **defines).get_function(kernel)
        on_device = [gpu.asarray(value) if isinstance(value, np.ndarray) else value for value in args]
        how = function.check if checked else function.profile if counted else function
        came = how(grid, block, tuple(on_device))
        arrays = tuple(copy.get() for copy, value in zip(on_device, args, strict=True) if isinstance(value, np.ndarray))
        lines = {number: line.counts for number, line in came.lines.items()} if counted else None
        found = tuple(map(asdict, came)) if checked else None
        return Launched(arrays, function.shared_size_bytes, lines, found)


def attempt(source: str, name: str, *launch, **how) -> Launched:
    """The same as `run`; a fault is an AnswerError, with the place where it happened."""
    try:
        return run(source, name, *launch, **how)
    except UserError as error:
        text = _first_lines(f"{type(error).__name__}: {error}")
        place = tuple(getattr(error, part, None) for part in ("array", "index", "thread"))
        raise AnswerError(text, type(error).__name__, getattr(error, "block", None), place) from None


def _first_lines(text: str, most: int = 12) -> str:
    """A compiler that has lost its way says much; what it says first is what helps."""
    lines = text.splitlines()
    return "\n".join(lines[:most] + ["..."] if len(lines) > most else lines)
