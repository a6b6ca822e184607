"""What the tests of the GPU share: the two devices, a launch in one line, and comparing bits."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu import cuda


@pytest.fixture(params=["glass", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request):
    """Each device in turn; "cuda" only where CuPy sees a GPU."""
    if request.param == "cuda" and not cuda.available():
        pytest.skip("this machine has no CUDA device")
    with gpu.use(request.param):
        yield request.param


@pytest.fixture
def glass():
    """The glass GPU, for what only it promises."""
    with gpu.use("glass"):
        yield


@pytest.fixture(scope="module")
def module(request):
    """The kernels in KERNELS of a file of tests, on the glass GPU."""
    with gpu.use("glass"):
        yield gpu.compile(request.module.KERNELS.replace("KERNEL", 'extern "C" __global__ void'), "kernels.cu")


@pytest.fixture
def check(module, glass):
    """check(name, grid, block, *args): what the kernel's check finds."""

    def run(name, grid, block, *args, **options):
        return module.get_function(name).check(grid, block, args, **options)

    return run


def run(source, grid, block, *args, shared_mem=0, **defines):
    """Compile and launch the kernel `k` of a source whose `KERNEL` stands for the words before its parameters."""
    source = source.replace("KERNEL", 'extern "C" __global__ void k')
    gpu.compile(source, **defines).get_function("k")(grid, block, args, shared_mem=shared_mem)


def at_once(function, cases, threads=2) -> list:
    """[function(*case) for case in cases] on several threads, because most of the time goes into C compilers."""
    with ThreadPoolExecutor(threads) as pool:
        here = [contextvars.copy_context() for _ in cases]  # it knows the device
        return list(pool.map(lambda context, case: context.run(function, *case), here, cases))


def same_bits(got, expected) -> np.ndarray:
    """Element by element: the same bits, any NaN being as good as another."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.dtype == expected.dtype, f"{got.dtype} came, {expected.dtype} was expected"
    if got.dtype.kind != "f":
        return got == expected
    as_bits = f"u{got.dtype.itemsize}"
    same = np.ascontiguousarray(got).view(as_bits) == np.ascontiguousarray(expected).view(as_bits)
    return same | (np.isnan(got) & np.isnan(expected))


def ulps(got, truth) -> np.ndarray:
    """How many units in the last place `got` is away from a more precise truth; 0 for NaN and the same infinity."""
    got, truth = np.asarray(got), np.asarray(truth)
    rounded = truth.astype(got.dtype)
    same = (np.isnan(got) & np.isnan(truth)) | (got == rounded)
    unit = np.spacing(np.abs(np.where(np.isfinite(rounded), rounded, 1))).astype(truth.dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(same, 0, np.abs(got.astype(truth.dtype) - truth) / unit)
