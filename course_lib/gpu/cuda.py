"""The real GPU, through CuPy: the only file that imports it, and only inside functions.

The source goes through NVRTC here first, for the same messages and checks as on the glass GPU.
"""

import functools
import importlib.util

from course_lib.gpu import nvrtc, signature
from course_lib.gpu.arguments import check_arguments, check_cooperative, check_shape, check_shared, check_variable
from course_lib.gpu.errors import KernelError, SetupError
from course_lib.gpu.glass import ptx
from course_lib.gpu.resources import TARGET, Resources, resources
from course_lib.stopwatch import Clock

kind = "cuda"


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
    import cupy

    return cupy.asarray(values)


def empty(shape, dtype):
    import cupy

    return cupy.empty(shape, dtype)


def synchronize() -> None:
    import cupy

    try:
        cupy.cuda.get_current_stream().synchronize()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise KernelError(
            f"the GPU stopped a kernel: {error}; run it on the glass GPU (COURSE_DEVICE=glass), which says where"
        ) from None


def clock() -> Clock:
    """CUDA events around the launches: the GPU's own clock."""
    import cupy

    def measure(run):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        result = run()
        end.record()
        end.synchronize()
        return result, cupy.cuda.get_elapsed_time(begin, end) / 1000

    return Clock(f"GPU time of {name()}", measure)


def compile(source: str, filename: str, options: tuple[str, ...], names: tuple[str, ...]) -> "Module":
    return Module(source, filename, options, names)


class Module:
    """The kernels of one CUDA C source."""

    def __init__(self, source, filename, options, names):
        import cupy

        self.source, self.filename, self.options, self.names = source, filename, options, names
        text = nvrtc.ptx(source, filename, options, names=names)
        self.kernels, self._symbols = ptx.parse(text), nvrtc.symbols(text)
        options = ("-std=c++17", *options, *(f"-I{folder}" for folder in nvrtc.headers()))
        self._module = cupy.RawModule(code=source, options=options, name_expressions=names or None)

    def get_function(self, name: str) -> "Kernel":
        symbol = signature.symbol(name, self.kernels, self._symbols)
        declared = signature.parameters(self.source, name)
        needs = functools.partial(resources, self, symbol)
        return Kernel(self._module.get_function(symbol), self.kernels[symbol], name, declared, self.filename, needs)

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
        if not self._ptx.cooperative:
            self._function(grid, block, tuple(args), shared_mem=dynamic)
            return
        threads = block[0] * block[1] * block[2]
        most = cupy.cuda.driver.occupancyMaxActiveBlocksPerMultiprocessor(self._function.kernel.ptr, threads, dynamic)
        most *= cupy.cuda.Device().attributes["MultiProcessorCount"]
        check_cooperative(self.name, grid, block, dynamic, most)
        self._function.kernel(grid, block, tuple(args), dynamic, enable_cooperative_groups=True)

    def _seen(self, *_, **__):
        """The glass GPU sees what a kernel does; a real one does not say. Raises SetupError."""
        raise SetupError(
            f"what {self.name!r} does is seen on the glass GPU only, but this kernel was compiled for {name()}; "
            f'compile it, and look, inside: with gpu.use("glass"):'
        )

    profile = step = check = _seen

    def __repr__(self):
        return f"<kernel {self.name!r} of {self._filename} on {name()}>"
