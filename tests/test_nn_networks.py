"""The famous networks: counted exactly, equal to torch from the same w, and their gradients are slopes."""

import networks_in_torch as twins
import numpy as np
import pytest
import torch

from course_lib.gradcheck import check_gradient
from course_lib.nn.count import count, memory
from course_lib.nn.layer import LayerError
from course_lib.nn.networks import alexnet, googlenet, inception_resnet, lenet, resnet
from course_lib.nn.rbf import competitive
from course_lib.nn.sgd import SGD
from course_lib.nn.softmax import cross_entropy
from course_lib.nn.train import predict

torch.set_num_threads(1)  # two would wait for each other where other tests run beside

COUNTED = {  # network: parameters, multiplications for one example
    "LeNet-5": (lenet.original, 60_000, None),
    "LeNet-5 of today": (lenet.modern, 61_706, 416_520),
    "AlexNet, two towers": (alexnet.two_towers, 60_965_224, 724_406_816),
    "AlexNet, one tower": (alexnet.one_tower, 61_838_248, None),
    "AlexNet, one tower of the code": (lambda: alexnet.one_tower((64, 192, 384, 256, 256)), 61_100_840, None),
    "GoogLeNet": (googlenet.googlenet, 6_998_552, 1_582_671_872),
    "GoogLeNet with heads": (lambda: googlenet.googlenet(heads=True), 13_378_280, None),
    "ResNet-50": (resnet.resnet, 25_557_032, 3_857_973_248),
    "ResNet-101": (lambda: resnet.resnet(101), 44_549_160, 7_570_194_432),
    "ResNet-152": (lambda: resnet.resnet(152), 60_192_808, 11_282_415_616),
    "Inception-ResNet-v2": (inception_resnet.inception_resnet_v2, 55_843_464, None),
    "Inception-ResNet-v2 without gamma": (
        lambda: inception_resnet.inception_resnet_v2(scale=False), 55_843_464 - 30_272, None),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_and_multiplications_are_counted_exactly(name):
    build, parameters, macs = COUNTED[name]
    net = build()
    found = count(net)
    assert found.parameters == net.size == parameters
    assert macs is None or found.macs == macs
    assert f"{parameters:,}" in repr(found).splitlines()[-1]


def rows(net):
    return {row.name: row for row in count(net).rows}


def test_lenet_has_the_connections_that_were_printed_layer_by_layer():
    found, net = rows(lenet.original()), lenet.original()
    assert [(found[name].parameters, found[name].connections) for name in ("C1", "S2", "C3", "S4", "C5", "F6")] == [
        (156, 122_304), (12, 5_880), (1_516, 151_600), (32, 2_000), (48_120, 48_120), (10_164, 10_164)
    ]  # fmt: skip
    assert (found["output"].parameters, found["output"].connections) == (0, 840)
    assert count(net).connections == 340_908
    assert lenet.C3[6] == (0, 1, 2, 3) and lenet.C3[13] == (1, 2, 4, 5) and sum(map(len, lenet.C3)) == 60


def test_alexnet_is_the_table_of_its_layers():
    found = rows(alexnet.two_towers())
    assert [
        (name, *found[name][1:4]) for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
    ] == [
        ("conv1", (96, 55, 55), 34_944, 105_415_200),
        ("conv2", (256, 27, 27), 307_456, 223_948_800),
        ("conv3", (384, 13, 13), 885_120, 149_520_384),
        ("conv4", (384, 13, 13), 663_936, 112_140_288),
        ("conv5", (256, 13, 13), 442_624, 74_760_192),
        ("fc6", (4096,), 37_752_832, 37_748_736),
        ("fc7", (4096,), 16_781_312, 16_777_216),
        ("fc8", (1000,), 4_097_000, 4_096_000),
    ]
    assert count(alexnet.two_towers()).neurons == 659_272


@pytest.mark.parametrize(("name", "parameters"), [("3a", 163_696), ("4e", 868_352), ("5b", 1_444_080)])
def test_inception_modules_have_the_parameters_of_the_table(name, parameters):
    found = count(googlenet.googlenet()).rows
    ends = [number for number, row in enumerate(found) if row.name.startswith("inception")]
    end = next(number for number, row in enumerate(found) if row.name == f"inception{name}")
    begin = max([number for number in ends if number < end], default=9)
    assert sum(row.parameters for row in found[begin + 1 : end + 1]) == parameters


@pytest.mark.parametrize("name", ["AlexNet, two towers", "ResNet-152", "Inception-ResNet-v2"])
def test_memory_of_training_is_counted_for_any_batch(name):
    net = COUNTED[name][0]()
    one, many = memory(net, 1), memory(net, 128)
    assert many.data == 128 * one.data and many.weights == one.weights == 4 * COUNTED[name][1]


def lenet_twin(x, p):
    return twins.lenet_original(x, p, lenet.C3, torch.from_numpy(lenet.centres()).to(x))


NETWORKS = {  # the network, small enough to be run often; train; the same in torch
    "LeNet-5": (lenet.original, False, lenet_twin),
    "AlexNet, two towers": (lambda: alexnet.two_towers((3, 67, 67), 8, 7), False, twins.alexnet_towers),
    "AlexNet, one tower": (
        lambda: alexnet.one_tower((8, 12, 16, 14, 10), (3, 79, 63), 8, 7), False, twins.alexnet_tower),
    "GoogLeNet": (lambda: googlenet.googlenet((3, 48, 64), 7, thin=8), False, twins.googlenet),
    "GoogLeNet with heads": (lambda: googlenet.googlenet((3, 96, 80), 7, True, 8), False, lambda x, p: twins.googlenet(
        x, p, True)),
    "ResNet-50": (lambda: resnet.resnet(50, (3, 33, 48), 7, 8), True, lambda x, p: twins.resnet(
        x, p, (3, 4, 6, 3), True)),
    "ResNet-101, evaluated": (lambda: resnet.resnet(101, (3, 32, 32), 7, 4), False, lambda x, p: twins.resnet(
        x, p, (3, 4, 23, 3), False)),
    "ResNet-152, evaluated": (lambda: resnet.resnet(152, (1, 32, 40), 7, 4), False, lambda x, p: twins.resnet(
        x, p, (3, 8, 36, 3), False)),
    "Inception-ResNet-v2": (lambda: inception_resnet.inception_resnet_v2((3, 79, 75), 7, 16), False,
        twins.inception_resnet_v2),
}  # fmt: skip


def prepared(name, dtype):
    build, train, twin = NETWORKS[name]
    net, rng = build(), np.random.default_rng(0)
    return net, train, twin, net.initial(1, dtype=dtype), rng.normal(size=(3, *net.input_shape)).astype(dtype)


def equal_to_torch(net, train, twin, w, x, tolerance):
    """Outputs and dw, to a tolerance of each tensor's largest element."""
    p = [torch.from_numpy(t.copy()).requires_grad_() for node in net.nodes for t in net.parts(w, node.name).values()]
    left = iter(p)
    there = twin(torch.from_numpy(x), left)
    assert next(left, None) is None
    there = there if isinstance(there, tuple) else (there,)
    y, kept = net.forward(x, w, train)
    here = y if isinstance(y, tuple) else (y,)
    rng = np.random.default_rng(2)
    dy = [rng.normal(size=part.shape).astype(x.dtype) for part in here]
    sum((torch.from_numpy(d) * part).sum() for d, part in zip(dy, there, strict=True)).backward()
    _, dw = net.backward(tuple(dy), kept, w)
    for ours, theirs in zip(here, there, strict=True):
        assert abs(ours - theirs.detach().numpy()).max() <= tolerance * abs(ours).max()
    tensors = [t for node in net.nodes for t in net.parts(dw, node.name).values()]
    largest = abs(dw).max()
    for ours, theirs in zip(tensors, p, strict=True):
        assert abs(ours - theirs.grad.numpy()).max() <= tolerance * max(abs(ours).max(), 1e-3 * largest)


@pytest.mark.parametrize("name", NETWORKS)
def test_forward_and_backward_equal_torch_from_the_same_weights(name):
    equal_to_torch(*prepared(name, "f8"), 1e-8)


def test_googlenet_at_its_full_width_equals_torch_in_float32():
    net = googlenet.googlenet((3, 64, 64))
    x = np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype("f4")
    equal_to_torch(net, False, twins.googlenet, net.initial(), x, 1e-3)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_slopes_at_twenty_random_coordinates(name):
    net, train, _, w, x = prepared(name, "f8")
    y, kept = net.forward(x, w, train)
    many = y if isinstance(y, tuple) else (y,)
    rng = np.random.default_rng(3)
    dy = [rng.normal(size=part.shape) for part in many]

    def f(w):
        y, _ = net.forward(x, w, train)
        return float(sum((d * part).sum() for d, part in zip(dy, y if len(dy) > 1 else (y,), strict=True)))

    _, dw = net.backward(tuple(dy), kept, w)
    check_gradient(f, (w,), (dw,), coordinates=20)


def test_googlenets_heads_teach_with_three_tenths_of_their_loss():
    net, _, _, w, x = prepared("GoogLeNet with heads", "f8")
    labels = np.array([0, 3, 6])
    value, dw = net.gradient(x, labels, w, loss=googlenet.loss)
    y, _ = net.forward(x, w)
    one, two, last = (cross_entropy(part, labels)[0] for part in y)
    assert value == pytest.approx(last + 0.3 * (one + two))
    check_gradient(lambda w: net.gradient(x, labels, w, loss=googlenet.loss)[0], (w,), (dw,), coordinates=5)
    assert np.array_equal(predict(net, w, x), y[-1].argmax(1))


def test_lenets_centres_are_ten_different_pictures_and_it_learns_with_its_own_loss():
    centres = lenet.centres()
    assert centres.shape == (10, 84) and set(centres.ravel()) == {-1, 1} and len(np.unique(centres, axis=0)) == 10
    net, rng = lenet.original(), np.random.default_rng(0)
    w, x, labels = net.initial(), rng.normal(size=(10, 1, 32, 32)).astype("f4"), np.arange(10)
    step, losses = SGD(0.002), []
    for _ in range(15):
        loss, dw = net.gradient(x, labels, w, loss=competitive)
        step(w, dw)
        losses.append(loss)
    assert losses[-1] < 0.7 * losses[0]
    y, _ = net.forward(x, w)
    assert np.array_equal(predict(net, w, x), y.argmin(1))  # the nearest picture


def test_a_resnet_of_another_depth_and_too_small_an_image_are_refused():
    with pytest.raises(LayerError, match="a ResNet of 50, 101, 152 layers can be built, but 18 came"):
        resnet.resnet(18)
    with pytest.raises(LayerError, match="12 x 12 pixels or more"):
        lenet.modern((1, 8, 8))
    with pytest.raises(LayerError, match="conv1: the filters reach over 11 x 11"):
        alexnet.two_towers((3, 9, 9))
