"""The real GPU, through CuPy, which only this file and libraries.py import, and only inside functions.

The source goes through NVRTC here, not in CuPy, for the same messages, checks and arithmetic as on the glass GPU.
"""

import functools
import importlib.util
import math

from course_lib.gpu import compiled, nvrtc, signature
from course_lib.gpu.arguments import (
    check_arguments,
    check_array,
    check_constants,
    check_cooperative,
    check_shape,
    check_shared,
    check_variable,
    host_array,
    too_large,
)
from course_lib.gpu.errors import KernelError, LaunchError, SetupError
from course_lib.gpu.glass import ptx
from course_lib.gpu.glass.lines import stands_in
from course_lib.gpu.resources import TARGET, Resources, resources
from course_lib.stopwatch import Clock

kind = "cuda"
OUT_OF_RESOURCES = 701  # CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES


@functools.cache
def available() -> bool:
    """Whether CuPy is installed and sees a GPU."""
    if importlib.util.find_spec("cupy") is None:
        return False
    import cupy

    return bool(cupy.cuda.is_available())


def name() -> str:
    import cupy

    return cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()


def asarray(values):
    """In order, row by row, as kernels take it: CuPy alone would keep the order of a host array that is turned."""
    import cupy

    if isinstance(values, cupy.ndarray):
        return values
    values = host_array(values)
    array = empty(values.shape, values.dtype)
    array.set(values)
    return array


def empty(shape, dtype):
    import cupy

    shape, dtype = check_array(shape, dtype)
    try:
        return cupy.empty(shape, dtype)
    except cupy.cuda.memory.OutOfMemoryError:
        raise too_large(shape, math.prod(shape) * dtype.itemsize) from None


def synchronize() -> None:
    import cupy

    try:
        cupy.cuda.get_current_stream().synchronize()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise _stopped(error) from None


def _stopped(error) -> KernelError:
    return KernelError(
        f"the GPU stopped a kernel: {error}; run it on the glass GPU (COURSE_DEVICE=glass), which says where"
    )


_PAUSE = """extern "C" __global__ void pause(long long cycles)
{ long long begun = clock64(); while (clock64() - begun < cycles); }"""


@functools.cache
def _pause() -> "Kernel":
    return compile(_PAUSE, "pause.cu", (), ()).get_function("pause")


def clock() -> Clock:
    """CUDA events around the launches: the GPU's own clock.

    The GPU is kept busy for about a millisecond before the first event, so that the launches are queued by the time
    it gets there, and what Python takes to make them is not counted.
    """
    import cupy

    def measure(run):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        _pause()((1,), (1,), (2_000_000,))
        begin.record()
        result = run()
        end.record()
        end.synchronize()
        return result, cupy.cuda.get_elapsed_time(begin, end) / 1000

    return Clock(f"GPU time of {name()}", measure)


def compile(source: str, filename: str, options: tuple[str, ...], names: tuple[str, ...]) -> "Module":
    return Module(source, filename, options, names)


def capability() -> tuple[int, int]:
    """The GPU's compute capability: (9, 0) is Hopper."""
    import cupy

    major, minor = divmod(int(cupy.cuda.Device().compute_capability), 10)
    return major, minor


def _machine_code(source, filename, options, names, text) -> str:
    """The path of a file with machine code for this GPU, from the same compiler with the same options as the PTX.

    CuPy's own compilation has others: numbers below 2^-126 are zeros to it, and it cannot ask for sm_90a. Raises
    SetupError for instructions of Hopper on any other GPU.
    """
    here, instruction = capability(), nvrtc.only_hopper(text)
    if instruction is not None and here != (9, 0):
        raise SetupError(
            f"{filename} has {instruction}, which needs a Hopper GPU (sm_90a, such as the H100 or H200), "
            f"but {name()} has compute capability {'.'.join(map(str, here))}"
        )
    target = "sm_{}{}".format(*here) + ("a" if instruction else "")
    return str(compiled.cubin(source, filename, options, names, target))


class Module:
    """The kernels of one CUDA C source."""

    def __init__(self, source, filename, options, names):
        import cupy

        self.source, self.filename, self.options, self.names = source, filename, options, names
        text = compiled.ptx(source, filename, options, names)
        self.kernels, self._symbols = ptx.parse(text, filename), nvrtc.symbols(text)
        check_constants(filename, self.kernels)
        self._module = cupy.RawModule(path=_machine_code(source, filename, options, names, text))

    def get_function(self, name: str) -> "Kernel":
        symbol = signature.symbol(name, self.kernels, self._symbols)
        filename, source = stands_in(self.kernels[symbol].header, self.filename, self.source)
        declared = signature.parameters(source, name)
        needs = functools.partial(resources, self, symbol)
        return Kernel(self._module.get_function(symbol), self.kernels[symbol], name, declared, filename, needs)

    def get_global(self, name: str, shape, dtype):
        """The `__device__` or `__constant__` variable of that name, as an array. Raises LaunchError."""
        import cupy

        arrays = next((kernel.module for kernel in self.kernels.values()), {})
        symbol = signature.variable(name, arrays)
        shape, dtype = check_variable(name, arrays[symbol].size, shape, dtype)
        return cupy.ndarray(shape, dtype, memptr=self._module.get_global(symbol))


class Kernel:
    """kernel(grid, block, args, shared_mem=0), as on the glass GPU."""

    def __init__(self, function, parsed, name, declared, filename, needs):
        self._function, self._ptx, self.name, self._declared = function, parsed, name, declared
        self._filename, self._needs = filename, needs
        self._allowed_shared = None

    @property
    def shared_size_bytes(self) -> int:
        return self._function.shared_size_bytes

    @property
    def local_size_bytes(self) -> int:
        return self._function.local_size_bytes

    @property
    def max_dynamic_shared_size_bytes(self) -> int:
        return self._function.max_dynamic_shared_size_bytes

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, size: int):
        self._allowed_shared = check_shared(self.name, 0, size, size)
        self._function.max_dynamic_shared_size_bytes = size

    def resources(self, target: str = TARGET) -> Resources:
        """Registers, spills and shared memory on an architecture such as "sm_90", as NVIDIA's assembler says."""
        return self._needs(target)

    def __call__(self, grid, block, args, shared_mem: int = 0) -> None:
        import cupy

        grid, block = check_shape(self.name, grid, block, self._ptx.most_threads)
        dynamic = check_shared(self.name, self._ptx.shared_size, shared_mem, self._allowed_shared)
        types = [(p.type, p.size) for p in self._ptx.parameters.values()]
        args = check_arguments(self.name, self._declared, types, args, lambda value: isinstance(value, cupy.ndarray))
        try:
            if not self._ptx.cooperative:
                self._function(grid, block, tuple(args), shared_mem=dynamic)
                return
            threads, function = block[0] * block[1] * block[2], self._function.kernel
            most = cupy.cuda.driver.occupancyMaxActiveBlocksPerMultiprocessor(function.ptr, threads, dynamic)
            most *= cupy.cuda.Device().attributes["MultiProcessorCount"]
            check_cooperative(self.name, grid, block, dynamic, most)
            function(grid, block, tuple(args), dynamic, enable_cooperative_groups=True)
        except cupy.cuda.driver.CUDADriverError as error:
            if error.status != OUT_OF_RESOURCES:
                raise _stopped(error) from None
            raise LaunchError(
                f"a block {block} of kernel {self.name!r} has no room on the GPU: {self._function.num_regs} registers "
                f"are more than it has for each of so many threads; launch smaller blocks, or bind __launch_bounds__"
            ) from None

    def _seen(self, *_, **__):
        """The glass GPU sees what a kernel does; a real one does not say. Raises SetupError."""
        raise SetupError(
            f"what {self.name!r} does is seen on the glass GPU only, but this kernel was compiled for {name()}; "
            f'compile it, and look, inside: with gpu.use("glass"):'
        )

    profile = step = check = _seen

    def __repr__(self):
        return f"<kernel {self.name!r} of {self._filename} on {name()}>"
