"""What goes wrong in a kernel is said in one sentence, names the place, and harms nothing else."""

import re

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.gpu.errors import BarrierError, KernelError, KernelTimeout, Misaligned, OutOfBounds, Trap

pytestmark = pytest.mark.usefixtures("glass")  # a real GPU says less

START = "KERNEL(float* a, const float* b, const int* order, int k, long long far) {\n"
START += "    int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;\n"
END = "\n}"
LINE = 3  # of what comes between them


class Arrays:
    """a, b and order, with room to tell whether anything but a[0:100] changed."""

    def __init__(self):
        self.memory = gpu.asarray(np.arange(300, dtype=np.float32))
        self.a, self.b = self.memory[100:200], gpu.asarray(np.arange(128, dtype=np.float32))
        self.order = gpu.asarray(np.arange(128, dtype=np.int32)[::-1].copy())

    def __call__(self, body, grid=(4,), block=(32,), k=0, far=0, shared_mem=0, **more):
        run(
            START + body + END, grid, block, self.a, self.b, self.order, k, np.int64(far), shared_mem=shared_mem, **more
        )

    def unharmed(self):
        outside = np.r_[self.memory.get()[:100], self.memory.get()[200:]]
        return (outside == np.r_[:100, 200:300]).all() and (self.b.get() == np.arange(128)).all()


@pytest.fixture
def arrays():
    return Arrays()


def fault(arrays, body, kind=OutOfBounds, **launch):
    """The error of a kernel whose body stands in line LINE; its sentence names every place that it knows."""
    with pytest.raises(kind) as caught:
        arrays(body, **launch)
    error = caught.value
    assert type(error) is kind and isinstance(error, KernelError) and isinstance(error, UserError)
    assert error.kernel == "k" and error.line == LINE, str(error)
    text = str(error)
    assert "kernel 'k'" in text and f"kernel.cu line {LINE}" in text and "\n" not in text
    assert f"block {error.block}" in text and f"thread {error.thread}" in text
    assert arrays.unharmed()
    return error


def place(error):
    return error.array, error.index, error.block, error.thread


def test_one_past_the_end_is_found_where_a_guard_is_missing(arrays):
    error = fault(arrays, "a[i] = i;")
    assert place(error) == ("a", 100, (3, 0, 0), (4, 0, 0))
    assert "writes index 100 of a, which has 100 elements (float32)" in str(error)
    assert (arrays.a.get()[:96] == np.arange(96)).all(), "what was written stays written"


PATHS = {  # the same thread's access, by every way in which the lanes of a warp can reach memory
    "one address for all": ("a[k] = b[0];", "a[0] = b[k];", (0, 0, 0)),
    "neighbouring addresses": ("a[t + k] = 1;", "a[t] = b[t + k];", (0, 0, 0)),
    "steps of two": ("a[2 * t + k] = 1;", "a[t] = b[2 * t + k];", (0, 0, 0)),
    "any addresses": ("a[order[t] - 127 + k] = 1;", "a[t] = b[order[t] - 127 + k];", (0, 0, 0)),
    "some lanes only": ("if (t % 8 == 5) a[t - 5 + k] = 1;", "if (order[t] % 8 == 2) a[t] = b[t - 5 + k];", (5, 0, 0)),
}


@pytest.mark.parametrize("path", PATHS)
def test_every_kind_of_access_is_held_to_its_array(arrays, path):
    write, read, thread = PATHS[path]
    for body, array, verb, size in ((write, "a", "writes", 100), (read, "b", "reads", 128)):
        for k in (size, -1, -1000, 123456789, -(2**31)):
            error = fault(arrays, body, grid=(1,), k=k)
            if path == "any addresses":
                at = 0 if k > 0 else error.thread[0]  # order runs backwards
                assert (error.array, error.index) == (array, k - at)
            else:
                assert place(error) == (array, k, (0, 0, 0), thread)
            assert f"{verb} index {error.index} of {array}, which has {size} elements" in str(error)


def test_partly_outside_is_outside(arrays):
    """The first thread outside is the one named, whatever its neighbours do."""
    assert place(fault(arrays, "a[t + k] = 1;", grid=(1,), k=90)) == ("a", 100, (0, 0, 0), (10, 0, 0))
    assert place(fault(arrays, "a[t + k] = 1;", grid=(1,), k=-3)) == ("a", -3, (0, 0, 0), (0, 0, 0))
    assert place(fault(arrays, "a[100 - t] = 1;", grid=(1,))) == ("a", 100, (0, 0, 0), (0, 0, 0))
    error = fault(arrays, "a[threadIdx.y * 20 + t] = 1;", grid=(2, 3), block=(16, 8))
    assert place(error)[1:2] + place(error)[3:] == (100, (0, 5, 0))


def test_a_step_into_the_neighbouring_array_is_found(arrays):
    far = (arrays.b.pointer - arrays.a.pointer) // 4
    error = fault(arrays, "a[far + t] = 5;", far=far)
    assert (error.array, error.index) == ("a", far)
    error = fault(arrays, "a[t] = b[t - far];", far=far)
    assert (error.array, error.index) == ("b", -far)


def test_addresses_far_away_and_steps_that_wrap_around_kill_nothing(arrays):
    for far in (2**40, -(2**40), 2**61, 2**62 - 1, 12345678901):
        assert fault(arrays, "a[far] = 1;", far=far).array == "a"
        assert fault(arrays, "a[t * far + 100] = 1;", far=far).array == "a"
    for lanes in (31, 15, 7):  # so that lane `lanes` is inside again: lanes * far = 1 modulo 2^62
        fault(arrays, "a[(unsigned long long)t * far] = 1;", far=pow(lanes, -1, 2**62), block=(lanes + 1,))
        fault(
            arrays,
            "a[(unsigned long long)t * far] = 1;",
            far=pow(lanes, -1, 2**62),
            block=(lanes + 1, 32 // (lanes + 1)),
        )


def test_a_view_is_all_that_a_kernel_may_touch(arrays):
    assert place(fault(arrays, "a[t + k] = 1;", k=100 - 31))[:2] == ("a", 100)  # inside the memory that a is a view of
    arrays.a = arrays.memory[100:200].reshape(20, 5)
    assert "which has 20 x 5 = 100 elements (float32)" in str(fault(arrays, "a[100] = 1;"))


SHARED = {  # C, the array, the index of its access for t = k = 0, its elements
    "static": (
        "__shared__ float tile[4][8], other[64]; tile[0][t] = other[t] = t; a[t] = tile[3][t % 8 + k] + other[9];",
        *("tile", 24, 32),
    ),
    "second": (
        "__shared__ double first[64]; __shared__ short tile[40]; first[t] = 1; a[t] = first[31] + tile[t + k];",
        *("tile", 0, 40),
    ),
    "dynamic": (
        "extern __shared__ float tile[]; tile[t] = 1; __syncthreads(); a[t] = tile[t + k];",
        *("tile", 0, 40),
    ),
}


@pytest.mark.parametrize("kind", SHARED)
def test_shared_arrays_are_held_to_their_own_bounds(arrays, kind):
    body, name, first, size = SHARED[kind]
    for k in (size - first, -1 - first, 1000000):
        error = fault(arrays, body, grid=(1,), k=k, shared_mem=160)
        assert (error.array, error.index, error.thread) == (name, first + k, (0, 0, 0))
        assert f"index {first + k} of the shared array {name}" in str(error)
    error = fault(arrays, body.replace("+ k]", "* k]"), grid=(1,), k=-70, shared_mem=160)
    assert error.array == name and error.index == first - 70 * error.thread[0] and error.thread[0] == 1


@pytest.mark.parametrize("name", ["s", "sE1", "E3abc", "_E12", "tile2E4x"])
def test_a_shared_array_goes_by_its_own_name(arrays, name):
    error = fault(arrays, f"__shared__ float {name}[32]; {name}[t] = 1; __syncthreads(); a[t] = {name}[t + k];", k=2)
    assert (error.array, error.index) == (name, 32)


def test_local_arrays_are_held_to_their_bounds(arrays):
    body = "float mine[8]; for (int j = 0; j < 8; ++j) mine[j] = j * t; a[t] = mine[order[t] - k];"
    error = fault(arrays, body, grid=(1,), k=119)
    assert (error.index, error.thread) == (8, (0, 0, 0)) and "local array" in str(error)
    error = fault(arrays, body, grid=(1,), k=126, block=(8,))
    assert (error.index, error.thread) == (-1, (2, 0, 0))


def test_a_pointer_from_nowhere_belongs_to_no_array(arrays):
    for far in (0, 8, 2**47 + 8, -8):
        error = fault(arrays, "a[t] = *(float*)far;", far=far)
        assert (error.array, error.index) == (None, None) and "belongs to no array" in str(error)
        fault(arrays, "if (t > 3) *(float*)(far + 4 * t) = 1;", far=far)
    pointers = np.array((0, 4), np.dtype([("p", "u8"), ("n", "i4")], align=True))[()]
    with pytest.raises(OutOfBounds, match="line 2.*reads"):
        run(
            "struct S { const float* p; int n; };\nKERNEL(S s, float* a) { a[0] = s.p[0]; }",
            (1,),
            (1,),
            pointers,
            arrays.a,
        )


ALIGNED = {
    "float4 v = *(const float4*)(b + k); a[t] = v.x + v.y + v.z + v.w;": "begin at an index that 4 divides",
    "*(float2*)(a + t + k) = make_float2(1, 2);": "begin at an index that 2 divides",
    "if (t % 2) a[t] = *(const double*)(b + t);": "begin at an index that 2 divides",
    "a[t] = *(const int*)((const char*)b + k);": r"move what it reads to such a place; alignas\(4\)",
}


@pytest.mark.parametrize("body", ALIGNED)
def test_a_wide_access_must_be_aligned_and_is_told_how(arrays, body):
    error = fault(arrays, body, Misaligned, k=1)
    assert re.search(rf"must begin at a multiple of \d+ bytes; {ALIGNED[body]}", str(error))
    assert error.array in ("a", "b")


def test_a_wide_access_is_checked_to_its_last_byte(arrays):
    error = fault(arrays, "float4 v = ((const float4*)b)[t + k]; a[t] = v.x + v.w;", grid=(1,), k=1)
    assert (error.array, error.thread) == ("b", (31, 0, 0))
    arrays.b = arrays.b[:126]
    with pytest.raises(OutOfBounds) as caught:
        arrays("float4 v = ((const float4*)b)[t]; a[t] = v.x + v.y + v.z + v.w;", grid=(1,))
    assert caught.value.thread == (31, 0, 0)


def test_the_line_is_the_one_where_the_access_stands(arrays):
    source = """
__device__ float third(const float* p, int i) {
    return p[i] / 3;
}
KERNEL(float* a, int n)
{
    int t = threadIdx.x;
    float x = 1;
    if (n > 50)
        x = third(a,
                  n);
    a[t] = x;
    a[t + n] = 2;
}"""
    for n, line in ((40, None), (99, 13), (100, 3)):
        if line is None:
            run(source, (1,), (32,), arrays.a, n)
        else:
            with pytest.raises(OutOfBounds) as caught:
                run(source, (1,), (32,), arrays.a, n)
            assert caught.value.line == line


def test_an_empty_array_has_no_first_element(arrays):
    arrays.a = gpu.empty(0)
    assert place(fault(arrays, "a[t] = 1;", grid=(1,)))[:2] == ("a", 0)
    arrays("if (t < k) a[t] = 1;")


def test_threads_of_one_warp_at_different_barriers_are_named(arrays):
    for body in ("if (t < 16) { a[t] = 1; __syncthreads(); } else { a[t] = 2; __syncthreads(); }",
                 "for (int j = 0; j < order[t]; ++j) __syncthreads(); __syncthreads(); a[t] = 1;"):  # fmt: skip
        error = fault(arrays, body, BarrierError, grid=(1,))
        assert "__syncthreads()" in str(error)


def test_a_trap_is_named(arrays):
    error = fault(arrays, "if (i == 70) __trap(); a[t] = 1;", Trap)
    assert (error.block, error.thread) == ((2, 0, 0), (6, 0, 0))


@pytest.mark.parametrize("body", ["while (k < 5) { ((volatile float*)a)[t] += 1; }",
                                  "for (;;) if (t == 3) ((volatile float*)a)[t] = 1; else break;",
                                  "for (;;) { __syncthreads(); ((volatile float*)a)[0] = 1; }"])  # fmt: skip
def test_a_kernel_that_never_ends_is_stopped(arrays, body, monkeypatch):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "0.2")
    with pytest.raises(KernelTimeout, match=r"kernel 'k' \(kernel.cu\) did not end within 0.2 s .*GLASS_TIME_LIMIT"):
        arrays(body)
    arrays("if (i < 100) a[i] = 7;")
    assert (arrays.a.get() == 7).all() and arrays.unharmed()


@pytest.mark.parametrize("body", ["atomicAdd(a, 1.0f);", "a[t] = __shfl_down_sync(~0u, a[t], 1);",
                                  "a[t] = __half2float(__hadd(__float2half(t), __float2half(k)));",
                                  "if (k) printf(\"%d\", t);", "a[t] = clock64();"])  # fmt: skip
def test_what_the_glass_gpu_lacks_it_names_with_the_line_or_it_works(arrays, body):
    try:
        run(
            "#include <cuda_fp16.h>\n" + START + body + END,
            (1,),
            (32,),
            arrays.a,
            arrays.b,
            arrays.order,
            0,
            np.int64(0),
        )
    except UserError as error:
        assert type(error).__name__ == "Unsupported" and f"line {LINE + 1} of kernel 'k'" in str(error)


def test_the_array_behind_a_structs_pointer_is_held_to_its_bounds(glass):
    source = """struct Matrix { int width; float* elements; };
    extern "C" __global__ void k(Matrix A) { A.elements[threadIdx.x * A.width] = 1; }"""
    x = gpu.zeros(60)
    matrix = np.array((2, x.pointer), np.dtype([("width", "i4"), ("elements", "u8")], align=True))[()]
    kernel = gpu.compile(source).get_function("k")
    kernel((1,), (30,), (matrix,))
    with pytest.raises(OutOfBounds, match="writes index 60 of the array that the struct A points to") as caught:
        kernel((1,), (32,), (matrix,))
    assert (caught.value.array, caught.value.index, caught.value.thread) == ("A", 60, (30, 0, 0))
