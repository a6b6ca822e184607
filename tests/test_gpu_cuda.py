"""The real GPU's side of course_lib.gpu, as far as a machine without one can test it."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from course_lib.gpu import compiled, cuda, nvrtc
from course_lib.gpu.errors import KernelError, LaunchError

GOOD = 'extern "C" __global__ void k(float* x) { x[threadIdx.x] = N; }'


def test_a_real_gpu_runs_what_this_compiler_made_and_not_cupys(tmp_path, monkeypatch):
    """CuPy compiles with -ftz=true, which glass and lessons do not, and its cache does not see an edited header."""

    class Loaded:
        def __init__(self, path):
            self.path = path

    monkeypatch.setitem(sys.modules, "cupy", types.SimpleNamespace(RawModule=Loaded))
    monkeypatch.setattr(cuda, "capability", lambda: (9, 0))
    header, file = tmp_path / "value.h", tmp_path / "k.cu"
    file.write_text('#include "value.h"\n' + GOOD.replace("N", "VALUE"))
    codes = []
    for value in (1, 2):
        header.write_text(f"#define VALUE {value}")
        options = nvrtc.options({}, beside=tmp_path)
        made = cuda.compile(file.read_text(), "k.cu", options, ())._module
        codes.append(Path(made.path).read_bytes())
        assert codes[-1] == nvrtc.cubin(file.read_text(), "k.cu", options, target="sm_90")
    assert codes[0] != codes[1]


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [(701, LaunchError, "'k' has no room on the GPU: 99 registers"), (700, KernelError, "COURSE_DEVICE=glass")],
)
def test_a_launch_that_the_driver_refuses_is_a_sentence(monkeypatch, status, kind, words):
    class Refused(RuntimeError):
        pass

    class Function:
        num_regs = 99

        def __call__(self, *_, **__):
            raise Refused("CUDA_ERROR") from None

    Refused.status = status
    module = types.SimpleNamespace(get_function=lambda symbol: Function())
    driver = types.SimpleNamespace(CUDADriverError=Refused)
    fake = types.SimpleNamespace(
        RawModule=lambda path: module, cuda=types.SimpleNamespace(driver=driver), ndarray=np.ndarray
    )
    monkeypatch.setitem(sys.modules, "cupy", fake)
    monkeypatch.setattr(cuda, "capability", lambda: (9, 0))
    kernel = cuda.compile('extern "C" __global__ void k(int n) {}', "k.cu", (), ()).get_function("k")
    with pytest.raises(kind, match=words):
        kernel((1,), (1024,), (3,))


def test_machine_code_has_the_instantiations_that_were_asked_for():
    source = "template <typename T> __global__ void twice(T* x) { x[threadIdx.x] *= 2; }"
    made = compiled.cubin(source, "k.cu", (), ("twice<double>",), "sm_90")
    assert b"_Z5twiceIdEvPT_" in made.read_bytes()
    assert made == compiled.cubin(source, "k.cu", (), ("twice<double>",), "sm_90")
    assert made != compiled.cubin(source, "k.cu", (), ("twice<float>",), "sm_90")


def test_headers_that_pip_did_not_bring_come_from_nvidias_toolkit(tmp_path, monkeypatch):
    (tmp_path / "include").mkdir()
    (tmp_path / "include/only_there.h").write_text("#define N 3")
    (tmp_path / "include/cuda_fp16.h").write_text("#error pip's is the one that fits")
    monkeypatch.setenv("CUDA_PATH", str(tmp_path))
    assert ".entry k" in nvrtc.ptx(f"#include <only_there.h>\n#include <cuda_fp16.h>\n{GOOD}")
