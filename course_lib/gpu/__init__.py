"""One kernel, two devices: CUDA C on the real GPU if there is one, on the glass GPU if not.

device.py     load, compile, asarray, empty: the same calls on both devices
nvrtc.py      CUDA C -> PTX with NVIDIA's own compiler, which needs no GPU; advice.py: on what it refuses
compiled.py   what it made, kept
signature.py  the parameters of a kernel, read from its source
resources.py  registers, spills and shared memory of a kernel
arguments.py  what both devices check before a launch
errors.py     what can go wrong, each in one sentence
tensor_map.py how Hopper's tensor memory accelerator knows a matrix
cuda.py       the real GPU, through CuPy
libraries.py  cuBLAS and cuDNN, for our kernels to be measured against
glass/        the glass GPU: PTX run warp by warp on the CPU
"""

from course_lib.gpu.device import asarray, clock, compile, device, empty, load, synchronize, use, zeros

__all__ = ["asarray", "clock", "compile", "device", "empty", "load", "synchronize", "use", "zeros"]
