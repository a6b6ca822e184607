"""What a module has beside plain kernels: instantiations of templates, and variables that the host can reach."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu.errors import CompileError, LaunchError

SOURCE = """
template <typename T, int N> __global__ void fill(T* x, T value) { x[threadIdx.x] = value * N; }
namespace shapes { template <int N> __global__ void fill(int* x) { x[threadIdx.x] = N; } }
__global__ void plain(int* x) { x[threadIdx.x] = 7; }
__constant__ float filter[3] = {1, 2, 3};
__device__ int calls;
__device__ double grid[2][3];
namespace inner { __device__ short small[5]; }
__global__ void weigh(float* x) {
    int t = threadIdx.x;
    x[t] *= filter[t % 3];
    atomicAdd(&calls, 1);
    if (t < 6) grid[t / 3][t % 3] = t;
    if (t < 5) inner::small[t] = t;
}
template <int N> __global__ void count(int* x) { x[0] = atomicAdd(&calls, N); }
"""
NAMES = ("fill<float, 8>", "fill<int,3>", "shapes::fill<5>", "plain", "count<4>")


@pytest.fixture
def module(device):
    return gpu.compile(SOURCE, names=NAMES)


@pytest.mark.parametrize("name", ["fill<float, 8>", "fill<float,8>", " fill < float , 8 > "])
def test_an_instantiation_is_had_by_its_name_however_it_is_spaced(module, name):
    x = gpu.zeros(33)
    module.get_function(name)((1,), (33,), (x, np.float32(2)))
    assert (x.get() == 16).all()


@pytest.mark.parametrize(("name", "arguments", "expected"), [("fill<int,3>", (2,), 6), ("shapes::fill<5>", (), 5)])
def test_every_instantiation_is_a_kernel_of_its_own(module, name, arguments, expected):
    x = gpu.zeros(5, np.int32)
    module.get_function(name)((1,), (5,), (x, *arguments))
    assert (x.get() == expected).all()


def test_the_types_of_an_instantiation_are_checked(module):
    with pytest.raises(LaunchError, match=r"argument 0 \(x\) .* points to float, .* but int32 came"):
        module.get_function("fill<float, 8>")((1,), (5,), (gpu.zeros(5, np.int32), 1.0))


def test_a_plain_kernel_is_there_with_names_and_without(module, device):
    for each in (module, gpu.compile(SOURCE)):
        x = gpu.zeros(2, np.int32)
        each.get_function("plain")((1,), (2,), (x,))
        assert (x.get() == 7).all()


def test_an_instantiation_that_was_not_asked_for_says_how_to_ask(module):
    with pytest.raises(LaunchError, match=r"no kernel 'fill<float, 9>'; it has .*shapes::fill<5>.*names=\['fill<fl"):
        module.get_function("fill<float, 9>")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("fill<float>", "cannot determine which instance"),
        ("fill<flat, 8>", '"flat" is undefined'),
        ("nothing<3>", '"nothing" is undefined'),
        ("fill<float, 8", 'expected a ">"'),
        ("", "expected an expression"),
    ],
)
def test_a_wrong_name_is_refused_in_one_sentence(device, name, why):
    with pytest.raises(CompileError, match=r"kernel.cu has no kernel by the name .* such as 'reduce<float, 256>'") as e:
        gpu.compile(SOURCE, names=["plain", name])
    assert repr(name) in str(e.value) and why in str(e.value) and "\n" not in str(e.value)


@pytest.mark.parametrize("names", ["plain", 3, [3], ["a\nb"]])
def test_names_are_a_list_of_strings(device, names):
    with pytest.raises(CompileError, match="names are a list of strings"):
        gpu.compile(SOURCE, names=names)


def test_variables_are_arrays_that_kernels_share(device):
    module = gpu.compile(SOURCE, filename="variables.cu", names=NAMES)
    x, weigh = gpu.asarray(np.ones(7, np.float32)), module.get_function("weigh")
    weigh((1,), (7,), (x,))
    assert x.get().tolist() == [1, 2, 3, 1, 2, 3, 1]
    module.get_global("filter", 3, np.float32).set(np.array([4, 5, 6], np.float32))
    weigh((1,), (7,), (x,))
    assert x.get().tolist() == [4, 10, 18, 4, 10, 18, 4]
    before = gpu.zeros(1, np.int32)
    module.get_function("count<4>")((1,), (1,), (before,))
    assert before.get()[0] == 14 and module.get_global("calls", (), np.int32).get() == 18
    assert (module.get_global("grid", (2, 3), np.float64).get() == np.arange(6).reshape(2, 3)).all()
    assert module.get_global("inner::small", 5, np.int16).get().tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            ("nothing", 3, np.float32),
            "no __device__ or __constant__ variable 'nothing'; it has calls, filter, grid, inn",
        ),
        ((3, 3, np.float32), "variable 3; it has"),
        (("filter", 4, np.float32), r"'filter' has 12 bytes, but float32 of shape \(4,\) has 16; say its shape"),
        (("filter", 3, np.float64), r"has 12 bytes, but float64 of shape \(3,\) has 24"),
        (("filter", "x", np.float32), "a shape such as"),
        (("filter", 3, "nonsense"), "a dtype such as np.float32"),
    ],
)
def test_a_variable_that_is_not_there_or_not_so_is_refused(module, given, sentence):
    with pytest.raises(LaunchError, match=sentence):
        module.get_global(*given)


OVERLOADED = """#include <cuda_fp16.h>
#include <cuda_bf16.h>
__global__ void set(int* x) { *x = 1; }
__global__ void set(float* x) { *x = 2; }
template <typename T> __global__ void fill(T* x) { *x = 3; }
__global__ void small(__half h, __nv_bfloat16 b, float4 v, float* x) {
    x[0] = __half2float(h), x[1] = __bfloat162float(b), x[2] = v.w;
}
"""
INSTANCES = ["fill<int>", "fill<float>"]


def test_a_kernel_of_several_parameter_lists_is_asked_for_by_its_symbol(device):
    module, x = gpu.compile(OVERLOADED, names=INSTANCES), gpu.zeros(1)
    module.get_function("_Z3setPf")((1,), (1,), (x,))
    assert x.get()[0] == 2
    for name, there in (("set", "_Z3setPf, _Z3setPi"), ("fill", "fill<float>, fill<int>")):
        with pytest.raises(LaunchError, match=f"several kernels '{name}'; name the one you want: {there}$"):
            module.get_function(name)


VECTOR = np.array((1, 2, 3, 4), [(axis, "f4") for axis in "xyzw"])


@pytest.mark.parametrize("half", [np.float16(1.5), 1.5, np.array(1.5, np.float16)], ids=repr)
def test_numbers_of_16_bits_and_vectors_are_passed_by_value(device, half):
    kernel, x = gpu.compile(OVERLOADED, names=INSTANCES).get_function("small"), gpu.zeros(3)
    kernel((1,), (1,), (half, np.uint16(0x4040), VECTOR, x))
    assert x.get().tolist() == [1.5, 3, 4]
    for wrong in ((np.float32(1), np.uint16(0), VECTOR, x), (half, 2.0, VECTOR, x), (half, np.uint16(0), 1.0, x)):
        with pytest.raises(LaunchError, match="expected, but"):
            kernel((1,), (1,), wrong)


@pytest.mark.parametrize(("header", "advised"), [("<stdio.h>", True), ("<cmath>", True), ('"mine.h"', False)])
def test_headers_of_the_host_are_advised_against(header, advised):
    with pytest.raises(CompileError, match="cannot open source file") as caught:
        gpu.compile(f'#include {header}\nextern "C" __global__ void k() {{}}')
    assert (f"delete #include {header}." in str(caught.value)) == advised
