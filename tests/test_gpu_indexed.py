"""A struct that comes by value may hold arrays, and a kernel may index them with what it only knows as it runs."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu.errors import OutOfBounds

SOURCE = """
struct Filter { int taps; float w[9]; };
__device__ __noinline__ float tap(const float* w, int i) { return w[i]; }
extern "C" __global__ void by_index(const __grid_constant__ Filter f, float* y, int shift) {
    y[threadIdx.x] = f.w[(threadIdx.x + shift) % f.taps] + f.w[shift];
}
extern "C" __global__ void by_address(const __grid_constant__ Filter f, float* y, int shift) {
    y[threadIdx.x] = tap(f.w, (threadIdx.x + shift) % f.taps) + tap(f.w, shift);
}
"""
LINES = {"by_index": 5, "by_address": 3}
FILTER = np.dtype([("taps", "i4"), ("w", "f4", 9)])


def arguments(taps, shift=2):
    f = np.zeros((), FILTER)
    f["taps"], f["w"] = taps, np.arange(9) * 1.5
    return f, gpu.zeros(40), np.int32(shift)


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("taps", [1, 9])
def test_a_struct_is_indexed(device, name, taps):
    f, y, shift = arguments(taps)
    gpu.compile(SOURCE).get_function(name)((1,), (40,), (f, y, shift))
    assert (y.get() == f["w"][(np.arange(40) + 2) % taps] + f["w"][2]).all()


@pytest.mark.parametrize("name", LINES)
def test_what_is_outside_of_the_struct_is_found(glass, name):
    kernel = gpu.compile(SOURCE).get_function(name)
    assert list(kernel.check((1,), (40,), arguments(9))) == []
    (finding,) = kernel.check((1,), (40,), arguments(40))
    assert (finding.kind, finding.array, finding.line, finding.count) == ("out of bounds", "f", LINES[name], 40 - 9)
    with pytest.raises(OutOfBounds, match="reads index 10 of f, which has 10 elements"):
        kernel((1,), (40,), arguments(40))


def test_it_is_read_as_a_constant_is(glass):
    kernel = gpu.compile(SOURCE).get_function("by_index")
    profile = kernel.profile((1,), (40,), arguments(9))
    assert profile[5].requests["const loads"] == 2 * 2 and profile.read == 0
    reads = [a for step in kernel.step((1,), (32,), arguments(9)) for a in step.accesses if a.does == "reads"]
    assert [a.space for a in reads] == ["const", "const"]
    assert [tuple(a.values[lane][0] for lane in (0, 8)) for a in reads] in ([(3, 1.5), (3, 3)], [(3, 3), (3, 1.5)])
