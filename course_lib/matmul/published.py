"""What others have published: the share of cuBLAS's speed that kernels like our rungs reach, 1 being as fast.

These are other people's kernels on other people's GPUs, each against cuBLAS on the same GPU: the steps are the same,
tiles and details are not. Our own kernels are in records.py, as far as somebody has measured them.
"""

import textwrap

SIBOEHM = "A6000, S. Boehm"
SIBOEHM_H100 = "H100, the same kernels"
LEIMAO = "RTX 3090, L. Mao"
HOPPER = "H100, bfloat16, several"

SOURCES = {
    SIBOEHM: "S. Boehm, SGEMM_CUDA (README), 4096 x 4096; cuBLAS reaches 23.2 TFLOP/s",
    SIBOEHM_H100: "a course report that ran SGEMM_CUDA on an H100, 4096 x 4096; cuBLAS reaches 51.0 TFLOP/s",
    LEIMAO: "L. Mao, CUDA matrix multiplication optimization; cuBLAS reaches 24.6 TFLOP/s",
    HOPPER: "bfloat16 or half: wmma, 8192, waynehacking8 (README); mma.sync, 4096, Learn CUTLASS the hard way 2; "
    "wgmma, 8192, fast.cu (README)",
}

SHARES = {
    "01 uncoalesced": {SIBOEHM: 0.013, SIBOEHM_H100: 0.0098, LEIMAO: 0.011},
    "02 naive": {SIBOEHM: 0.085, SIBOEHM_H100: 0.119, LEIMAO: 0.070},
    "03 tiled": {SIBOEHM: 0.128, SIBOEHM_H100: 0.180, LEIMAO: 0.108},
    "04 thread-tiled, 1-D": {SIBOEHM: 0.365, SIBOEHM_H100: 0.336, LEIMAO: 0.362},
    "05 thread-tiled, 2-D": {SIBOEHM: 0.687, SIBOEHM_H100: 0.507, LEIMAO: 0.530},
    "06 vectorised": {SIBOEHM: 0.784, SIBOEHM_H100: 0.620, LEIMAO: 0.800},
    "07 double-buffered": {SIBOEHM: 0.743},
    "08 warp-tiled": {SIBOEHM: 0.937, SIBOEHM_H100: 0.712, LEIMAO: 0.820},
    "09 wmma": {HOPPER: 0.080},
    "10 mma.sync": {HOPPER: 0.53},
    "11 wgmma and TMA": {HOPPER: 1.02},
}


def sources() -> str:
    """Who measured each series, as lines that fit a page."""
    return "\n".join(textwrap.fill(f"{name}: {told}", 88, subsequent_indent="    ") for name, told in SOURCES.items())
