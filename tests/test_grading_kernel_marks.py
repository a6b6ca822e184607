"""What a kernel does is told by a process that never ran a learner's Python."""

import json

import pytest
from sandboxes import needs_sandbox

from course_lib.grading import exercises, judge, sandboxed
from course_lib.grading.workers import Answers, Bench

EX02 = exercises.find("ex02_matrix_multiplication")
SECRET = b"of the tests only" * 2
NAIVE = EX02.namespace()["naive_kernel"]
LYING = """
import sys
from course_lib import gpu
from course_lib.gpu.glass import module
class Lies:
    arrays, shared_bytes, lines, findings = (), 10**6, {}, ()
    def __getattr__(self, name): return lambda *a, **k: 0
gpu.compile = gpu.load = gpu.asarray = lambda *a, **k: Lies()
module.Kernel = Lies
sys.modules["course_lib.grading.kernels"] = Lies()
"""


@pytest.fixture(scope="module")
def workers():
    """Mark a question whose cell is `source`; the worker for kernels is shared, as it is among questions."""
    with Bench(EX02.setup, sandboxed.choose()) as bench:

        def mark(question, source):
            return judge.mark(EX02, question, Answers(bench, {question: source}), "eve", SECRET)

        yield mark


@needs_sandbox
def test_a_worker_that_lies_about_kernels_is_not_asked(workers):
    honest = workers("tiled", EX02.reference["tiled"])
    assert honest.passed
    assert workers("tiled", LYING + EX02.reference["tiled"]).passed
    lying = workers("tiled", LYING + "tiled_kernel = r'''" + NAIVE + "'''")
    assert not lying.passed and lying.earned == workers("tiled", f"tiled_kernel = r'''{NAIVE}'''").earned


KERNELS = {
    "reads a file": '#include "/etc/hostname"\n',
    "reads a file by its bytes": '__device__ const char secret[] = {\n#embed "/proc/self/environ"\n};\n',
    "runs a shell when it is built": '#define _(x) system(x)\n__host__ int f() { return _("id"); }\n',
    "names that are C": 'extern "C" __device__ int __attribute__((constructor)) boom() { return 1; }\n',
    "inline assembly of the host": '__device__ void f() { asm volatile("syscall"); }\n__device__ int g = (f(), 1);\n',
    "endless includes": "#include __FILE__\n",
    "endless templates": "template <int n> struct A { enum { v = A<n + 1>::v }; };\n__device__ int x = A<0>::v;\n",
    "a line without end": "//" + "x" * 10**6 + "\\\n",
    "no text": "\0\0\0",
}
HOSTILE = [
    pytest.param(text, id=name, marks=[pytest.mark.attacks] if number >= 2 else [])
    for number, (name, text) in enumerate(KERNELS.items())
]


@needs_sandbox
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_kernel_fails_or_is_judged_by_what_it_computes(workers, text):
    """Beside it stands a kernel that computes nothing, so it can earn nothing."""
    empty = 'extern "C" __global__ void matmul(const float*, const float*, float*, int, int, int) {}'
    result = workers("bounds", f"naive_kernel = {text + empty!r}")
    assert result.earned == 0
    assert "PATH=" not in json.dumps(result.data())


@needs_sandbox
def test_a_kernel_that_never_ends_costs_its_question_only(workers):
    result = workers("bounds", f"naive_kernel = {NAIVE.replace('++e', 'e += 0')!r}")
    assert not result.passed and "KernelTimeout" in str(result)
