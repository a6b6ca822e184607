"""A launch runs every thread of every block once; one that cannot be meant runs nothing and says why in a sentence."""

import sys

import numpy as np
import pytest
from gpu_device import at_once, run

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.gpu.errors import LaunchError

SHAPES = [(1,), (31,), (33,), (100,), (20, 5), (8, 8, 4), (3, 5, 7), (1, 32), (1024,), (16, 16), (64, 1), (2, 2, 2)]


@pytest.mark.parametrize("block", SHAPES, ids=str)
def test_every_thread_of_every_block_runs_once_and_knows_where_it_is(device, block):
    source = """KERNEL(int* out, int* times) {
        int bx = blockDim.x, by = blockDim.y, bz = blockDim.z, size = bx * by * bz;
        int b = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
        int t = (threadIdx.z * by + threadIdx.y) * bx + threadIdx.x;
        int* place = out + (b * size + t) * 6;
        place[0] = threadIdx.x; place[1] = threadIdx.y; place[2] = threadIdx.z;
        place[3] = blockIdx.x; place[4] = blockIdx.y; place[5] = blockIdx.z;
        times[b * size + t] += 1;
        if (t == 0 && b == 0) { times[gridDim.x * gridDim.y * gridDim.z * size] = warpSize; }
    }"""
    for grid in ((1,), (3, 2), (2, 3, 2)):
        b, g = (*block, 1, 1)[:3], (*grid, 1, 1)[:3]
        shape = (*g[::-1], *b[::-1])
        out, times = gpu.zeros((*shape, 6), np.int32), gpu.zeros(int(np.prod(shape)) + 1, np.int32)
        run(source, grid, block, out, times)
        bz, by, bx, z, y, x = np.indices(shape)
        assert (out.get() == np.stack([x, y, z, bx, by, bz], axis=-1)).all()
        assert (times.get()[:-1] == 1).all() and times.get()[-1] == 32


def test_a_grid_may_have_more_blocks_than_there_are_cores_or_threads_in_a_block(device):
    out = gpu.zeros(5000, np.int32)
    run(
        "KERNEL(int* out) { out[blockIdx.x * gridDim.y + blockIdx.y] += blockIdx.x + blockIdx.y; }",
        (50, 100),
        (1,),
        out,
    )
    assert (out.get().reshape(50, 100) == np.arange(50)[:, None] + np.arange(100)).all()


def test_kernels_have_their_own_names_with_or_without_extern_c(device):
    module = gpu.compile("""
        extern "C" __global__ void first(int* x) { x[0] = 1; }
        __global__ void naive(int* x) { x[0] = 2; }
        __global__ void naive2(int* x, float y) { x[0] = y; }
        extern "C" __global__ void nothing() {}
        namespace inner { __global__ void hidden(int* x) { x[0] = 4; } }
        template <int N> __global__ void made(int* x) { x[0] = N; }
        template __global__ void made<5>(int*);
    """)
    x = gpu.zeros(1, np.int32)
    for name, more, expected in (("first", (), 1), ("naive", (), 2), ("naive2", (np.float32(3),), 3)):
        module.get_function(name)((1,), (1,), (x, *more))
        assert x.get()[0] == expected
    module.get_function("nothing")((1,), (1,), ())
    with pytest.raises(LaunchError, match=r"no kernel 'nave'; it has .*\bfirst\b.*\bnaive\b.*\bnaive2\b"):
        module.get_function("nave")
    with pytest.raises(LaunchError, match="it has none"):
        gpu.compile("__device__ int f() { return 1; }").get_function("f")


@pytest.mark.parametrize("name", [5, None, "", "first kernel", b"first"])
def test_a_kernel_is_asked_for_by_its_name(device, name):
    with pytest.raises(UserError):
        gpu.compile(SOURCE).get_function(name)


def test_a_define_is_a_constant_of_the_source(device):
    out = gpu.zeros(4)
    source = "KERNEL(float* x) { x[0] = N; x[1] = SCALE; x[2] = sizeof(REAL); x[3] = FLAG; }"
    run(source, (1,), (1,), out, N=7, SCALE=0.25, REAL="double", FLAG=True)
    assert out.get().tolist() == [7, 0.25, 8, 1]
    run(source, (1,), (1,), out, N=np.int64(8), SCALE="1.5f", REAL="char", FLAG=False)
    assert out.get().tolist() == [8, 1.5, 1, 0]


SCALARS = {
    "bool": [np.True_, False],
    "char": [np.int8(-5), 100],
    "unsigned char": [np.uint8(200), 255],
    "short": [np.int16(-300), 300],
    "unsigned short": [np.uint16(60000)],
    "int": [np.int32(-7), -(2**31), 2**31 - 1],
    "unsigned": [np.uint32(4e9), 2**32 - 1],
    "long long": [np.int64(-(2**60)), 2**62],
    "size_t": [np.uint64(2**62)],
    "float": [np.float32(0.1), 2.5],
    "double": [np.float64(0.1), 1e300],
}


@pytest.mark.parametrize("c_type, values", SCALARS.items())
def test_scalars_of_every_type_arrive(device, c_type, values):
    for value in values:
        out = gpu.zeros(1, np.float64 if c_type in ("float", "double") else np.int64)
        to = "double" if c_type in ("float", "double") else "long long"
        run(f"KERNEL(char pad, {c_type} v, {to}* out) {{ out[0] = ({to})v; }}", (1,), (1,), np.int8(1), value, out)
        assert out.get()[0] == (np.float32(value) if c_type == "float" else np.array(value).astype(out.dtype))


SOURCE = """
struct Pair { int a; float b; };
KERNEL(float* x, int n, float s, Pair pair, unsigned char small, long long wide, bool yes) { x[0] += n * s * pair.a; }
extern "C" __global__ void many(float* x) { __shared__ float a[12288]; a[threadIdx.x] = 1; x[0] = a[7]; }
extern "C" __global__ void __launch_bounds__(64) few(float* x) { x[0] = 1; }
""".replace("KERNEL", 'extern "C" __global__ void k')
PAIR = np.array((1, 2.0), np.dtype([("a", "i4"), ("b", "f4")]))[()]
ARGUMENTS = ["x", 1, np.float32(1), PAIR, 1, 1, True]


def changed(**places):
    """ARGUMENTS with some of them exchanged; p0 is the first."""
    return [places.get(f"p{i}", value) for i, value in enumerate(ARGUMENTS)]


MISTAKES = {  # what is launched: (grid, block, arguments, shared_mem), what the sentence says
    "grid of 0": (((0,), (1,), ARGUMENTS, 0), r"grid \(0,\) is 0 in x, .* at least 1"),
    "grid of -1": (((1, -1), (1,), ARGUMENTS, 0), r"grid \(1, -1\) is -1 in y"),
    "grid of 65536 in y": (((1, 65536), (1,), ARGUMENTS, 0), "65536 in y, .* at most 65535"),
    "grid of 2^31": (((2**31,), (1,), ARGUMENTS, 0), "at most 2147483647"),
    "grid of 4 dimensions": (((1, 1, 1, 1), (1,), ARGUMENTS, 0), "grid is a tuple of 1 to 3 integers"),
    "grid of none": (((), (1,), ARGUMENTS, 0), "grid is a tuple of 1 to 3 integers"),
    "an integer as grid": ((4, (1,), ARGUMENTS, 0), "grid is a tuple .* but 4 came"),
    "a float in the grid": (((2.5,), (1,), ARGUMENTS, 0), "made of integers, but its x is 2.5; divide with //"),
    "a truth value as block": (((1,), (True,), ARGUMENTS, 0), "made of integers, but its x is True"),
    "block of 0": (((1,), (0, 1), ARGUMENTS, 0), r"block \(0, 1\) is 0 in x"),
    "block of 1025": (((1,), (1025,), ARGUMENTS, 0), "1025 .* at most 1024"),
    "block of 33 x 32": (((1,), (33, 32), ARGUMENTS, 0), r"block \(33, 32, 1\) has 1056 threads, .* at most 1024"),
    "block of 65 in z": (((1,), (1, 1, 65), ARGUMENTS, 0), "65 in z, .* at most 64"),
    "too few arguments": (((1,), (1,), ARGUMENTS[:-1], 0), "'k' takes 7 arguments .*, but 6 came"),
    "too many arguments": (
        ((1,), (1,), [*ARGUMENTS, 1], 0),
        r"takes 7 arguments \(x, n, s, .*yes\), but 8 came",
    ),
    "no tuple": (((1,), (1,), "x", 0), "arguments of kernel 'k' are a tuple"),
    "a float for an int": (
        ((1,), (1,), changed(p1=2.0), 0),
        r"argument 1 \(n\) of kernel 'k' is int, .*float 2.0 came",
    ),
    "a truth value for an int": (((1,), (1,), changed(p1=True), 0), r"argument 1 \(n\) .* is int, .*bool True came"),
    "a NumPy float for an int": (((1,), (1,), changed(p1=np.float32(2)), 0), r"argument 1 \(n\) .* is int"),
    "an int that does not fit": (
        ((1,), (1,), changed(p1=2**31), 0),
        r"argument 1 \(n\) .* holds -2147483648 to 2147483647",
    ),
    "a negative unsigned char": (
        ((1,), (1,), changed(p4=-1), 0),
        r"argument 4 \(small\) .* holds 0 to 255, but -1 came",
    ),
    "another integer type": (
        ((1,), (1,), changed(p1=np.int64(2)), 0),
        r"argument 1 \(n\) .* np.int32 is expected, but np.int64",
    ),
    "an int for a float": (((1,), (1,), changed(p2=2), 0), r"argument 2 \(s\) .* is float, .* but int 2 came"),
    "a double for a float": (
        ((1,), (1,), changed(p2=np.float64(2)), 0),
        r"argument 2 \(s\) .* is float, so np.float32",
    ),
    "an int for a bool": (((1,), (1,), changed(p6=1), 0), r"argument 6 \(yes\) .* is bool"),
    "a text": (((1,), (1,), changed(p1="2"), 0), r"argument 1 \(n\) .* but str '2' came"),
    "nothing": (((1,), (1,), changed(p1=None), 0), r"argument 1 \(n\) .* but NoneType None came"),
    "a number for a pointer": (
        ((1,), (1,), changed(p0=5), 0),
        r"argument 0 \(x\) .* is a pointer, so a device array is expected",
    ),
    "a list for a pointer": (((1,), (1,), changed(p0=[1.0]), 0), r"argument 0 \(x\) .* is a pointer"),
    "a host array": (
        ((1,), (1,), changed(p0=np.ones(3, np.float32)), 0),
        r"argument 0 \(x\) .* host memory, .*gpu.asarray",
    ),
    "an array for a number": (((1,), (1,), changed(p1="x"), 0), r"argument 1 \(n\) .* is int, but an array came"),
    "another dtype": (
        ((1,), (1,), changed(p0="doubles"), 0),
        r"argument 0 \(x\) .* float32 is expected, but float64 came",
    ),
    "an array that is not contiguous": (((1,), (1,), changed(p0="columns"), 0), r"argument 0 \(x\) .* not contiguous"),
    "a struct of another size": (
        ((1,), (1,), changed(p3=np.zeros((), "i4,i4,i4")[()]), 0),
        r"argument 3 \(pair\) .* struct of 8 bytes",
    ),
    "a tuple for a struct": (((1,), (1,), changed(p3=(1, 2.0)), 0), r"argument 3 \(pair\) .* struct of 8 bytes"),
    "too much dynamic shared memory": (((1,), (1,), ARGUMENTS, 49153), "49153 bytes .* limit is 49152"),
    "negative shared memory": (((1,), (1,), ARGUMENTS, -4), "shared_mem is a number of bytes, 0 or more, but -4 came"),
    "shared memory that is no number": (((1,), (1,), ARGUMENTS, 4.0), "shared_mem is a number of bytes"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_launch_that_cannot_be_meant_says_why_and_runs_nothing(device, mistake):
    (grid, block, arguments, shared), sentence = MISTAKES[mistake]
    x = gpu.zeros((4, 4))
    arrays = {"x": x, "doubles": gpu.zeros(4, np.float64), "columns": x[:, :2]}
    given = arguments if arguments == "x" else [arrays.get(a, a) if isinstance(a, str) else a for a in arguments]
    with pytest.raises(LaunchError, match=sentence) as caught:
        gpu.compile(SOURCE).get_function("k")(grid, block, given, shared_mem=shared)
    assert isinstance(caught.value, UserError) and "\n" not in str(caught.value)
    assert (x.get() == 0).all()


def test_static_and_dynamic_shared_memory_share_one_limit(device):
    many, x = gpu.compile(SOURCE).get_function("many"), gpu.zeros(1)
    many((1,), (32,), (x,))
    with pytest.raises(LaunchError, match=r"49156 bytes .* \(49152 static, 4 dynamic\), but the limit is 49152"):
        many((1,), (32,), (x,), shared_mem=4)


def test_a_kernel_may_ask_for_more_dynamic_shared_memory(device):
    source = 'extern "C" __global__ void k(float* x) { extern __shared__ float s[]; s[20000] = 5; x[0] = s[20000]; }'
    kernel, x = gpu.compile(source).get_function("k"), gpu.zeros(1)
    with pytest.raises(LaunchError, match="max_dynamic_shared_size_bytes"):
        kernel((1,), (1,), (x,), shared_mem=100_000)
    kernel.max_dynamic_shared_size_bytes = 100_000
    kernel((1,), (1,), (x,), shared_mem=100_000)
    assert x.get()[0] == 5
    with pytest.raises(LaunchError):
        kernel.max_dynamic_shared_size_bytes = 300_000


def test_a_thread_has_at_most_512_kb_of_local_arrays(glass):
    source = (
        "KERNEL(float* x) { float mine[N]; for (int i = 0; i < N; ++i) mine[i * 7 % N] = i; x[0] = mine[(int)x[1]]; }"
    )
    x = gpu.zeros(2)
    run(source, (1,), (1,), x, N=100_000)
    with pytest.raises(LaunchError, match="local"):
        run(source, (1,), (1,), x, N=140_000)


def test_each_kernel_of_a_file_has_its_own_shared_memory(device):
    body = "{ __shared__ float s[8000]; s[threadIdx.x] = x[0]; __syncthreads(); x[1] = s[0] + 1; }"
    module, x = gpu.compile(f"__global__ void a(float* x) {body}\n__global__ void b(float* x) {body}"), gpu.zeros(2)
    for name in "ab":
        module.get_function(name)((1,), (32,), (x,))
        assert module.get_function(name).shared_size_bytes == 32000


def test_launch_bounds_are_kept(device):
    few, x = gpu.compile(SOURCE).get_function("few"), gpu.zeros(1)
    few((1,), (64,), (x,))
    with pytest.raises(LaunchError, match="65 threads, but __launch_bounds__ of 'few' allows at most 64"):
        few((1,), (65,), (x,))


def test_the_parameters_of_the_definition_that_was_compiled_count(device):
    source = """
    #ifdef WIDE
    __global__ void k(double* values) { values[0] = 1; }
    #else
    __global__ void k(float* values, int n) { values[0] = n; }
    #endif
    """
    for defines, dtype, more in (({"WIDE": 1}, np.float64, ()), ({}, np.float32, (2,))):
        x = gpu.zeros(1, dtype)
        gpu.compile(source, **defines).get_function("k")((1,), (1,), (x, *more))
        assert x.get()[0] == len(more) + 1


def test_arrays_of_one_device_are_no_arrays_of_the_other(glass):
    class Foreign:
        shape, dtype, size, ndim = (1,), np.dtype(np.float32), 1, 1

    with pytest.raises(LaunchError, match="device array is expected, but Foreign"):
        run("KERNEL(float* x) { x[0] = 1; }", (1,), (1,), Foreign())


def test_several_threads_may_launch_at_once(device):
    kernel = gpu.compile('extern "C" __global__ void k(float* x) { x[threadIdx.x] += 1; }').get_function("k")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work(number):
        for _ in range(200):
            x, *_ = (gpu.zeros(32) for _ in range(20))
            kernel((1,), (32,), (x,))
            assert (x.get() == 1).all()

    try:
        at_once(work, [(number,) for number in range(4)], threads=4)
    finally:
        sys.setswitchinterval(before)
