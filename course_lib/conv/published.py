"""What others have published about the algorithms: their times on their GPUs, with sources. Our own: records.py.

LAVIN_GRAY   batch -> milliseconds of VGG-E's convolutions on a Titan X (Maxwell) in float32: (cuDNN v3, F(2x2, 3x3)).
             A. Lavin, S. Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016, as far as the table is
             consistent with itself
ERRORS       layer -> largest absolute error of VGG-E's layers in the same paper: direct, F2, F4 in float32, half
SOUMITH      layer -> (channels, filters, image, kernel; milliseconds forward of fbfft and of cuDNN R2), batch 128;
             S. Chintala, convnet-benchmarks, on a Titan X
NETWORKS     network -> milliseconds forward and backward of fbfft and cuDNN R4, from the same benchmark
"""

from typing import NamedTuple

LAVIN_GRAY = {
    1: (12.52, 5.55),
    2: (20.36, 9.89),
    4: (104.70, 17.72),
    8: (241.21, 33.11),
    16: (203.09, 65.79),
    64: (394.05, 266.48),
}
ERRORS = {
    "VGG 1.2": (4.01e-5, 1.53e-5, 2.84e-4, 1.14e-2),
    "VGG 2.2": (8.01e-5, 2.86e-5, 5.41e-4, 1.45e-2),
    "VGG 3.2": (1.53e-4, 5.34e-5, 9.06e-4, 1.99e-2),
    "VGG 4.2": (3.20e-4, 5.34e-5, 1.04e-3, 3.17e-2),
    "VGG 5": (3.43e-4, 4.20e-5, 1.08e-3, 2.61e-2),
}


class Timed(NamedTuple):
    """C channels of image x image, K filters of kernel x kernel, no padding; milliseconds of fbfft and cuDNN."""

    C: int
    K: int
    image: int
    kernel: int
    fbfft: float
    cudnn: float


SOUMITH = {
    "L1": Timed(3, 96, 128, 11, 57, 56),
    "L2": Timed(64, 128, 64, 9, 27, 143),
    "L3": Timed(128, 128, 32, 9, 6, 53),
    "L4": Timed(128, 128, 16, 7, 2, 6),
    "L5": Timed(384, 384, 13, 3, 9, 11),
}
SOUMITH_BATCH = 128
NETWORKS = {"AlexNet": (104, 81), "VGG-A": (1092, 529)}
