"""Registers, spills and shared memory of a kernel: what NVIDIA's assembler says, on any machine."""

import pytest

from course_lib import gpu
from course_lib.gpu.errors import CompileError
from course_lib.gpu.resources import Resources, read

SOURCE = """
__constant__ float weights[100];
extern "C" __global__ void plain(float* x) { x[threadIdx.x] = weights[threadIdx.x]; }
extern "C" __global__ void tiled(float* x) {
    __shared__ float tile[32][33];
    tile[threadIdx.y][threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    x[threadIdx.y] = tile[threadIdx.x][threadIdx.y];
}
extern "C" __global__ void __launch_bounds__(1024) spilling(float* x, int n) {
    float a[150];
    #pragma unroll
    for (int i = 0; i < 150; i++) a[i] = x[i * n];
    __syncthreads();
    #pragma unroll
    for (int i = 0; i < 150; i++) x[i * n + 1] = a[149 - i];
}
template <int N> __global__ void shaped(float* x) { x[N] = 1; }
template __global__ void shaped<3>(float*);
"""


@pytest.fixture(scope="module")
def module():
    with gpu.use("glass"):
        return gpu.compile(SOURCE)


@pytest.mark.parametrize("target", ["sm_90", "sm_80", "sm_75"])
def test_what_the_assembler_says_is_handed_on(module, target):
    plain, tiled, spilling = (module.get_function(n).resources(target) for n in ("plain", "tiled", "spilling"))
    assert 0 < plain.registers < 32 and plain[1:] == (0, 0, 0, 0, 400)
    assert tiled.shared == 32 * 33 * 4 == module.get_function("tiled").shared_size_bytes
    assert spilling.registers <= 64 and spilling.spill_stores > 0 and spilling.spill_loads > 0  # of 65536 / 1024
    assert "no spills" in str(plain) and "spill stores" in str(spilling)


def test_hopper_is_meant_where_nothing_is_said(module):
    assert module.get_function("plain").resources() == module.get_function("plain").resources("sm_90")


def test_a_template_is_found_by_its_mangled_name(module):
    assert module.get_function("shaped").resources().registers > 0


@pytest.mark.parametrize("target", ["90", "sm_9x", None, 90])
def test_a_target_that_is_none_is_refused(module, target):
    with pytest.raises(CompileError, match='such as "sm_90"'):
        module.get_function("plain").resources(target)


@pytest.mark.parametrize("target", ["sm_20", "sm_75a", "sm_999"])
def test_a_target_that_the_compiler_lacks_is_refused_with_those_it_has(module, target):
    with pytest.raises(CompileError, match=rf"does not compile for '{target}'; name one of sm_75, .*sm_90,") as refused:
        module.get_function("plain").resources(target)
    assert "\n" not in str(refused.value)


LOG = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'other' for 'sm_90'
ptxas info    : Function properties for other
ptxas         .     8 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads
ptxas info    : Used 255 registers, used 0 barriers, 8 bytes cumulative stack size
ptxas info    : Compiling entry function 'mine' for 'sm_90'
ptxas info    : Function properties for mine
ptxas         .     16 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads
ptxas info    : Used 31 registers, used 1 barriers, 16 bytes cumulative stack size, 2048 bytes smem
"""


def test_of_several_kernels_the_right_one_is_read():
    assert read(LOG, "mine") == Resources(31, 16, 12, 20, 2048, 0)
    assert read(LOG, "other") == Resources(255, 8, 8, 4, 0, 0)
    with pytest.raises(CompileError, match="nothing about the kernel 'third'"):
        read(LOG, "third")
