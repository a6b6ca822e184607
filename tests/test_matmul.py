"""C = A B, on every rung and both devices, within the bound that rounding allows."""

import functools

import numpy as np
import pytest
from exact import fma32

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.matmul import bfloat16, launch, tensor
from course_lib.matmul.launch import naive, thread_tiled_1d, tiled, uncoalesced

SIZES = [(1, 1, 1), (1, 17, 1), (17, 1, 19), (31, 13, 7), (16, 16, 16), (33, 65, 40), (100, 20, 64), (2, 130, 3)]
RUNGS = {
    "uncoalesced": uncoalesced,
    "uncoalesced in 32 x 8": lambda A, B: uncoalesced(A, B, block=(32, 8)),
    "naive": naive,
    "naive in 32 x 8": lambda A, B: naive(A, B, block=(32, 8)),
    "naive in 7 x 3": lambda A, B: naive(A, B, block=(7, 3)),
    "tiled": tiled,
    "tiled by 8": lambda A, B: tiled(A, B, tile=8),
    "tiled by 5": lambda A, B: tiled(A, B, tile=5),
    "tiled by 32": lambda A, B: tiled(A, B, tile=32),
    "thread-tiled": thread_tiled_1d,
    "thread-tiled by 2": lambda A, B: thread_tiled_1d(A, B, tile=(16, 16, 8), thread=2),
}
for name in ("thread_tiled_2d", "vectorised", "double_buffered", "warp_tiled"):
    RUNGS[name] = getattr(launch, name)
    RUNGS[f"{name}, small"] = functools.partial(getattr(launch, name), tile=(32, 32, 8), thread=(4, 4))
ONE_EACH = [r for name, r in RUNGS.items() if not any(word in name for word in (" in ", " by "))]
ONE_EACH = [
    r for r in ONE_EACH if isinstance(r, functools.partial) or r in (uncoalesced, naive, tiled, thread_tiled_1d)
]
TENSOR = {
    "wmma": tensor.wmma,
    "wmma, small": functools.partial(tensor.wmma, tile=(32, 32, 32), warp=(16, 32), stages=2),
    "mma_sync": tensor.mma_sync,
    "mma_sync, small": functools.partial(tensor.mma_sync, tile=(32, 64, 32), warp=(32, 32), stages=3),
    "mma_sync, long": functools.partial(tensor.mma_sync, tile=(32, 64, 64), warp=(16, 32), stages=2),
}


def named(rung):
    return getattr(rung, "func", rung).__name__


def matrices(m, k, n):
    rng = np.random.default_rng(m + 100 * k + 10000 * n)
    return rng.standard_normal((m, k)).astype(np.float32), rng.standard_normal((k, n)).astype(np.float32)


def bound(A, B):
    """gamma_k |A| |B|, the most that k products, added in any order, can be off (Higham, *Accuracy*, 3.5)."""
    k, u = A.shape[1], 2.0**-24
    return k * u / (1 - k * u) * (np.abs(A).astype(np.float64) @ np.abs(B).astype(np.float64))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("rung", RUNGS)
def test_every_rung_is_within_the_rounding_bound_of_float64(device, rung, size):
    A, B = matrices(*size)
    C = RUNGS[rung](gpu.asarray(A), gpu.asarray(B))
    assert C.shape == (A.shape[0], B.shape[1]) and C.dtype == np.float32
    error = np.abs(C.get() - A.astype(np.float64) @ B.astype(np.float64))
    assert (error <= bound(A, B)).all()


@pytest.mark.parametrize("size", [*SIZES, (130, 40, 260), (16, 0, 5), (1, 300, 1)], ids=str)
@pytest.mark.parametrize("rung", TENSOR)
def test_tensor_cores_multiply_bfloat16_exactly_and_add_in_float32(device, rung, size):
    """The sums may be cut instead of rounded, in any order: 4 times the bound (Fasi and others, 2021)."""
    A, B = map(bfloat16.to_bits, matrices(*size))
    C = TENSOR[rung](gpu.asarray(A), gpu.asarray(B))
    exact = bfloat16.to_float32(A), bfloat16.to_float32(B)
    assert C.shape == (A.shape[0], B.shape[1]) and C.dtype == np.float32
    error = np.abs(C.get() - exact[0].astype(np.float64) @ exact[1].astype(np.float64))
    assert (error <= 4 * bound(*exact)).all()


@pytest.mark.parametrize("rung", TENSOR)
def test_whole_numbers_come_out_of_tensor_cores_exactly(device, rung):
    rng = np.random.default_rng(0)
    A, B = rng.integers(-8, 9, (45, 70)).astype("f4"), rng.integers(-8, 9, (70, 83)).astype("f4")
    assert (TENSOR[rung](*(gpu.asarray(bfloat16.to_bits(x)) for x in (A, B))).get() == A @ B).all()


def test_bfloat16_is_the_nearest_one_ties_to_even():
    x = np.array([1, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, -np.inf, 3.4e38, 1e-41, -0.0], np.float32)
    expected = np.array([1, 1, 1 + 2**-6, 1 + 2**-7, -np.inf, np.inf, 1e-41, -0.0], np.float32)
    got = bfloat16.to_float32(bfloat16.to_bits(x))
    assert (got[:6] == expected[:6]).all() and abs(got[6] - 1e-41) < 1e-40 and np.signbit(got[7])
    assert np.isnan(bfloat16.to_float32(bfloat16.to_bits(np.float32([np.nan, -np.nan])))).all()
    every = np.arange(2**16, dtype=np.uint16)
    number = ~np.isnan(bfloat16.to_float32(every))
    assert (bfloat16.to_bits(bfloat16.to_float32(every))[number] == every[number]).all()


@pytest.mark.parametrize("size", [(33, 65, 40), (31, 13, 7)], ids=str)
@pytest.mark.parametrize("rung", RUNGS)
def test_the_glass_gpu_gives_the_bits_of_a_sequential_fused_multiply_add(glass, rung, size):
    A, B = matrices(*size)
    A[0, 0], B[0, 0] = 1e-42, 3e38
    C = np.zeros((A.shape[0], B.shape[1]), np.float32)
    for e in range(A.shape[1]):
        C = fma32(A[:, e : e + 1], B[e], C)
    assert (RUNGS[rung](gpu.asarray(A), gpu.asarray(B)).get().view(np.uint32) == C.view(np.uint32)).all()


@pytest.mark.parametrize("rung", ONE_EACH, ids=named)
def test_the_operands_stay_as_they_are_and_nothing_is_written_beyond_c(device, rung):
    A, B = matrices(20, 18, 19)
    a, b = gpu.asarray(A), gpu.asarray(B)
    assert (rung(a, b).get() == rung(a, b).get()).all()
    assert (a.get() == A).all() and (b.get() == B).all()


@pytest.mark.parametrize("rung", ONE_EACH, ids=named)
def test_views_are_operands_too(device, rung):
    A, B = matrices(12, 8, 10)
    memory = gpu.asarray(np.concatenate([A, 99 * A]))
    C = rung(memory[:12], gpu.asarray(B.ravel()).reshape(8, 10))
    assert np.allclose(C.get(), A @ B, atol=1e-5)


@pytest.mark.parametrize("rung", ONE_EACH, ids=named)
@pytest.mark.parametrize("size", [(0, 3, 4), (3, 0, 4), (3, 4, 0)], ids=str)
def test_empty_matrices_have_empty_products_and_empty_sums_are_zero(device, rung, size):
    A, B = matrices(*size)
    C = rung(gpu.asarray(A), gpu.asarray(B))
    assert C.shape == (size[0], size[2]) and (C.get() == 0).all()


@pytest.mark.parametrize("rung", ONE_EACH, ids=named)
def test_not_a_number_and_infinity_go_where_they_belong(device, rung):
    A, B = np.ones((9, 9), np.float32), np.ones((9, 9), np.float32)
    A[2, 3], B[4, 5] = np.nan, np.inf
    C = rung(gpu.asarray(A), gpu.asarray(B)).get()
    assert np.isnan(C[2]).all() and np.isinf(np.delete(C[:, 5], 2)).all()
    assert (np.delete(np.delete(C, 2, 0), 5, 1) == 9).all()


@pytest.mark.parametrize("rung", ONE_EACH, ids=named)
def test_operands_that_do_not_fit_are_refused_in_a_sentence(device, rung):
    A, B = matrices(4, 5, 6)
    a, b = gpu.asarray(A), gpu.asarray(B)
    for left, right, words in (
        (b, a, "as many columns in A as rows in B, but A is 5 x 6 and B is 4 x 5"),
        (gpu.asarray(A.astype(np.float64)), b, "A is a float32 matrix on the device, but float64 of shape"),
        (a, gpu.asarray(B[0]), r"B is a float32 matrix on the device, but float32 of shape \(6,\)"),
        (a, b.reshape(-1), r"B is a float32 matrix .* of shape \(30,\) came; make one with B.reshape\(rows, columns\)"),
        (A, b, "host memory|gpu.asarray"),
        (a, [1.0], "B is a float32 matrix on the device, but list came"),
        (gpu.asarray(B).T[:, :5], gpu.asarray(B[:5, :2].copy()), "not contiguous"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            rung(left, right)
        assert "\n" not in str(caught.value)


BLOCKS = [
    "naive(a, b, block=(0, 16))",
    "naive(a, b, block=16)",
    "naive(a, b, block=(16,))",
    "naive(a, b, block=(33, 32))",
]
BLOCKS += [
    "thread_tiled_1d(a, b, tile=(64, 64, 7))",
    "thread_tiled_1d(a, b, thread=0)",
    "thread_tiled_2d(a, b, tile=8)",
]
BLOCKS += [
    "thread_tiled_2d(a, b, thread=(1, 1))",
    "vectorised(a, b, thread=(2, 8))",
    "warp_tiled(a, b, tile=(32, 32, 8))",
]
BLOCKS += ["double_buffered(a, b, tile=(128, 128, 12))", "double_buffered(a, b, tile=(128, 128, True))"]
BLOCKS += ["naive(a, b, block=(8.0, 8))", "naive(a, b, block=(-1, 4))", "uncoalesced(a, b, block=())"]
BLOCKS += [
    "tiled(a, b, tile=0)",
    "tiled(a, b, tile=33)",
    "tiled(a, b, tile=-2)",
    "tiled(a, b, tile=2.5)",
    "tiled(a, b, tile='16')",
]


@pytest.mark.parametrize("launched", BLOCKS)
def test_blocks_that_cannot_be_are_refused_in_a_sentence(device, launched):
    A, B = matrices(4, 5, 6)
    with pytest.raises(UserError) as caught:
        eval(launched, vars(launch) | {"a": gpu.asarray(A), "b": gpu.asarray(B)})
    assert "\n" not in str(caught.value)


def test_as_many_blocks_as_cover_the_matrix():
    assert [launch.blocks(size, 16) for size in (1, 15, 16, 17, 784)] == [1, 1, 1, 2, 49]
