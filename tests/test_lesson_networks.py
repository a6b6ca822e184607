"""The lessons on networks show what their text says, and their pictures are those that the figures draw."""

import re

import pytest
from test_lessons import ROOT, run_lesson

from course_lib.figures.graph import Node, graph


def test_the_picture_at_the_top_of_lesson_10_is_the_one_that_the_figure_draws():
    nodes = [
        Node("x", (), "x", note="a batch"),
        Node("linear 1", ("x",), "a", "w₁"),
        Node("ReLU", ("linear 1",), "h"),
        Node("linear 2", ("ReLU",), "z", "w₂"),
        Node("+", ("ReLU", "linear 2"), "y"),
        Node("loss", ("+",), note="L"),
    ]
    stored = (ROOT / "images" / "gradients_flow_back.svg").read_text(encoding="utf-8")
    assert stored == graph(nodes, back=True).svg + "\n"


@pytest.fixture(scope="module")
def learnt():
    return run_lesson("10_backpropagation_and_sgd")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("naive", r"61,706 weights; the slope of number 7 is 0\.002716"),
        ("passes", r"number 7 by net\.gradient: 0\.002716\none by one: 123,412 forward passes\n.* \d+\.\d forward"),
        ("shared", r"2  wrong\nby the short cut  wrong\ntheir mean        wrong\ntheir sum         right"),
        ("held", r"^(\w+ +right to at least 6 digits: True\n?){9}$"),
        ("net-backward", r"gradients\[name\] = gradients\[name\] \+ part if name in gradients else part"),
        ("graph-check", r"as by hand: True(.|\n)*add1"),
        ("views", r"a view: True of shape \(6, 1, 5, 5\)\nof \(61706,\)"),
        ("constant", r"the first step: -0\.01; the 100th: -0\.1000"),
        ("decay-alone", r"0\.995012; .* = 0\.995012"),
        ("memory-bars", r"LeNet: data 3\.76; LeNet: gradients 3\.76; .*AlexNet: data 1,020; .*AlexNet: optimiser 233"),
        ("learn", r"epoch 12 of 12: loss 0\.\d+, 9\d\.\d% of digits to learn from right, 9\d\.\d% of new digits right"),
        ("confusion", r"Of 450, 4[34]\d on the diagonal are right(.|\n)*of 450 digits are misread"),
        ("flow", r"forward →: input \(28 x 28, .*scores \(10 x 1, .*← backward: dx \(28 x 28"),
        ("filters", r"filters: 0 \(5 x 5, .*after ReLU: 0 \(28 x 28, 0 to"),
        ("mnist", r"MNIST is left out: there is no train-images-idx3-ubyte .* digits\(\)|of its new digits"),
    ],
)
def test_lesson_10_shows_what_its_text_says(learnt, cell, shown):
    assert re.search(shown, learnt[cell]), learnt[cell]


def test_without_a_rate_lenet_learns_nothing_and_with_one_it_does(learnt):
    printed, with_rate = re.findall(r"from \d\.\d+ at 0 to (\d\.\d+)", learnt["deck-step"])
    assert float(printed) > 2.2 and float(with_rate) < 0.5


def test_momentum_is_further_down_the_ravine_at_the_end(learnt):
    plain, momentum = map(float, re.findall(r" to ([\d.e-]+) at 150", learnt["ravine-curves"]))
    assert momentum < plain / 10


def test_lenet_reads_98_of_100_new_digits_and_more_than_a_linear_model(learnt):
    *_, lenet, linear = map(float, re.findall(r"([\d.]+)%", learnt["three-seeds"]))
    assert len(re.findall("%", learnt["three-seeds"])) == 5
    assert lenet >= 98 and linear < lenet


def test_measured_memory_is_near_what_is_counted_without_the_gradients_that_are_freed(learnt):
    measured, counted, freed = map(float, re.findall(r"([\d.]+) MiB", learnt["memory-measured"]))
    assert freed < counted and 0.7 * freed < measured < 1.3 * counted


def test_the_loss_goes_down_as_in_torch(learnt):
    ours, theirs, apart = re.search(r"steps: ([\d.]+) and ([\d.]+); .* than ([\d.e-]+)", learnt["same-curve"]).groups()
    assert float(ours) == pytest.approx(float(theirs), abs=1e-3) and float(apart) < 1e-3 and float(ours) < 1.5


def test_gradients_come_back_to_each_picture_that_went_forward(learnt):
    shown = re.findall(r"(\w+) \((\d+ x \d+), (-?[\d.]+) to", learnt["flow"])
    assert [size for _, size, _ in shown[:8]] == [size for _, size, _ in shown[8:]]
    assert all(float(least) == 0 for name, _, least in shown[:8] if name.startswith(("relu", "maxpool", "input")))
    assert all(float(least) < 0 for _, _, least in shown[8:])


def test_the_picture_at_the_top_of_lesson_11_is_the_one_that_the_figure_draws():
    nodes = [
        Node("x", (), "x"),
        Node("3x3", ("x",), "a", "w₁"),
        Node("ReLU", ("3x3",), "h"),
        Node("3x3 again", ("ReLU",), "z", "w₂"),
        Node("+", ("x", "3x3 again"), "s"),
        Node("ReLU again", ("+",), "y"),
    ]
    stored = (ROOT / "images" / "residual_block.svg").read_text(encoding="utf-8")
    assert stored == graph(nodes, back=True).svg + "\n"


@pytest.fixture(scope="module")
def counted():
    return run_lesson("11_from_lenet_to_resnet")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("by-hand", r"\(307456, 223948800, 186624\)\ncounted:  \(307456, 223948800, 186624\)"),
        ("lenet-count", r"C3 +1,516 parameters +151,600 (.|\n)*in all +60,000 parameters +340,908 connections"),
        ("c3-table", r"60 filters of 5 x 5, and 16 biases: 1516"),
        ("alexnet-shares", r"60,965,224 parameters, 724,406,816 MACs, 659,272 neurons"),
        (
            "alexnet-shares",
            r"parameters: convolutions 3\.8%, .*activations: convolutions 98\.6%.*MACs: convolutions 91\.9%",
        ),
        ("no-groups", r"two towers 60,965,224 .*\nno groups  62,378,344 parameters, 1,135,256,096 MACs"),
        ("augmented", r"the photo \(256 x 256 x 3, .*seen 5 \(224 x 224 x 3"),
        ("inception-graph", r"concat reads from 1x1 a and 3x3 and 5x5 and 1x1 d"),
        ("inception-cost", r"with them 128,049,152 MACs, without 308,281,344: 2\.4 times"),
        ("googlenet-count", r"6,998,552 parameters, 1\.58 billion MACs\n.* 13,378,280\n.* 8\.7 times as many, not 12"),
        ("resnets", r"152 +60,192,808 .* 11\.28 (.|\n)*101 +44,549,160 .* 7\.57 (.|\n)*50 +25,557,032 .* 3\.86 "),
        ("resnets", r"25\.6 times what the deck prints\n.* 23,508,032\)"),
        ("recount", r"55,843,464 parameters, 55,813,192 without gamma"),
        ("map", r"LeNet-5 60,000 and 328,000 .*Inception-ResNet-v2 55,800,000 and 13,200,000,000"),
        ("runs", r"175 nodes, 25,557,032 weights, 1000 scores; all finite: True"),
    ],
)
def test_lesson_11_shows_what_its_text_says(counted, cell, shown):
    assert re.search(shown, counted[cell]), counted[cell]


def test_without_a_shortcut_the_gradient_vanishes_and_with_a_small_one_it_stays(counted):
    found = re.findall(r"(plain|plain, He's start|shortcut, s = [\d.]+) from ([\d.e+-]+) at 0 to", counted["gradients"])
    first = {name: float(size) for name, size in found}
    assert first["plain"] < 1e-6 and first["shortcut, s = 1"] > 1e3
    assert 0.01 < first["plain, He's start"] < 1 and 0.05 < first["shortcut, s = 0.1"] < 0.5


def test_of_four_deep_networks_the_one_with_small_steps_beside_a_shortcut_learns(counted):
    told = dict(
        re.findall(r"^(.*?)  +(?:(\d+)% of new digits|the loss is nan)", counted["deep-learning"], re.MULTILINE)
    )
    assert int(told["shortcut, s = 0.1"]) > 90 and told["shortcut, s = 1"] == ""
    assert max(int(told["plain"]), int(told["plain, He's start"])) < 20


def test_the_memory_of_training_grows_with_depth_and_not_with_weights(counted):
    needed = dict(re.findall(r"(\S+) ([\d.]+)[;.]", counted["memory-bars"]))
    assert float(needed["ResNet-50"]) > 2 * 3 > float(needed["AlexNet"])
    assert float(needed["ResNet-152"]) > 10 * float(needed["AlexNet"])
