"""What a kernel takes from a GPU's multiprocessor: registers, spills, shared memory; NVIDIA's assembler says so.

NVRTC compiles the source down to machine code, which needs no GPU, and passes on what its assembler (ptxas) reports.
"""

import re
from typing import NamedTuple

from course_lib.gpu import nvrtc
from course_lib.gpu.errors import CompileError
from course_lib.gpu.glass.compiler import cached_text

TARGET = "sm_90"  # Hopper, the architecture of the course's records


class Resources(NamedTuple):
    """registers: of a thread. stack, spill_stores, spill_loads: bytes of a thread; a *spill* is a value that found no
    register and went to memory instead. shared: static, bytes of a block. constant: bytes of the
    __constant__ arrays of its source.
    """

    registers: int
    stack: int
    spill_stores: int
    spill_loads: int
    shared: int
    constant: int

    def __str__(self):
        spilled = self.spill_stores + self.spill_loads
        spills = (
            f"{self.spill_stores} bytes of spill stores and {self.spill_loads} of loads" if spilled else "no spills"
        )
        stack = f", {self.stack} bytes of stack" if self.stack else ""
        constant = f", {self.constant} bytes of constants" if self.constant else ""
        shared = f"{self.shared:,} bytes of static shared memory"
        return f"{self.registers} registers a thread, {spills}{stack}, {shared}{constant}"


def resources(module, symbol: str, target: str = TARGET) -> Resources:
    """Of the kernel `symbol` for one architecture, such as "sm_90".

    module: of either device, with source, filename, options, names and kernels (ptx.Kernel by symbol). Raises
    CompileError for a target that NVRTC lacks, or whose machine lacks what the kernel uses.
    """
    if not (isinstance(target, str) and re.fullmatch(r"sm_\d+[af]?", target)):
        raise CompileError(f'a target is an architecture such as "sm_90", but {target!r} came; name one like that')
    try:
        log = report(module.source, module.filename, module.options, target, module.names)
    except CompileError as error:
        if not re.search("--nv_arch|--gpu-architecture", str(error)):
            raise
        version, known = ".".join(map(str, nvrtc.version())), ", ".join(nvrtc.architectures())
        raise CompileError(
            f"NVRTC {version} does not compile for {target!r}; name one of {known}, or sm_90a for what only Hopper has"
        ) from None
    arrays = module.kernels[symbol].module.values()
    return read(log, symbol)._replace(constant=sum(a.size for a in arrays if a.space == "const"))


def report(source: str, filename: str, options: tuple[str, ...], target: str, names=()) -> str:
    """What ptxas says of every kernel of the source. Raises CompileError."""

    def assemble():
        return nvrtc.assembler_report(source, filename, options, target, names)

    if '#include "' in source:  # the cache knows the source, not what it includes
        return assemble()
    return cached_text(["resources", source, filename, target, *options, "names", *names, nvrtc.identity()], assemble)


def read(log: str, symbol: str) -> Resources:
    """The resources of one kernel in ptxas' report; constant is 0: newer architectures do not report it."""
    found = re.search(rf"entry function '{re.escape(symbol)}'.*?\n(.*?Used .*?)\n", log, re.DOTALL)
    if found is None:
        raise CompileError(f"the assembler's report has nothing about the kernel {symbol!r}:\n{log}")

    def number(what):
        told = re.search(rf"(\d+) {what}", found[1])
        return int(told[1]) if told else 0

    wanted = ("registers", "bytes stack frame", "bytes spill stores", "bytes spill loads", "bytes smem")
    return Resources(*map(number, wanted), constant=0)
