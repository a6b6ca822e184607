"""Inline assembly: NVIDIA's assembler reads it before anything runs, and what it takes means what PTX says."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import CompileError, Unsupported

KERNEL = """KERNEL(unsigned* out) {{
    unsigned t = threadIdx.x, r = 7;
    {};
    out[t] = r;
}}"""


def launch(assembly):
    out = gpu.zeros(32, np.uint32)
    run(KERNEL.format(assembly), (1,), (32,), out)
    return out.get()


MISTAKES = {
    'asm("add.u32 %0, %1;" : "=r"(r) : "r"(t))': "Arguments mismatch for instruction 'add'",
    'asm("add.u32 %0, %1, %1, %1;" : "=r"(r) : "r"(t))': "Arguments mismatch for instruction 'add'",
    'asm("add.u64 %0, %1, %1;" : "=r"(r) : "r"(t))': "Arguments mismatch for instruction 'add'",
    'asm("add.u32 %0, %1, q;" : "=r"(r) : "r"(t))': "Unknown symbol 'q'",
    'asm("add.u32 %0, %1 %1" : "=r"(r) : "r"(t))': "syntax error",
    'asm("bra NOWHERE;")': "Unknown symbol 'NOWHERE'",
    'asm("ld.global.u32 %0, %1;" : "=r"(r) : "l"(out))': "Arguments mismatch for instruction 'ld'",
    'asm("ld.global.v2.u32 {%0}, [%1];" : "=r"(r) : "l"(out))': "Argument vector size mismatch",
    'asm("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %0}, [%1];" : "=r"(r) : "r"(t))': "Vector of size 4",
    'asm("shfl.sync.bfly.b32 %0, %1, 1;" : "=r"(r) : "r"(t))': "Arguments mismatch for instruction 'shfl'",
    'asm("frobnicate.u32 %0, %1;" : "=r"(r) : "r"(t))': "Not a name of any known instruction: 'frobnicate'",
    'asm("bar.sync 1, 33;")': "must be in multiple of warp size",
}


@pytest.mark.parametrize("assembly", MISTAKES)
def test_a_mistake_in_assembly_is_refused_with_its_line(glass, assembly):
    with pytest.raises(CompileError) as refused:
        launch(assembly)
    said = str(refused.value)
    assert said.startswith("the CUDA compiler refused kernel.cu:\nkernel.cu(3): error in the assembly '")
    assert MISTAKES[assembly] in said


def test_assembly_in_cudas_own_headers_is_not_the_learners(glass, monkeypatch):
    from course_lib.gpu import nvrtc

    made, compile_ = [], nvrtc._compile
    monkeypatch.setattr(nvrtc, "_compile", lambda *given: made.append(given[4]) or compile_(*given))
    source = 'extern "C" __global__ void k(__half* x) { x[0] = hexp(__hfma(x[0], x[1], x[2])); ASM }'
    for assembly, outputs in (("", ["PTX"]), ('asm volatile("membar.cta;");', ["PTX", "CUBIN"])):
        made.clear()
        nvrtc.ptx("#include <cuda_fp16.h>\n" + source.replace("ASM", assembly))
        assert made == outputs


NUMBERS = {
    "017": 15,
    "0b1011": 11,
    "0x1F": 31,
    "-3": 2**32 - 3,
    "4000000000U": 4000000000,
    "0": 0,
}


def test_immediates_may_be_written_in_every_way(device):
    moves = " ".join(f'asm("mov.u32 %0, {text};" : "=r"(r)); out[{32 * i} + t] = r;' for i, text in enumerate(NUMBERS))
    floats = """float f = t; double d = t;
        asm("add.f32 %0, %0, 2.5;" : "+f"(f)); asm("mul.f64 %0, %0, 0.1;" : "+d"(d));
        asm("add.f64 %0, %0, 1e-3;" : "+d"(d));
        asm("sub.f32 %0, %0, 0f3F000000;" : "+f"(f)); singles[t] = f; doubles[t] = d;"""
    parameters = "unsigned* out, float* singles, double* doubles"
    source = f"KERNEL({parameters}) {{ int t = threadIdx.x; unsigned r; {moves} {floats} }}"
    out, singles, doubles = gpu.zeros((6, 32), np.uint32), gpu.zeros(32), gpu.zeros(32, np.float64)
    run(source, (1,), (32,), out, singles, doubles)
    t = np.arange(32)
    assert (out.get() == np.array(list(NUMBERS.values()))[:, None]).all()
    assert (singles.get() == t + 2.0).all() and (doubles.get() == t * 0.1 + 1e-3).all()


def test_addresses_have_offsets_of_either_sign_and_predicates_an_opposite(device):
    source = """KERNEL(const int* x, int* out) {
        int t = threadIdx.x, a, b;
        asm("ld.global.s32 %0, [%1+-8];" : "=r"(a) : "l"(x + t + 2));
        asm("{ .reg .pred p, q; setp.gt.s32 p, %1, 3; setp.lt.and.s32 q, %1, 9, !p; selp.s32 %0, 1, 0, q; }"
            : "=r"(b) : "r"(t));
        out[t] = a * 10 + b;
    }"""
    x, out, t = np.arange(40, dtype=np.int32), gpu.zeros(32, np.int32), np.arange(32)
    run(source, (1,), (32,), gpu.asarray(x), out)
    assert (out.get() == x[:32] * 10 + (t <= 3)).all()


def test_a_register_that_nothing_wrote_may_be_read(glass):
    out = launch('asm("{ .reg .u32 a; add.u32 %0, %1, 1; xor.b32 a, a, a; }" : "=r"(r) : "r"(t))')
    assert (out == np.arange(1, 33)).all()


def test_a_kernel_of_which_the_compiler_leaves_nothing_runs(glass):
    run("KERNEL(int* x) { ((void (*)())0)(); }", (1,), (32,), gpu.zeros(1, np.int32))


@pytest.mark.parametrize(
    ("assembly", "named"),
    [
        ('"{ .reg .v4 .f32 v; }"', r"\.reg"),
        ('"ld.global.u32.cs %0, [%1];" : "=r"(r) : "l"(out)', r"ld\.global\.u32\.cs"),  # the type belongs behind .cs
        ('"ldu.global.u32 %0, [%1];" : "=r"(r) : "l"(out)', r"ldu\.global\.u32"),
    ],
)
def test_what_the_assembler_knows_and_the_glass_gpu_does_not_is_named(glass, assembly, named):
    with pytest.raises(Unsupported, match=rf"does not know the instruction '{named}' yet \(line 3 of kernel 'k'\)"):
        launch(f"asm volatile({assembly})")
