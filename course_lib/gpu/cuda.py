"""The real GPU, through CuPy: the only file that imports it, and only inside functions.

The source goes through NVRTC here first, for the same messages and checks as on the glass GPU.
"""

import functools
import hashlib
import importlib.util
import subprocess

import numpy as np

from course_lib.gpu import nvrtc, signature
from course_lib.gpu.arguments import (
    check_arguments,
    check_constants,
    check_cooperative,
    check_shape,
    check_shared,
    check_variable,
)
from course_lib.gpu.errors import KernelError, SetupError
from course_lib.gpu.glass import ptx
from course_lib.gpu.glass.compiler import cached
from course_lib.gpu.glass.lines import stands_in
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


_PAUSE = """extern "C" __global__ void pause(long long cycles)
{ long long begun = clock64(); while (clock64() - begun < cycles); }"""


def clock() -> Clock:
    """CUDA events around the launches: the GPU's own clock.

    The GPU is kept busy for about a millisecond before the first event, so that the launches are queued by the time
    it gets there, and what Python takes to make them is not counted.
    """
    import cupy

    pause = cupy.RawKernel(_PAUSE, "pause")

    def measure(run):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        pause((1,), (1,), (np.int64(2_000_000),))
        begin.record()
        result = run()
        end.record()
        end.synchronize()
        return result, cupy.cuda.get_elapsed_time(begin, end) / 1000

    return Clock(f"GPU time of {name()}", measure)


def product(A, B):
    """A function that multiplies two device matrices by cuBLAS and returns C, always the same array.

    float32 in, float32 out, without TF32; or bfloat16 bits (uint16) in and out, summed in float32. Rows of A, B and C
    are columns of what cuBLAS sees, so it is asked for C' = B' A'.
    """
    import cupy
    from cupy_backends.cuda.libs import cublas

    (m, k), n = A.shape, B.shape[1]
    format_ = {"float32": 0, "uint16": 14}[A.dtype.name]  # CUDA_R_32F, CUDA_R_16BF
    C, one, zero = cupy.empty((m, n), A.dtype), np.ones(1, np.float32), np.zeros(1, np.float32)
    in_float32, no_transpose, heuristic = 68, 0, -1  # CUBLAS_COMPUTE_32F, CUBLAS_OP_N, CUBLAS_GEMM_DEFAULT

    def run():
        handle = cupy.cuda.get_cublas_handle()
        cublas.setMathMode(handle, 0)  # CUBLAS_DEFAULT_MATH
        cublas.gemmEx(
            handle, no_transpose, no_transpose, n, m, k, one.ctypes.data, B.data.ptr, format_, n,
            A.data.ptr, format_, k, zero.ctypes.data, C.data.ptr, format_, n, in_float32, heuristic,
        )  # fmt: skip
        return C

    return run


def convolution(x, w, stride, padding):
    """A function that convolves two device arrays by cuDNN, through PyTorch, the fastest of its algorithms for these
    sizes, float32 without TF32; it returns y. Raises SetupError where PyTorch was built without CUDA."""
    import cupy
    import torch

    if not torch.cuda.is_available():
        raise SetupError(
            "cuDNN is called through PyTorch, and the one that is installed is built without CUDA; install the build "
            "with CUDA"
        )
    image, filters = torch.from_dlpack(x), torch.from_dlpack(w)  # the same memory; both libraries use the same stream

    def run():
        with torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False), torch.no_grad():
            return cupy.from_dlpack(torch.nn.functional.conv2d(image, filters, None, stride, padding))

    return run


def conditions() -> dict[str, str]:
    """What a time measured on this GPU depends on."""
    import cupy

    runtime = cupy.cuda.runtime
    asked = "driver_version,clocks.max.sm,clocks.current.sm,power.limit"
    try:
        command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[0].split(", ")
    except (OSError, subprocess.CalledProcessError):
        told = ["unknown: no nvidia-smi"] * 4
    return {
        "device": name(),
        "compute_capability": ".".join(map(str, capability())),
        **dict(zip(("driver", "highest_clock", "clock_at_start", "power_limit"), told, strict=True)),
        "cuda_of_driver": str(runtime.driverGetVersion()),
        "cuda_runtime": str(runtime.runtimeGetVersion()),
        "cublas": str(_cublas_version()),
        "cupy": cupy.__version__,
        "nvrtc": ".".join(map(str, nvrtc.version())),
    }


def _cublas_version() -> int:
    import cupy
    from cupy_backends.cuda.libs import cublas

    return cublas.getVersion(cupy.cuda.get_cublas_handle())


def compile(source: str, filename: str, options: tuple[str, ...], names: tuple[str, ...]) -> "Module":
    return Module(source, filename, options, names)


def capability() -> tuple[int, int]:
    """The GPU's compute capability: (9, 0) is Hopper."""
    import cupy

    major, minor = divmod(int(cupy.cuda.Device().compute_capability), 10)
    return major, minor


def _hopper_cubin(source, filename, options, instruction) -> str:
    """The path of machine code for sm_90a, which CuPy itself cannot ask for: its -arch is sm_90.

    Raises SetupError on any other GPU.
    """
    if capability() != (9, 0):
        raise SetupError(
            f"{filename} has {instruction}, which needs a Hopper GPU (sm_90a, such as the H100 or H200), "
            f"but {name()} has compute capability {'.'.join(map(str, capability()))}"
        )
    code = nvrtc.cubin(source, filename, options, target="sm_90a")
    return str(cached(f"{hashlib.sha256(code).hexdigest()[:40]}.cubin", lambda path: path.write_bytes(code)))


class Module:
    """The kernels of one CUDA C source."""

    def __init__(self, source, filename, options, names):
        import cupy

        self.source, self.filename, self.options, self.names = source, filename, options, names
        text = nvrtc.ptx(source, filename, options, names=names)
        self.kernels, self._symbols = ptx.parse(text, filename), nvrtc.symbols(text)
        check_constants(filename, self.kernels)
        if (instruction := nvrtc.only_hopper(text)) is not None:
            self._module = cupy.RawModule(path=_hopper_cubin(source, filename, options, instruction))
        else:
            options = (*nvrtc.LANGUAGE, *options, *(f"-I{folder}" for folder in nvrtc.headers()))
            self._module = cupy.RawModule(code=source, options=options, name_expressions=names or None)

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
