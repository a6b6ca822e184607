"""Kernels of small layers: right at every size, clean, and as thrifty as their first lines say."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.nn.kernels import BIAS_RELU, POOL_BACKWARD
from course_lib.nn.pooling import MaxPool

SHAPES = [(1, 1, 1), (2, 3, 7), (3, 5, 64)]


def arrays(shape):
    rng = np.random.default_rng(0)
    return rng.normal(size=shape).astype("f4"), rng.normal(size=shape[1]).astype("f4")


@pytest.mark.parametrize("shape", SHAPES)
def test_bias_and_relu_together_are_what_they_are_in_turn(shape):
    (x, b), (_, K, PQ), n = arrays(shape), shape, np.prod(shape)
    module, launch = gpu.load(BIAS_RELU), ((int(-(-n // 64)),), (64,))
    X, B, between, y, fused = gpu.asarray(x), gpu.asarray(b), *(gpu.empty(shape) for _ in range(3))
    module.get_function("bias")(*launch, (X, B, between, np.int32(K), np.int32(PQ), np.int32(n)))
    module.get_function("relu")(*launch, (between, y, np.int32(n)))
    module.get_function("bias_relu")(*launch, (X, B, fused, np.int32(K), np.int32(PQ), np.int32(n)))
    expected = np.maximum(x + b[:, None], 0)
    assert np.array_equal(y.get(), expected) and np.array_equal(fused.get(), expected)


def windows(H, W, size, stride):
    """x, dy, the pixel of each window's maximum, and dx."""
    rng = np.random.default_rng(H * W)
    x = rng.permutation(H * W).astype("f4").reshape(1, 1, H, W)
    layer = MaxPool(size, stride)
    y, kept = layer.forward(x)
    dy = rng.normal(size=y.shape).astype("f4")
    where = np.argsort(x.ravel())[y.astype("i4")].astype("i4")
    return dy, where, layer.backward(dy, kept)


@pytest.mark.parametrize(("H", "W", "size", "stride"), [(1, 1, 1, 1), (17, 13, 3, 2), (7, 11, 3, 1), (8, 8, 2, 3)])
@pytest.mark.parametrize("way", ["scatter", "gather"])
def test_max_pooling_backward_is_right_whoever_writes(H, W, size, stride, way):
    dy, where, expected = windows(H, W, size, stride)
    defines = {"SIZE": size, "STRIDE": stride, "ATOMIC": 1}
    kernel, dx = gpu.load(POOL_BACKWARD, **defines).get_function(way), gpu.asarray(np.zeros((H, W), "f4"))
    P, Q = dy.shape[2:]
    sizes = (dy.size,) if way == "scatter" else (H, W, P, Q)
    kernel((4,), (64,), (gpu.asarray(dy), gpu.asarray(where), dx, *map(np.int32, sizes)))
    assert np.allclose(dx.get(), expected[0, 0], atol=1e-5)


RACES = {"race", "race within a warp", "race between blocks"}


@pytest.mark.parametrize(
    ("way", "atomic", "kinds", "noted"),
    [("scatter", 0, RACES, False), ("scatter", 1, set(), True), ("gather", 0, set(), False)],
)
def test_check_finds_what_overlapping_windows_do_to_each_other(way, atomic, kinds, noted):
    dy, where, _ = windows(17, 13, 3, 2)
    with gpu.use("glass"):
        kernel = gpu.load(POOL_BACKWARD, SIZE=3, STRIDE=2, ATOMIC=atomic).get_function(way)
        sizes = (dy.size,) if way == "scatter" else (17, 13, *dy.shape[2:])
        dx = gpu.asarray(np.zeros((17, 13), "f4"))
        found = kernel.check((4,), (64,), (gpu.asarray(dy), gpu.asarray(where), dx, *map(np.int32, sizes)))
    assert {finding.kind for finding in found} <= kinds and bool(found) == bool(kinds), found
    assert any("order" in note for note in found.notes) == noted


def test_fused_a_number_is_read_and_written_once():
    (x, b), n = arrays((4, 16, 128)), 8192
    with gpu.use("glass"):
        X, B, y = gpu.asarray(x), gpu.asarray(b), gpu.empty(x.shape)
        module, launch = gpu.load(BIAS_RELU), ((32,), (256,))
        moved = {
            name: module.get_function(name).profile(*launch, args).total("bytes_moved")
            for name, args in (
                ("bias", (X, B, y, np.int32(16), np.int32(128), np.int32(n))),
                ("relu", (X, y, np.int32(n))),
                ("bias_relu", (X, B, y, np.int32(16), np.int32(128), np.int32(n))),
            )
        }
    assert moved["relu"] == 8 * n and moved["bias_relu"] == moved["bias"] == 8 * n + n  # and a sector for each warp
