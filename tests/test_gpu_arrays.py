"""A device array holds numbers apart from the host's, and moves them only when asked."""

import gc

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.gpu.glass.array import live


@pytest.mark.parametrize("dtype", ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"])
def test_values_come_back_as_they_went(device, dtype):
    x = (np.arange(24).reshape(2, 3, 4) % 5).astype(dtype)
    d = gpu.asarray(x)
    assert (d.shape, d.dtype, d.size, d.ndim, d.nbytes, len(d)) == (x.shape, x.dtype, 24, 3, x.nbytes, 2)
    back = d.get()
    assert (back == x).all() and type(back) is np.ndarray
    back[...] = 0
    assert (d.get() == x).all()
    x[...] = 1
    assert (d.get() != x).any()
    assert gpu.asarray(d) is d


def test_anything_that_numpy_reads_can_be_moved(device):
    assert gpu.asarray([1, 2]).dtype == np.int64 and gpu.asarray(2.5).shape == ()
    assert (gpu.asarray(np.arange(6).reshape(2, 3).T).get() == [[0, 3], [1, 4], [2, 5]]).all()
    assert gpu.asarray(np.arange(6).reshape(2, 3).T).flags.c_contiguous


def test_set_needs_the_same_shape_and_dtype(device):
    d = gpu.zeros((2, 3))
    d.set(np.ones((2, 3), np.float32))
    assert (d.get() == 1).all()
    d[1:].set(np.full((1, 3), 5, np.float32))
    assert d.get().tolist() == [[1, 1, 1], [5, 5, 5]]
    for wrong in (np.ones((3, 2), np.float32), np.ones((2, 3)), np.float32(1)):
        with pytest.raises((UserError, ValueError, TypeError)):
            d.set(wrong)
    assert d.get().tolist() == [[1, 1, 1], [5, 5, 5]]


def test_views_show_the_same_memory(device):
    d = gpu.asarray(np.arange(24, dtype=np.float32))
    square = d.reshape(4, 6)
    run("KERNEL(float* x) { x[threadIdx.x] = -1; }", (1,), (6,), square[2])
    assert (d.get()[12:18] == -1).all() and (np.delete(d.get(), range(12, 18)) >= 0).all()
    assert square.reshape(2, -1).shape == (2, 12) and square.ravel().shape == (24,) and square.T.shape == (6, 4)
    assert square[1, 2].get() == 8 and square[1:3, ::2].shape == (2, 3) and square[..., -1].shape == (4,)
    assert square[1, 2].shape == () and (square[:, 1].get() == d.get().reshape(4, 6)[:, 1]).all()
    assert (square.T.get() == square.get().T).all()
    square[0, :2] = 7
    square[1] = gpu.asarray(np.arange(6))
    for host in (np.arange(6), [0, 1, 2, 3, 4, 5]):
        with pytest.raises((UserError, ValueError)):
            square[1] = host
    assert d.get()[:12].tolist() == [7, 7, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]
    copy = square.copy()
    copy.fill(9)
    assert (copy.get() == 9).all() and not (d.get() == 9).all()


def test_a_view_that_cannot_be_one_is_a_copy_that_kernels_can_use(device):
    columns = gpu.asarray(np.arange(24, dtype=np.float32).reshape(4, 6)).T.reshape(-1)
    out = gpu.zeros(24)
    source = """KERNEL(const float* x, const float* other, float* out) {
        const float* from = threadIdx.x % 2 ? x : other; out[threadIdx.x] = from[threadIdx.x];
        if (threadIdx.x == 0) { float4 v = *(const float4*)x; out[0] = v.x + v.y + v.z + v.w; }
    }"""
    run(source, (1,), (24,), columns, columns, out)
    expected = np.arange(24.0).reshape(4, 6).T.ravel()
    assert (out.get()[1:] == expected[1:]).all() and out.get()[0] == expected[:4].sum()


def test_the_edges_of_shapes(device):
    for shape in (0, (0,), (3, 0, 2)):
        d = gpu.empty(shape)
        assert d.size == 0 and d.get().shape == np.empty(shape).shape
    run("KERNEL(float* x, int n) { if (threadIdx.x < n) x[threadIdx.x] = 1; }", (1,), (8,), gpu.empty(0), 0)
    assert gpu.zeros(np.int64(3)).shape == (3,) and gpu.zeros([2, 2]).shape == (2, 2) and gpu.zeros(()).get() == 0


def test_what_nobody_wrote_is_no_plausible_number(glass):
    assert np.isnan(gpu.empty(100).get()).all() and np.isnan(gpu.empty(3, np.float64).get()).all()
    assert (gpu.empty(100, np.int32).get() == -1).all()
    out = gpu.zeros(64)
    run(
        "KERNEL(float* out) { __shared__ float s[64]; s[0] = 1; __syncthreads(); out[threadIdx.x] = s[threadIdx.x]; }",
        (1,),
        (64,),
        out,
    )
    assert out.get()[0] == 1 and np.isnan(out.get()[1:]).all()


COMPUTES = ["np.asarray(d)", "np.exp(d)", "np.float32(2) * d", "d + 1", "1 - d", "d @ d", "d / d", "np.ones(4) + d"]
COMPUTES += ["d * np.ones(4)", "np.allclose(d, 1)", "-d", "d**2", "d < 1", "d == 1", "d != 1", "abs(d)", "float(d)"]
COMPUTES += ["bool(d)", "sum(d)", "d // 2", "d % 2", "2 ** d"]
IMPOSSIBLE = ["gpu.asarray(['text'])", "gpu.asarray([None])", "gpu.asarray([[1], [1, 2]])", "gpu.empty(-1)"]
IMPOSSIBLE += [
    "gpu.empty((2, -3))",
    "gpu.empty(2.5)",
    "gpu.empty('abc')",
    "gpu.empty(None)",
    "gpu.empty(3, 'no dtype')",
]
NOT_MADE = [text for text in IMPOSSIBLE if text.startswith("gpu.")] + ["gpu.empty(float('inf'))"]
IMPOSSIBLE += ["gpu.empty(float('inf'))", "gpu.empty((1 << 40, 1 << 20))", "d[[0, 1]]", "d[np.ones(4, bool)]", "d['a']"]
IMPOSSIBLE += [
    "d[7]",
    "d[0, 0]",
    "d.reshape(3)",
    "d.reshape('a')",
    "d.set('abcd')",
    "d.fill('a')",
    "d.__setitem__(0, 'a')",
    "d.__setitem__(..., np.zeros(4, np.float32))",
    "d.__setitem__(slice(2), [1, 2])",
]


@pytest.mark.parametrize("text", COMPUTES)
def test_a_device_array_does_no_arithmetic_by_itself(glass, text):
    with pytest.raises(UserError, match=r"\.get\(\)") as caught:
        eval(text, {"np": np, "d": gpu.zeros(4)})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_what_an_array_cannot_do_is_said_in_a_sentence(glass, text):
    with pytest.raises(UserError) as caught:
        eval(text, {"np": np, "gpu": gpu, "d": gpu.zeros(4)})
    assert "\n" not in str(caught.value) and len(str(caught.value)) > 20


@pytest.mark.parametrize("text", NOT_MADE)
def test_what_cannot_be_an_array_is_said_in_a_sentence_on_both_devices(device, text):
    with pytest.raises(UserError) as caught:
        eval(text, {"np": np, "gpu": gpu})
    assert "\n" not in str(caught.value)


def test_memory_is_given_back(glass):
    gc.collect()
    before = len(live())
    kept = [gpu.zeros(10)[2:5] for _ in range(5)]
    gc.collect()
    assert len(live()) == before + 5 and len(kept) == 5
    del kept
    gc.collect()
    assert len(live()) == before
