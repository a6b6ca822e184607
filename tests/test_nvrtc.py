"""CUDA C is compiled by NVIDIA's own compiler, once: its refusals name the learner's line, its results are kept."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.gpu import cuda, nvrtc
from course_lib.gpu.errors import CompileError

GOOD = 'extern "C" __global__ void k(float* x) { x[threadIdx.x] = N; }'
PROGRAM = f"""
import sys, numpy as np
from course_lib import gpu
from course_lib.errors import UserError
x = gpu.zeros(4)
try:
    gpu.compile({GOOD!r}, N=3).get_function("k")((1,), (4,), (x,))
    print(x.get())
except UserError as error:
    print(type(error).__name__ + ":", error)
"""


def fresh_process(program=PROGRAM, **environment):
    """What a program prints in a process of its own."""
    environment = {**os.environ, "COURSE_DEVICE": "glass", **{k: str(v) for k, v in environment.items()}}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- messages ----


def test_an_error_has_nvrtcs_words_and_the_learners_file_and_line(device, tmp_path):
    file = tmp_path / "mine.cu"
    file.write_text('extern "C" __global__ void k(float* x)\n{\n    x[threadIdx.x] = 1\n}\n')
    with pytest.raises(CompileError) as caught:
        gpu.load(file)
    text = str(caught.value)
    assert isinstance(caught.value, UserError) and text.startswith("the CUDA compiler refused mine.cu:\n")
    assert 'mine.cu(4): error: expected a ";"' in text and str(tmp_path) not in text


@pytest.mark.parametrize("body, words", [
    ("undeclared = 1;", 'mine.cu(3): error: identifier "undeclared" is undefined'),
    ("int q = x;", "mine.cu(3): error: a value of type"),
    ("nothing(x);", 'mine.cu(3): error: identifier "nothing" is undefined'),
    ("}}", "mine.cu(3): error"),
    ("malloc_host(1);", "mine.cu(3): error"),
])  # fmt: skip
def test_every_mistake_names_its_line(device, body, words):
    with pytest.raises(CompileError) as caught:
        gpu.compile(f'extern "C" __global__ void k(float* x)\n{{\n    {body}\n}}', "mine.cu")
    assert words in str(caught.value)


def test_warnings_do_not_hide_an_error(device):
    with pytest.raises(CompileError) as refused:
        gpu.compile('extern "C" __global__ void f(int* x)\n{\n    int unused;\n    x[0] = missing;\n    int other;\n}')
    told = str(refused.value)
    assert "kernel.cu(4): error" in told and "warning" not in told and "1 error detected" in told


def test_host_code_is_refused_with_the_compilers_words(device):
    with pytest.raises(CompileError, match="host"):
        gpu.compile("int main() { return 0; }")


@pytest.mark.parametrize("define", [{"TILE-SIZE": 1}, {"1N": 2}, {"": 3}, {"A B": 1}, {"N(x)": "x"}])
def test_a_define_needs_a_name_that_c_allows(device, define):
    with pytest.raises(CompileError, match="a define needs a C name such as TILE"):
        gpu.compile(GOOD, **define)


@pytest.mark.parametrize("value", [[1], {"a": 1}, None, 1j])
def test_a_define_needs_a_value_that_c_can_read(device, value):
    with pytest.raises(UserError, match="N"):
        gpu.compile(GOOD, N=value)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", "T"),
        ("", "x"),
        ("", "int"),
        ("", "threadIdx"),
        ("#include <cub/block/block_reduce.cuh>\n", "BLOCK_THREADS"),
    ],
)
def test_a_define_that_breaks_cudas_own_headers_is_named_in_one_sentence(device, header, name):
    with pytest.raises(CompileError, match=f"cannot have the define {name}=16, .* rename it") as refused:
        gpu.compile(header + GOOD, N=8, **{name: 16})
    assert "\n" not in str(refused.value)


def test_a_define_that_the_compiler_stumbles_over_is_pointed_out(device):
    with pytest.raises(CompileError) as refused:
        gpu.compile('extern "C" __global__ void f(int* x)\n{\n    int side = 5;\n    x[0] = side;\n}', side=3)
    told = str(refused.value)
    assert "kernel.cu(3): error: expected an identifier" in told and told.endswith(
        "side in line 3 is the define side=3."
    )


@pytest.mark.parametrize(("header", "advice"), [
    ("stdio.h", "Kernels are compiled without the headers of the host: delete #include <stdio.h>"),
    ("cuda/std/vector", "The headers of CUDA 13.0 that are installed here have no <cuda/std/vector>."),
    ("cub/cub.cuh", "a kernel includes the primitive that it uses, such as <cub/block/block_reduce.cuh>"),
])  # fmt: skip
def test_a_header_that_a_kernel_cannot_have_is_told_with_what_to_do(device, header, advice):
    with pytest.raises(CompileError) as refused:
        gpu.compile(f"#include <{header}>\n" + GOOD.replace("N", "1"))
    assert advice in str(refused.value).split("\n")[-1]


def test_a_missing_define_is_the_compilers_to_tell(device):
    with pytest.raises(CompileError, match='identifier "N" is undefined'):
        gpu.compile(GOOD)


@pytest.mark.parametrize("what", ["missing.cu", "."])
def test_a_file_that_cannot_be_read_is_named(device, what, tmp_path):
    with pytest.raises(CompileError, match="cannot be read .* check the path"):
        gpu.load(tmp_path / what)
    (tmp_path / "bytes.cu").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CompileError, match="cannot be read"):
        gpu.load(tmp_path / "bytes.cu")
    with pytest.raises(CompileError, match="CUDA C source is a string, but bytes came"):
        gpu.compile(b"text")


@pytest.mark.parametrize("path", [5, None, ["k.cu"]])
def test_a_path_is_a_path(device, path):
    with pytest.raises(UserError):
        gpu.load(path)


def test_comments_may_be_in_any_language(device):
    x = gpu.zeros(1)
    gpu.compile("// größer — 行列 ∑\n" + GOOD, N=2).get_function("k")((1,), (1,), (x,))
    assert x.get()[0] == 2


def test_cudas_headers_are_found(device):
    source = "#include <cuda_fp16.h>\n#include <cuda_bf16.h>\n#include <math_constants.h>\n" + GOOD
    x = gpu.zeros(1)
    gpu.compile(source, N="CUDART_PI_F").get_function("k")((1,), (1,), (x,))
    assert abs(x.get()[0] - 3.1415927) < 1e-6


def test_a_header_beside_the_file_is_found_and_an_edited_one_is_read_again(device, tmp_path):
    (tmp_path / "mine.cu").write_text('#include "mine.h"\n' + GOOD)
    x = gpu.zeros(1)
    for value in (3, 4):
        (tmp_path / "mine.h").write_text(f"#define N {value}\n")
        gpu.load(tmp_path / "mine.cu").get_function("k")((1,), (1,), (x,))
        assert x.get()[0] == value


# ---- the compiler itself ----


def test_ptx_and_machine_code_need_no_gpu():
    assert nvrtc.version()[0] == 13
    text = nvrtc.ptx(GOOD, options=nvrtc.options({"N": 1}))
    assert ".target sm_90" in text and ".entry k" in text and ".loc" in text
    assert nvrtc.cubin(GOOD, options=nvrtc.options({"N": 1})).startswith(b"\x7fELF")
    assert ".target sm_80" in nvrtc.ptx(GOOD, options=nvrtc.options({"N": 1}), target="compute_80")


# ---- the cache ----


def contents(folder):
    return {file.name: (file.stat().st_mtime_ns, file.stat().st_size) for file in Path(folder).iterdir()}


def test_a_second_process_compiles_nothing(tmp_path):
    assert fresh_process(GLASS_CACHE=tmp_path) == "[3. 3. 3. 3.]"
    first = contents(tmp_path)
    assert len(first) >= 2  # PTX and a library
    assert fresh_process(GLASS_CACHE=tmp_path) == "[3. 3. 3. 3.]"
    assert contents(tmp_path) == first


def test_two_processes_may_compile_the_same_kernel_at_once(tmp_path):
    environment = {**os.environ, "COURSE_DEVICE": "glass", "GLASS_CACHE": str(tmp_path / "cache")}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate()
        assert process.returncode == 0 and out.decode().strip() == "[3. 3. 3. 3.]", err.decode()
    assert not [name for name in contents(tmp_path / "cache") if name.startswith("tmp")]


def test_a_cache_folder_that_cannot_be_made_is_no_hindrance(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert fresh_process(GLASS_CACHE=tmp_path / "file" / "cache", TMPDIR=tmp_path) == "[3. 3. 3. 3.]"


def test_the_users_cache_folder_is_the_default(tmp_path):
    fresh_process(XDG_CACHE_HOME=tmp_path, GLASS_CACHE="")
    assert len(contents(tmp_path / "glass-machines")) >= 2


@pytest.mark.parametrize("left", [b"", b"half a file"])
def test_a_damaged_cache_is_built_again(tmp_path, left):
    for _ in range(2):
        assert fresh_process(GLASS_CACHE=tmp_path) == "[3. 3. 3. 3.]"
        for file in tmp_path.iterdir():
            file.write_bytes(left)


def test_a_cache_deleted_while_a_process_runs_is_made_again(tmp_path):
    cache = tmp_path / "cache"
    program = PROGRAM + f"import shutil; shutil.rmtree({str(cache)!r})" + PROGRAM.replace("N=3", "N=4")
    assert fresh_process(program, GLASS_CACHE=cache) == "[3. 3. 3. 3.]\n[4. 4. 4. 4.]"


# ---- the C compiler ----


def test_a_compiler_that_does_not_exist_is_named(tmp_path):
    said = fresh_process(GLASS_CACHE=tmp_path, CC="no-such-compiler")
    assert said.startswith("SetupError:") and "'no-such-compiler', is not found; correct CC or unset it" in said


def test_without_a_compiler_the_sentence_says_what_to_install_or_zig_is_used(tmp_path):
    said = fresh_process(GLASS_CACHE=tmp_path, PATH=tmp_path, CC="")
    assert (
        said == "[3. 3. 3. 3.]"
        or "needs a C compiler and found none; install gcc or clang, or: python -m pip install ziglang" in said
    )


@pytest.mark.parametrize("compiler", ["gcc", "clang", "gcc -O2"])
def test_cc_chooses_the_compiler(compiler, tmp_path):
    if shutil.which(compiler.split()[0]):
        assert fresh_process(GLASS_CACHE=tmp_path, CC=compiler) == "[3. 3. 3. 3.]"
    else:
        assert "is not found" in fresh_process(GLASS_CACHE=tmp_path, CC=compiler)


def test_a_compiler_that_fails_says_so_in_a_sentence(tmp_path):
    said = fresh_process(GLASS_CACHE=tmp_path, CC="false")
    assert said.startswith("SetupError:") and "false" in said
    assert not list(tmp_path.glob("*.so"))


# ---- settings ----


@pytest.mark.parametrize("name, value", [("GLASS_CORES", "0"), ("GLASS_CORES", "many"), ("GLASS_CORES", "-1"),
                                         ("GLASS_TIME_LIMIT", "soon"), ("GLASS_TIME_LIMIT", "-1")])  # fmt: skip
def test_a_setting_that_is_no_number_is_refused_in_a_sentence(name, value):
    said = fresh_process(**{name: value})
    assert said.startswith("SetupError:") and name in said and repr(value) in said


@pytest.mark.parametrize("cores", [1, 7])
def test_a_launch_uses_as_many_cores_as_it_is_told(cores):
    assert fresh_process(GLASS_CORES=cores) == "[3. 3. 3. 3.]"


def test_the_device_can_be_chosen_for_a_process_or_a_few_lines(monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "glass")
    assert gpu.device().kind == "glass" and "glass GPU" in gpu.device().name
    with gpu.use("glass"):
        assert gpu.device().kind == "glass"
    for wrong in ("GLASS", "gpu", "cuda:0"):
        with pytest.raises(UserError, match="the device is 'glass' or 'cuda', but"), gpu.use(wrong):
            pass
        monkeypatch.setenv("COURSE_DEVICE", wrong)
        with pytest.raises(UserError, match="COURSE_DEVICE"):
            gpu.device()
    if not cuda.available():
        with pytest.raises(UserError, match="needs CuPy and an NVIDIA GPU.*course doctor"), gpu.use("cuda"):
            pass
