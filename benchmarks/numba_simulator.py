"""The naive matrix product on the glass GPU beside Numba's CUDA simulator, a Python thread for each CUDA thread.

    python benchmarks/numba_simulator.py [--size 32] [--rounds 3]

Numba is no dependency of the course: python -m pip install numba-cuda
"""

import argparse
import os
import sys

os.environ["NUMBA_ENABLE_CUDASIM"] = "1"  # read when Numba is imported
os.environ["GLASS_CORES"] = "1"

import numpy as np

from course_lib import gpu
from course_lib.matmul.launch import blocks, naive
from course_lib.stopwatch import compare

try:
    from numba import cuda
except ImportError:
    sys.exit("this benchmark needs Numba's CUDA simulator; install it with: python -m pip install numba-cuda")


@cuda.jit
def simulated(A, B, C):
    """02_naive.cu in Python."""
    col, row = cuda.grid(2)
    if row < C.shape[0] and col < C.shape[1]:
        total = np.float32(0)
        for e in range(A.shape[1]):
            total += A[row, e] * B[e, col]
        C[row, col] = total


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--size", type=int, default=32, help="rows and columns; the simulator is slow")
    options.add_argument("--rounds", type=int, default=3, help="paired rounds")
    given = options.parse_args()
    rng = np.random.default_rng(0)
    A, B = (rng.standard_normal((given.size, given.size)).astype(np.float32) for _ in "AB")
    grid = (blocks(given.size, 16), blocks(given.size, 16))
    with gpu.use("glass"):
        a, b = gpu.asarray(A), gpu.asarray(B)

        def numba():
            C = np.zeros_like(A)
            simulated[grid, (16, 16)](A, B, C)
            return C

        entries = {"Numba's simulator": numba, "glass GPU": lambda: naive(a, b).get()}
        watch = compare(entries, lambda C: np.allclose(C, A @ B, atol=1e-3), rounds=given.rounds)
    ratio = watch.ratio("Numba's simulator", "glass GPU")
    print(
        f"naive, {given.size}^3, blocks of 16 x 16: Numba's simulator takes {ratio:,.0f} times as long as the glass GPU"
    )


if __name__ == "__main__":
    main()
