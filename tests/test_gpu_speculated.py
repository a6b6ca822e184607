"""Loads that the compiler made earlier than the source asks: course_lib/gpu/glass/speculated.py."""

from course_lib.gpu import nvrtc
from course_lib.gpu.glass import ptx
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.speculated import as_written


def kernel(body: str):
    source = f'extern "C" __global__ void k(float* x, float* y, float s, int n) {{ {body} }}'
    return ptx.parse(nvrtc.ptx(source, "k.cu", nvrtc.options({})), "k.cu")["k"]


def guarded(body: str) -> list[str]:
    instructions = [i for i in as_written(kernel(body)).body if isinstance(i, Instruction)]
    return [i.opcode for i in instructions if i.guard and i.parts[0] == "ld"]


SUM = "__shared__ float sum; if (threadIdx.x == 1) sum = x[0]; __syncthreads();"


def test_a_load_whose_value_a_selection_throws_away_is_guarded_by_it():
    assert guarded(f"{SUM} y[threadIdx.x] = threadIdx.x == 1 ? sum : 1;") == ["ld.shared.f32"]


def test_so_is_one_whose_value_is_computed_with_first():
    assert guarded(f"{SUM} y[threadIdx.x] = threadIdx.x == 1 ? (sum + s) * s - 2 : 1;") == ["ld.shared.f32"]


def test_one_that_is_needed_elsewhere_is_not():
    assert guarded(f"{SUM} y[threadIdx.x] = threadIdx.x == 1 ? sum : 1; y[n] = sum;") == []


RECURRENCE = """float a = x[0], b = x[1], c = x[2];
for (int i = 0; i < 60; i++) { float d = a * b + c; a = b; b = c; c = d; }
y[0] = c;"""


def test_sums_of_sums_take_no_longer_than_their_instructions():
    assert guarded(RECURRENCE) == []  # billions of ways lead from the loads to the store; to walk each took hours


def test_a_chain_of_thousands_of_sums_is_no_deeper_than_python_can_call():
    chain = f'{SUM} float v = sum; _Pragma("unroll") for (int i = 0; i < 1200; i++) v = v * s + x[0];'
    assert guarded(f"{chain} y[threadIdx.x] = v;") == []
    assert guarded(f"{chain} y[threadIdx.x] = threadIdx.x == 1 ? v : 1;").count("ld.shared.f32") == 1
