"""Every layer: its gradient against finite differences, and both of its directions against torch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.arrays import ArrayError
from course_lib.conv import batch_last
from course_lib.conv.algorithms import ALGORITHMS
from course_lib.gradcheck import check_gradient
from course_lib.nn.activations import ReLU, ScaledTanh, Sigmoid, Tanh
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.dropout import Dropout
from course_lib.nn.joins import Add, Concat, Flatten, Scale
from course_lib.nn.layer import LayerError, views
from course_lib.nn.layout import Layout, transform
from course_lib.nn.lcn import LCN
from course_lib.nn.linear import Linear
from course_lib.nn.lrn import LRN
from course_lib.nn.partial import PartialConvolution
from course_lib.nn.pooling import AveragePool, MaxPool
from course_lib.nn.rbf import RadialBasis, competitive
from course_lib.nn.softmax import Softmax, cross_entropy, softmax
from course_lib.nn.subsampling import Subsampling

torch.set_num_threads(1)  # two would wait for each other where other tests run beside

IMAGE, ROW = (2, 3, 7, 5), (3, 11)
TABLE = ((0, 2), (1,), (0, 1, 2), (2, 1))
CENTRES = np.random.default_rng(7).normal(size=(4, 11))


def partial(x, w, b):
    entries = torch.tensor([(k, c) for k, row in enumerate(TABLE) for c in row])
    dense = torch.zeros(len(TABLE), x.shape[1], *w.shape[1:], dtype=w.dtype)
    return F.conv2d(x, dense.index_put(tuple(entries.T), w), b)


def subsampling(x, w, b):
    return 4 * F.avg_pool2d(x, 2) * w[:, None, None] + b[:, None, None]


def lcn(x, size=5):
    axis = torch.arange(size, dtype=x.dtype) - size // 2
    g = torch.exp(-0.5 * (4 * axis / size) ** 2)
    g = (g / g.sum()).outer(g / g.sum())[None, None]
    smooth = lambda v: F.conv2d(v.mean(1, keepdim=True), g, padding=size // 2)  # noqa: E731
    v = x - smooth(x)
    sigma = smooth(v * v).sqrt()
    return v / torch.maximum(sigma, sigma.mean((2, 3), keepdim=True))


def pool(kind, **options):
    extra = {"count_include_pad": False} if kind is F.avg_pool2d else {}
    return lambda x: kind(x, **options, **extra)


def conv(**options):
    return lambda x, w, b=None: F.conv2d(x, w, b, **options)


def batchnorm(x, gamma=None, beta=None):
    return F.batch_norm(x, None, None, gamma, beta, training=True)


LAYERS = {  # layer, shape of x, the same in torch
    "linear": (Linear(4), ROW, F.linear),
    "linear without bias": (Linear(1, bias=None), (1, 1), F.linear),
    "convolution": (Convolution(4, 3), IMAGE, conv()),
    "convolution, all options": (Convolution(6, (3, 2), (2, 1), (1, 2), (1, 2), 3), IMAGE, conv(
        stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=3)),
    "convolution without bias": (Convolution(5, 1, bias=None), (1, 1, 1, 1), conv()),
    "partial convolution": (PartialConvolution(TABLE, 3), IMAGE, partial),
    "subsampling": (Subsampling(2), IMAGE, subsampling),
    "max pool": (MaxPool(2), IMAGE, pool(F.max_pool2d, kernel_size=2)),
    "max pool, overlapping": (MaxPool(3, 2, ceil=True), (2, 3, 7, 6), pool(
        F.max_pool2d, kernel_size=3, stride=2, ceil_mode=True)),
    "max pool, padded": (MaxPool((3, 2), (1, 3), (1, 0)), IMAGE, pool(
        F.max_pool2d, kernel_size=(3, 2), stride=(1, 3), padding=(1, 0))),
    "max pool of one pixel": (MaxPool(1), (1, 1, 1, 1), pool(F.max_pool2d, kernel_size=1)),
    "average pool": (AveragePool(2), IMAGE, pool(F.avg_pool2d, kernel_size=2)),
    "average pool, overlapping": (AveragePool(3, 1, 1), IMAGE, pool(F.avg_pool2d, kernel_size=3, stride=1, padding=1)),
    "average pool, ceil": (AveragePool(3, 2, 1, True), (1, 2, 6, 8), pool(
        F.avg_pool2d, kernel_size=3, stride=2, padding=1, ceil_mode=True)),
    "average pool of all": (AveragePool(), IMAGE, lambda x: x.mean((2, 3), keepdim=True)),
    "relu": (ReLU(), IMAGE, F.relu),
    "sigmoid": (Sigmoid(), ROW, torch.sigmoid),
    "tanh": (Tanh(), ROW, torch.tanh),
    "scaled tanh": (ScaledTanh(), IMAGE, lambda x: 1.7159 * torch.tanh(2 * x / 3)),
    "softmax": (Softmax(), ROW, lambda x: x.softmax(1)),
    "lrn": (LRN(alpha=0.1), (2, 7, 3, 2), lambda x: F.local_response_norm(x, 5, 0.5, 0.75, 2)),
    "lrn wider than channels": (LRN(n=7, k=1, alpha=0.3, beta=0.5), (2, 2, 3, 1), lambda x: F.local_response_norm(
        x, 7, 2.1, 0.5, 1)),
    "lcn": (LCN(5), IMAGE, lcn),
    "batchnorm of images": (BatchNorm(), IMAGE, batchnorm),
    "batchnorm of rows": (BatchNorm(), ROW, batchnorm),
    "batchnorm without scale": (BatchNorm(scale=False), IMAGE, lambda x, beta: batchnorm(x, beta=beta)),
    "dropout": (Dropout(0.3), ROW, lambda x: x * torch.from_numpy(
        np.random.default_rng(0).random(ROW, np.float32) >= 0.3) / 0.7),
    "layout": (Layout("CHWN"), IMAGE, lambda x: x),
    "flatten": (Flatten(), IMAGE, lambda x: x.flatten(1)),
    "scale": (Scale(0.17), IMAGE, lambda x: 0.17 * x),
    "radial basis": (RadialBasis(CENTRES), ROW, lambda x: ((x[:, None] - torch.from_numpy(CENTRES).to(x)) ** 2).sum(2)),
}  # fmt: skip


def train():
    return np.random.default_rng(0)


def arrays(layer, shape, dtype="f8", seed=0):
    """x, w and the shape of y."""
    rng = np.random.default_rng(seed)
    size = sum(tensor.size for tensor in layer.tensors(shape[1:]).values())
    x = rng.normal(size=shape).astype(dtype)
    return x, (rng.normal(size=size) + 0.5).astype(dtype), (shape[0], *layer.shape(shape[1:]))


@pytest.mark.parametrize("name", LAYERS)
def test_both_gradients_of_every_layer_are_slopes(name):
    layer, shape, _ = LAYERS[name]
    x, w, shape = arrays(layer, shape)
    dy = np.random.default_rng(1).normal(size=shape)
    y, kept = layer.forward(x, w, train())
    assert y.shape == shape
    dw = np.full_like(w, np.nan)
    dx = layer.backward(dy, kept, w, dw)
    check_gradient(lambda x, w: layer.forward(x, w, train())[0], (x, w), (dx, dw), dy)


@pytest.mark.parametrize("order", ["NCHW", "CHWN", "NHWC"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_gives_what_torch_gives_in_both_directions(name, dtype, order):
    layer, shape, twin = LAYERS[name]
    x, w, shape = arrays(layer, shape, dtype)
    if x.ndim == 4:
        x = Layout(order).forward(x)[0]
    elif order != "NCHW":
        return
    dy = np.random.default_rng(1).normal(size=shape).astype(dtype)
    y, kept = layer.forward(x, w, train())
    before, dw = dy.copy(), np.full_like(w, np.nan)
    dx = layer.backward(dy, kept, w, dw)
    tx = torch.from_numpy(x.copy()).requires_grad_()
    parts = {
        name: torch.from_numpy(p.copy()).requires_grad_() for name, p in views(w, layer.tensors(x.shape[1:])).items()
    }
    ty = twin(tx, *parts.values()) if "batchnorm" not in name else twin(tx, **parts)
    ty.backward(torch.from_numpy(dy))
    close = {"rtol": 1e-4, "atol": 2e-5} if dtype == "f4" else {"rtol": 1e-10, "atol": 1e-12}
    assert y.dtype == dx.dtype == dtype
    assert np.array_equal(dy, before), "the gradient that came in belongs to its giver"
    np.testing.assert_allclose(y, ty.detach().numpy(), **close)
    np.testing.assert_allclose(dx, tx.grad.numpy(), **close)
    for key, part in views(dw, layer.tensors(x.shape[1:])).items():
        np.testing.assert_allclose(part, parts[key].grad.numpy(), **close)


@pytest.mark.parametrize("name", LAYERS)
def test_evaluation_is_the_function_whose_slope_its_backward_gives(name):
    layer, shape, _ = LAYERS[name]
    x, w, shape = arrays(layer, shape)
    dy, dw = np.random.default_rng(1).normal(size=shape), np.full_like(w, np.nan)
    _, kept = layer.forward(x, w)
    dx = layer.backward(dy, kept, w, dw)
    check_gradient(lambda x, w: layer.forward(x, w)[0], (x, w), (dx, dw), dy, coordinates=5)


@pytest.mark.parametrize("join", [Add(), Concat()])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_joins_give_each_path_its_gradient(join, count):
    rng = np.random.default_rng(0)
    xs = tuple(rng.normal(size=(2, 3, 2, 5)) for _ in range(count))
    y, kept = join.forward(xs)
    dy = rng.normal(size=y.shape)
    assert y.shape[1:] == join.shape(tuple(x.shape[1:] for x in xs))
    check_gradient(lambda *xs: join.forward(xs)[0], xs, join.backward(dy, kept), dy)
    twin = sum if isinstance(join, Add) else lambda parts: np.concatenate(list(parts), 1)
    assert np.array_equal(y, twin(xs))


def test_equal_maxima_send_their_gradient_to_the_first_as_in_torch():
    x = np.random.default_rng(0).integers(0, 3, (3, 2, 9, 8)).astype("f8")
    layer = MaxPool(3, 2, 1)
    y, kept = layer.forward(x)
    dy = np.random.default_rng(1).normal(size=y.shape)
    tx = torch.from_numpy(x).requires_grad_()
    F.max_pool2d(tx, 3, 2, 1).backward(torch.from_numpy(dy))
    np.testing.assert_allclose(layer.backward(dy, kept), tx.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("image", [(1, 1), (5, 4), (6, 7), (13, 2)])
@pytest.mark.parametrize(("size", "stride", "padding"), [(3, 2, 1), (2, 2, 0), (2, 3, 1), (3, 1, 1), (1, 2, 0)])
@pytest.mark.parametrize("ceil", [False, True])
def test_windows_stop_where_torchs_do(image, size, stride, padding, ceil):
    x = np.random.default_rng(0).normal(size=(1, 1, *image))
    try:
        expected = F.max_pool2d(torch.from_numpy(x), size, stride, padding, ceil_mode=ceil).numpy()
    except RuntimeError:
        expected = np.empty((1, 1, 0, 0))
    try:
        y, _ = MaxPool(size, stride, padding, ceil).forward(x)
    except LayerError:
        assert expected.size == 0 or min(image) + 2 * padding < size
    else:
        assert np.array_equal(y, expected)


@pytest.mark.parametrize("shape", [IMAGE, ROW, (2, 1)])
def test_batchnorm_remembers_as_torch_does_and_evaluates_with_it(shape):
    ours, rng = BatchNorm(momentum=0.3), np.random.default_rng(0)
    twin = (torch.nn.BatchNorm2d if len(shape) == 4 else torch.nn.BatchNorm1d)(shape[1], momentum=0.3).double()
    _, w, _ = arrays(ours, shape)
    with torch.no_grad():
        twin.weight[:], twin.bias[:] = torch.from_numpy(w).chunk(2)
    for _ in range(3):
        x = rng.normal(2, 3, shape)
        np.testing.assert_allclose(ours.forward(x, w, True)[0], twin(torch.from_numpy(x)).detach().numpy(), atol=1e-10)
    twin.eval()
    np.testing.assert_allclose(ours.forward(x, w)[0], twin(torch.from_numpy(x)).detach().numpy(), atol=1e-10)


def test_dropout_keeps_the_mean_and_is_nothing_in_evaluation():
    x = np.ones((400, 50))
    y, _ = Dropout(0.4).forward(x, train=np.random.default_rng(3))
    assert abs(y.mean() - 1) < 5 * np.sqrt(0.4 / 0.6 / x.size) and abs((y == 0).mean() - 0.4) < 0.02
    assert np.array_equal(y, Dropout(0.4).forward(x, train=np.random.default_rng(3))[0])
    assert not np.array_equal(y, Dropout(0.4).forward(x, train=np.random.default_rng(4))[0])
    assert np.array_equal(Dropout(0.4).forward(x)[0], x)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_cross_entropy_and_softmax_are_torchs_even_where_exp_would_overflow(dtype):
    rng = np.random.default_rng(0)
    z, labels = (100 * rng.normal(size=(7, 5))).astype(dtype), rng.integers(0, 5, 7)
    before = z.copy()
    loss, dz = cross_entropy(z, labels)
    tz = torch.from_numpy(z).requires_grad_()
    expected = F.cross_entropy(tz, torch.from_numpy(labels))
    expected.backward()
    assert loss == pytest.approx(float(expected.detach()), rel=1e-5) and np.array_equal(z, before)
    np.testing.assert_allclose(dz, tz.grad.numpy(), atol=1e-6)
    np.testing.assert_allclose(softmax(z), tz.detach().softmax(1).numpy(), atol=1e-6)


@pytest.mark.parametrize("loss", [cross_entropy, competitive])
def test_a_loss_gives_the_slope_of_itself(loss):
    y, labels = np.random.default_rng(0).normal(size=(5, 3)) ** 2, np.array([0, 2, 2, 1, 0])
    check_gradient(lambda y: loss(y, labels)[0], [y], [loss(y, labels)[1]])
    far = loss(1e4 * y, labels)[0]
    assert np.isfinite(far)


def test_a_scaled_tanh_passes_through_plus_and_minus_one():
    y, _ = ScaledTanh().forward(np.array([[-1.0, 0.0, 1.0]]))
    np.testing.assert_allclose(y, [[-1, 0, 1]], atol=1e-5)


def test_lcn_leaves_an_image_without_contrast_at_zero():
    y, kept = LCN(3).forward(np.zeros((1, 2, 4, 5)))
    assert not y.any() and np.isfinite(LCN(3).backward(np.ones_like(y), kept)).all()


def test_a_layout_changes_strides_but_no_number():
    x = np.arange(2 * 3 * 5 * 7.0).reshape(2, 3, 5, 7)
    y, _ = Layout("CHWN").forward(x)
    assert np.array_equal(x, y) and y.strides == (8, 35 * 2 * 8, 7 * 2 * 8, 2 * 8)
    assert transform(x, "NHWC").shape == (2, 5, 7, 3) and transform(x, "NHWC").flags.c_contiguous
    assert np.array_equal(transform(transform(x, "CHWN"), "NCHW", given="CHWN"), x)


@pytest.mark.parametrize("name", LAYERS)
def test_integers_are_refused_by_every_layer(name):
    layer, shape, _ = LAYERS[name]
    if name != "layout":  # which moves whatever comes
        with pytest.raises(ArrayError, match="float32 or float64 is needed"):
            layer.forward(np.zeros(shape, "i8"), np.zeros(0))


@pytest.mark.parametrize("algorithm", [*ALGORITHMS.values(), batch_last], ids=[*ALGORITHMS, "batch last"])
def test_the_layer_is_the_same_with_every_algorithm_of_convolution(algorithm):
    shape, layer = (2, 4, 9, 8), Convolution(6, 3, padding=1, groups=2, algorithm=algorithm)
    x, w, shape = arrays(layer, shape)
    dy, dw, expected = np.random.default_rng(1).normal(size=shape), np.full_like(w, np.nan), np.full_like(w, np.nan)
    y, kept = layer.forward(x, w)
    dx = layer.backward(dy, kept, w, dw)
    usual = Convolution(6, 3, padding=1, groups=2)
    np.testing.assert_allclose(y, usual.forward(x, w)[0], atol=1e-11)
    np.testing.assert_allclose(dx, usual.backward(dy, x, w, expected), atol=1e-11)
    np.testing.assert_allclose(dw, expected, atol=1e-10)
    assert layer.workspace((4, 9, 8), 2) >= 0 and repr(layer) == repr(usual)
