"""Kernels about memory: where a warp's numbers lie, how often they are fetched, and who touches them when.

grey.cu        a pixel's three colours side by side, or plane by plane
transpose.cu   through a tile of shared memory: plain, padded or swizzled
mean.cu        a moving mean, each number fetched once a block or once a use
histogram.cu   atomics in global memory, or in a copy of each block
broken/        five kernels with a mistake each, for a reader to find
kernels.py     the paths of all of them, and a listing with line numbers
"""
