"""What this machine has, as plain facts. What they mean for the course is said in doctor.py."""

import ctypes
import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass

from course_lib.errors import UserError


@dataclass(frozen=True)
class Missing:
    """A thing that is not there; the sentence says why, and what to do."""

    why: str


@dataclass(frozen=True)
class Driver:
    """The NVIDIA driver: the CUDA version it supports, as (major, minor), and each GPU's (name, bytes of memory)."""

    cuda: tuple[int, int]
    gpus: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Machine:
    """The facts. A string is a version or a name; Missing stands where there is none."""

    python: str
    executable: str  # the path of that Python
    system: str  # platform.system(): Linux, Windows, Darwin
    processor: str
    cores: int  # that this process may use
    memory: int  # bytes
    torch: str | Missing
    numpy: str
    blas: tuple[
        tuple[str, str, int], ...
    ]  # (library and version, architecture, threads) of each BLAS that NumPy loaded
    driver: Driver | Missing
    cupy: str | Missing  # its version, if it is installed and can be imported
    cupy_sees_gpu: bool
    nvrtc: str | Missing
    compiler: str | Missing
    kernels: str | Missing  # the device on which a small kernel has just run


def probe() -> Machine:
    """The facts about this machine. Takes some seconds: it imports torch, and compiles and runs a kernel."""
    import psutil

    cupy, cupy_sees_gpu = _cupy()
    return Machine(
        python=platform.python_version(),
        executable=sys.executable,
        system=platform.system(),
        processor=platform.machine(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory=psutil.virtual_memory().total,
        torch=_torch(),
        numpy=importlib.metadata.version("numpy"),
        blas=numpy_blas(),
        driver=_driver(),
        cupy=cupy,
        cupy_sees_gpu=cupy_sees_gpu,
        nvrtc=_or_missing(_nvrtc),
        compiler=_or_missing(_compiler),
        kernels=_or_missing(_run_a_kernel),
    )


def _or_missing(find):
    try:
        return find()
    except UserError as error:
        return Missing(str(error))
    except Exception as error:  # noqa: BLE001  (what is broken shall be named, whatever it raises)
        return Missing(f"{type(error).__name__}: {_first_line(error)}")


def _first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _torch():
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a shared library of it does not load
        return Missing(_first_line(error))
    return str(torch.__version__)


def numpy_blas() -> tuple[tuple[str, str, int], ...]:
    """(library and version, architecture, threads) of each BLAS that NumPy loaded."""
    import numpy  # noqa: F401  (threadpoolctl reports the libraries that are loaded)
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas" and "numpy" in pool["filepath"]]
    return tuple(
        (f"{pool['internal_api']} {pool['version']}", pool.get("architecture", "unknown"), pool["num_threads"])
        for pool in pools
    )


def _driver():
    try:
        cuda = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return Missing("there is no NVIDIA driver")
    version, count = ctypes.c_int(), ctypes.c_int()
    if cuda.cuInit(0) or cuda.cuDriverGetVersion(ctypes.byref(version)) or cuda.cuDeviceGetCount(ctypes.byref(count)):
        return Missing("there is an NVIDIA driver, but no GPU answers it")
    gpus = []
    for index in range(count.value):
        device, name, size = ctypes.c_int(), ctypes.create_string_buffer(256), ctypes.c_size_t()
        cuda.cuDeviceGet(ctypes.byref(device), index)
        cuda.cuDeviceGetName(name, len(name), device)
        cuda.cuDeviceTotalMem_v2(ctypes.byref(size), device)
        gpus.append((name.value.decode(errors="replace"), size.value))
    if not gpus:
        return Missing("there is an NVIDIA driver, but it shows no GPU")
    return Driver(cuda=(version.value // 1000, version.value % 1000 // 10), gpus=tuple(gpus))


def _cupy():
    """CuPy's version or Missing, and whether it can use a GPU: importing it succeeds where there is none."""
    from course_lib.gpu import cuda

    packages = importlib.metadata.packages_distributions().get("cupy")
    if not packages:
        return Missing("CuPy is not installed"), False
    try:
        return importlib.metadata.version(packages[0]), cuda.available()
    except Exception as error:  # noqa: BLE001  (a broken installation can raise anything)
        return Missing(f"CuPy is installed but cannot be imported: {_first_line(error)}"), False


def _nvrtc():
    from course_lib.gpu import nvrtc

    return "{}.{}".format(*nvrtc.version())


def _compiler():
    from course_lib.gpu.glass import compiler

    found = compiler.find()
    return f"{found.version} ({' '.join(found.command)})"


KERNEL = """
extern "C" __global__ void count(int* out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = i;
}
"""


def _run_a_kernel():
    from course_lib import gpu

    out = gpu.zeros(100, "int32")
    gpu.compile(KERNEL).get_function("count")((4,), (32,), (out, 100))
    if out.get().tolist() != list(range(100)):
        raise UserError("a small kernel ran and gave wrong results; please report it, with all that doctor prints")
    return gpu.device().name
