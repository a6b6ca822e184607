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
        ("softmax", r"\[\[nan  0\.  0\.\]\]\nlargest subtracted: \[\[1\. 0\. 0\.\]\]\n.*: 1000\.0"),
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
