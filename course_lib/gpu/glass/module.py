"""Compiled CUDA C on the glass GPU: modules and kernels with the calling convention of CuPy's."""

import functools

import numpy as np

from course_lib.gpu import compiled, nvrtc, signature
from course_lib.gpu.arguments import (
    check_arguments,
    check_constants,
    check_cooperative,
    check_local,
    check_shape,
    check_shared,
    check_variable,
)
from course_lib.gpu.errors import KernelError, Unsupported
from course_lib.gpu.glass import hoisted, indexed, ptx, record
from course_lib.gpu.glass.array import Allocation, Array
from course_lib.gpu.glass.calls import inline
from course_lib.gpu.glass.check import check
from course_lib.gpu.glass.emit import translate
from course_lib.gpu.glass.findings import Report
from course_lib.gpu.glass.instrument import PLAIN, PROFILE, STEP
from course_lib.gpu.glass.lines import stands_in
from course_lib.gpu.glass.profile import Profile, summarise
from course_lib.gpu.glass.run import launch
from course_lib.gpu.glass.step import Steps
from course_lib.gpu.glass.variables import function_address
from course_lib.gpu.resources import TARGET, Resources, resources


class Module:
    """The kernels of one CUDA C source."""

    def __init__(self, source: str, filename: str, options: tuple[str, ...], names: tuple[str, ...] = ()):
        self.source, self.filename, self.options, self.names = source, filename, options, names
        self.ptx = compiled.ptx(source, filename, options, names)
        if (instruction := nvrtc.only_hopper(self.ptx)) is not None:
            raise Unsupported(
                f"{filename} has {instruction}, which needs a Hopper GPU such as the H100 or H200; "
                f"the glass GPU has everything up to mma.sync: use that, or wmma"
            )
        self.kernels, self._symbols = ptx.parse(self.ptx, filename), nvrtc.symbols(self.ptx)
        check_constants(filename, self.kernels)
        for kernel in self.kernels.values():
            indexed.place(kernel)
        self._functions: dict[str, Kernel] = {}
        self._arrays = self._module_arrays()

    def get_function(self, name: str) -> "Kernel":
        """The kernel of that name, `extern "C"` or not. Raises LaunchError, which lists the kernels there are."""
        if name not in self._functions:
            symbol = signature.symbol(name, self.kernels, self._symbols)
            kernel = self.kernels[symbol]
            kernel.name = name  # not its mangled form
            inline(kernel)  # what functions have in shared and local memory is the kernel's from now on
            filename, source = stands_in(kernel.header, self.filename, self.source)
            hoisted.mend(kernel, source)
            declared = signature.parameters(source, name)
            needs = functools.partial(resources, self, symbol)
            self._functions[name] = Kernel(kernel, name, declared, filename, self._arrays, source, needs)
        return self._functions[name]

    def get_global(self, name: str, shape, dtype) -> Array:
        """The `__device__` or `__constant__` variable of that name, as an array whose `set` and `get` reach it.

        Raises LaunchError where there is no such variable, or it has another size.
        """
        memory = self._arrays[signature.variable(name, self._arrays)]
        shape, dtype = check_variable(name, memory.nbytes, shape, dtype)
        return Array(memory.bytes.view(dtype).reshape(shape), memory)

    def _module_arrays(self) -> dict[str, Allocation]:
        """Memory for the `__device__` and `__constant__` variables of the source."""
        found = {name: array for kernel in self.kernels.values() for name, array in kernel.module.items()}
        found = {name: array for name, array in found.items() if array.space != indexed.SPACE}
        arrays = {name: Allocation(array.size) for name, array in found.items()}
        for name, memory in arrays.items():
            memory.bytes[:] = np.frombuffer(found[name].data.ljust(found[name].size, b"\0"), np.uint8)
            functions = next(iter(self.kernels.values())).functions
            for at, to, more in found[name].links:
                address = function_address(to, functions) if to in functions else arrays[to].pointer + more
                memory.bytes[at : at + 8] = np.frombuffer(address.to_bytes(8, "little"), np.uint8)
        return arrays


class Kernel:
    """kernel(grid, block, args, shared_mem=0): as cupy.RawKernel, args being device arrays and NumPy scalars.

    name, filename, source; argument_names: as in the source, if it tells; ptx: parsed; arrays: of the module, by name.
    """

    def __init__(self, kernel: ptx.Kernel, name: str, declared, filename: str, arrays: dict, source: str, needs):
        self.ptx, self.name, self.filename, self.arrays = kernel, name, filename, arrays
        self.source, self._needs = source, needs
        told = declared is not None and len(declared) == len(kernel.parameters)
        self._declared = declared if told else None
        self.argument_names = (
            [p.name for p in declared] if told else [f"argument {i}" for i in range(len(kernel.parameters))]
        )
        self._allowed_shared = None
        self._translate = functools.cache(functools.partial(translate, kernel))

    @property
    def shared_size_bytes(self) -> int:
        """Static shared memory of a block."""
        return self.ptx.shared_size

    @property
    def local_size_bytes(self) -> int:
        """Local arrays of one thread."""
        return self.ptx.local_size

    @property
    def max_dynamic_shared_size_bytes(self) -> int:
        return self._allowed_shared or 0

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, size: int):
        self._allowed_shared = check_shared(self.name, 0, size, size)

    def resources(self, target: str = TARGET) -> Resources:
        """Registers, spills and shared memory on an architecture such as "sm_90", as NVIDIA's assembler says."""
        return self._needs(target)

    def __call__(self, grid, block, args, shared_mem: int = 0) -> None:
        """Run the kernel to its end. Raises LaunchError before, KernelError during the run."""
        self._launch(grid, block, args, shared_mem, PLAIN)

    def profile(self, grid, block, args, shared_mem: int = 0) -> Profile:
        """Run the kernel, and count by source line what its warps do. Raises as a plain run does."""
        translation, counts = self._launch(grid, block, args, shared_mem, PROFILE)
        return summarise(self, translation, counts, int(np.prod(grid)), shared_mem)

    def check(self, grid, block, args, shared_mem: int = 0, orders: int = 3, seed: int = 0) -> Report:
        """Run the kernel and look for mistakes: a list of findings, empty if there are none. Raises LaunchError.

        orders: how often the launch runs, with blocks, warps and atomics in another order each time.
        """
        grid, block, args, shared = self._prepare(grid, block, args, shared_mem)
        return check(self, self._translate, grid, block, args, shared, orders, seed)

    def step(self, grid, block, args, shared_mem: int = 0, of=(0, 0, 0), warp: int = 0, most: int = 10_000) -> Steps:
        """Run the kernel, and record what one warp does line by line, at most so many steps of it.

        of: blockIdx of its block; warp: its number there. A fault does not raise: the steps up to it come back, with
        the error as their `fault`. Raises LaunchError.
        """
        grid, block = check_shape(self.name, grid, block, self.ptx.most_threads)
        written, fault = record.begin(grid, block, of, warp, most), None
        try:
            self._launch(grid, block, args, shared_mem, STEP, written)
        except KernelError as error:
            fault = error.with_traceback(None)
        return record.read(written, self, self._translate(block, STEP), grid, block, args, shared_mem, fault)

    def _launch(self, grid, block, args, shared_mem, instrument, record=None):
        grid, block, args, shared = self._prepare(grid, block, args, shared_mem)
        translation = self._translate(block, instrument)
        return translation, launch(self, translation, grid, block, args, shared, record=record)

    def _prepare(self, grid, block, args, shared_mem):
        """What a launch was asked for, checked; and the bytes of shared memory."""
        grid, block = check_shape(self.name, grid, block, self.ptx.most_threads)
        dynamic = check_shared(self.name, self.ptx.shared_size, shared_mem, self._allowed_shared)
        check_local(self.name, self.ptx.local_size)
        if self.ptx.cooperative:
            check_cooperative(self.name, grid, block, self.ptx.shared_size + dynamic)
        types = [(p.type, p.size) for p in self.ptx.parameters.values()]
        args = check_arguments(self.name, self._declared, types, args, lambda value: isinstance(value, Array))
        static = -(-self.ptx.shared_size // 16) * 16
        return grid, block, args, static + dynamic

    def __repr__(self):
        return f"<kernel {self.name!r} of {self.filename} on the glass GPU>"
