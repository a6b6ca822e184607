"""NVIDIA's own libraries on the real GPU, for our kernels to be measured against: cuBLAS by CuPy, cuDNN by PyTorch."""

import subprocess

import numpy as np

from course_lib.gpu import cuda, nvrtc
from course_lib.gpu.errors import SetupError


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
        "device": cuda.name(),
        "compute_capability": ".".join(map(str, cuda.capability())),
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
