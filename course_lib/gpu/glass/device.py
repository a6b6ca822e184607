"""The glass GPU as a device: the same names as cuda.py."""

from course_lib.gpu.glass.array import Array, asarray, empty
from course_lib.gpu.glass.module import Module
from course_lib.gpu.glass.run import cores
from course_lib.stopwatch import HOST, Clock

kind = "glass"


def name() -> str:
    return f"the glass GPU (PTX on {cores()} CPU cores)"


def compile(source: str, filename: str, options: tuple[str, ...], names: tuple[str, ...]) -> Module:
    return Module(source, filename, options, names)


def synchronize() -> None:
    """A launch returns when it is done."""


def clock() -> Clock:
    """The time that simulating takes: it orders kernels by work done here, and is never a GPU's time."""
    return Clock("time to simulate on the glass GPU, not a GPU's time", HOST.measure)


__all__ = ["Array", "asarray", "clock", "compile", "empty", "kind", "name", "synchronize"]
