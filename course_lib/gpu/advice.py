"""What a refusal of NVRTC leaves out: a name that programs of the host get unasked, and how a kernel gets it.

NVRTC compiles for the device alone, without the headers of the C library; nvcc, which most published kernels were
written for, includes them everywhere.
"""

import re

CONSTANTS = "#include <math_constants.h> and write CUDART_INF_F, CUDART_NAN_F or CUDART_PI_F (of a double, without _F)"
LIMITS = "#include <cuda/std/limits> and write cuda::std::numeric_limits<float>::max()"
LAUNCH = "arrays are made by gpu.asarray, and kernel(grid, block, args) launches"
WAYS = {  # of names
    r"INFINITY|NAN|HUGE_VALF?|M_\w+|CUDART_\w+": CONSTANTS,
    r"(FLT|DBL)_\w+": LIMITS,
    r"U?(CHAR|SHRT|INT|LONG|LLONG|INT\d+)_(MAX|MIN)": "#include <cuda/std/climits>, for INT32_MAX <cuda/std/cstdint>",
    r"u?int(8|16|32|64|ptr)_t": "#include <cuda/std/cstdint>",
    r"u(char|short|int|long)": "write unsigned before the type's own name",
    r"(__)?half2?|__float2half\w*|__half2float": "#include <cuda_fp16.h>",
    r"__nv_bfloat16\w*|nv_bfloat16\w*": "#include <cuda_bf16.h>",
    r"__pipeline_\w+": "#include <cuda_pipeline.h>",
    r"cuda[A-Z]\w*": f"only the host calls it; delete main() and its helpers: {LAUNCH}",
}
SPACES = {  # what uses a namespace -> where that is
    r"\bnvcuda\b|\bwmma::": "nvcuda::wmma is in <mma.h>",
    r"\bcooperative_groups\b|\bcg::": "cooperative_groups is in <cooperative_groups.h>",
    r"\bcub::": "the primitives of cub have a header each, such as <cub/block/block_reduce.cuh>",
    r"\bcuda::": "what begins with cuda:: is in headers such as <cuda/atomic>, <cuda/barrier> and <cuda/std/limits>",
}
MEANINGS = {  # what NVRTC says -> what it means here
    r'"__shfl\w*" is undefined': (
        "Since Volta a shuffle names the lanes that take part: write __shfl_down_sync(0xffffffff, …), the mask first."
    ),
    r"is considered a host function.*\n.*\]\s*\([^)]*\bauto\b": (
        "In a kernel a lambda has no auto among its parameters: name their types."
    ),
    r"\A.*is considered a host (function|variable)": (
        "What is not marked is the host's, and kernels are compiled alone: mark __device__ what they use, and delete "
        f"the rest, such as main(): {LAUNCH}."
    ),
    r"device-side kernel launch": "A kernel cannot launch another one here: launch both from Python.",
    r"texture is not a template": "There are no such textures since CUDA 12: read the array through a pointer.",
    r"must have a constant value\n.*__shared__": (
        "An array has a length that is known beforehand: a literal or a define. That of shared memory may be given at "
        "the launch: extern __shared__ float s[]; and kernel(grid, block, args, shared_mem=bytes)."
    ),
}


def of(log: str) -> str:
    """A paragraph to be put after the log of a refused compilation, or ""."""
    meant = (meaning for words, meaning in MEANINGS.items() if re.search(words, log))
    said = _header(log) or _name(log) or next(meant, "")
    return f"\n\n{said}" if said else ""


def _name(log: str) -> str:
    for name in re.findall(r'error: identifier "(\w+)" is undefined', log):
        for names, way in WAYS.items():
            if re.fullmatch(names, name):
                return f"{name} is of the host's headers, and kernels are compiled without them: {way}."
    if "namespace name" in log:
        found = next((where for use, where in SPACES.items() if re.search(use, log)), None)
        return f"An #include is missing: {found}." if found else ""
    if 'namespace "std" has no member' in log:
        return (
            "The C++ library of kernels is cuda::std, in <cuda/std/…>; min, max, sqrt and their kin need neither "
            "header nor std::."
        )
    return ""


def _header(log: str) -> str:
    """Advice about a header that is not there, such as <stdio.h>: NVRTC compiles for the device alone."""
    if '"cub/cub.cuh"' in log or re.search(r"cub/device/|thrust/", log):
        return (
            "<cub/cub.cuh>, <cub/device/…> and <thrust/…> are for programs of the host; a kernel includes the "
            "primitive that it uses, such as <cub/block/block_reduce.cuh> or <cub/warp/warp_scan.cuh>."
        )
    missing = re.search(r'^(.+)\(\d+\): .*cannot open source file "(.+?)"\n(.*)', log, re.MULTILINE)
    if not missing:
        return ""
    where, name, line = missing.groups()
    if f'"{name}"' in line:
        return f'#include "{name}" is looked for beside the file that gpu.load reads: put it there, or delete the line.'
    if name.startswith("cuda/"):
        return f"The headers of CUDA 13.0 that are installed here have no <{name}>."
    if name.startswith("curand"):
        return "cuRAND is not installed here: pass random numbers that NumPy makes, or write a generator yourself."
    name = where.partition("/include/")[2] or name  # one of CUDA's own that needs the host's
    return (
        f"Kernels are compiled without the headers of the host: delete #include <{name}>. printf, assert and "
        f"mathematics need none; the rest of C++ is in <cuda/std/…>, such as int32_t in <cuda/std/cstdint>."
    )
