"""Lesson 09 and exercise 09, on the primitives of cuDNN: what they show is what their texts say."""

import re
from html import escape

import numpy as np
import pytest
from test_lessons import ROOT, run_lesson

from course_lib.figures.shares import shares
from course_lib.grading import exercises, shortcuts
from course_lib.grading.instant import Check
from course_lib.nn.networks.resnet import resnet
from course_lib.nn.work import by_kind, work


@pytest.fixture(scope="module")
def primitives():
    return run_lesson("09_the_primitives_of_cudnn")


AGREE = "forward equal, backward equal, slopes equal"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("activations", f"14 operations a byte\nReLU: {AGREE}; 1 operations an element, 0.125 a byte\nsig.*: {AGREE}"),
        ("ties-seen", r"everywhere: .* sum 9\nat_the_first: dx = \[1, 0.* sum 1\nPyTorch: dx = \[1, 0.* sum 1"),
        ("pools", f"max pooling: {AGREE}(.|\n)*average pooling: {AGREE}"),
        ("softmax", f"give nothing: True\n+softmax: {AGREE}"),
        ("lrn", f"LRN: {AGREE}"),
        ("lcn-judged", f"LCN: {AGREE}(.|\n)*def backward"),
        ("batchnorm-short", "WrongGradient: the gradient of x is .* but the slope of f there is"),
        ("batchnorm-back", f"batch normalisation: {AGREE}"),
        ("train-eval-seen", r"alone, as in the batch: True\n.*one other.*: False\n.*gamma / sigma: True"),
        ("dropout-mean", r"mean of x 1\.00, of x mask 0\.60, of x mask / \(1 - p\) 1\.00"),
        ("dropout-judged", f"dropout: {AGREE}"),
        ("convolution-judged", f"formula says: True\n+convolution: {AGREE}"),
        ("layouts-picture", "NHWC: channels 0 1 2 0 1 2"),
        ("layouts-strides", r"NHWC: \(2, 3, 4, 5\), strides in floats .*'C': 1"),
        ("layouts-judged", f"PyTorch's: True\n+to NHWC: {AGREE}; 0 operations"),
        ("workspace-prices", r"implicit GEMM +0\.0 MiB"),
        ("workspace-chosen", r"0 MiB: implicit GEMM.*\n.*34 MiB: F\(2x2\).*\n.*100 MiB: F\(4x4\).*\n +1000 MiB: FFT"),
        ("real-layers", r"batch 1 +0\.5 (.|\n)*depthwise.* 16% (.|\n)*1 x 1.* 115%(.|\n)*3 x 3, 64.* 1030%"),
        ("network", r"ridges: 14 \(fp32\), 103 \(tf32\), 206 \(bf16\)"),
        ("network-picture", r"operations: Convolution 98\.8%.*bytes: Convolution 27\.0%"),
        ("network-time", r"float32: Convolution 7\d\.\d%.*TF32: Convolution 3[23]\.\d%"),
        ("fused-counted", r"bias: 73,728 .*\nrelu: 65,536 .*\nbias_relu: 73,728 .*\nequal: True True\n.*no mistake"),
        ("folded", "two layers: True"),
        ("fused-network", r"fp32: .* 1\.3 times as fast\ntf32: .* 2\.5 times as fast\nbf16: .* 2\.5 times"),
        ("race", r"=0, right: False\n.*=1, right: True(.|\n)*race(.|\n)*no mistake(.|\n)*differs in its last"),
        ("claim", r"alone: 1\.4 times.* 1\.8 times\n.*2\.85 times"),
    ],
)  # fmt: skip
def test_lesson_09_shows_what_its_text_says(primitives, cell, shown):
    assert re.search(shown, primitives[cell]), primitives[cell]


def test_every_row_of_the_table_is_equal_and_all_of_them_wait_for_memory_when_small(primitives):
    rows = primitives["table"].strip().splitlines()[1:]
    assert len(rows) == 13
    assert all(row.count("equal") == 3 and row.endswith("memory") for row in rows), rows


def test_the_picture_at_the_top_of_lesson_09_is_the_one_that_its_figure_draws(primitives):
    stored = (ROOT / "images" / "operations_and_bytes.svg").read_text(encoding="utf-8")
    assert f"<desc>{escape(primitives['network-picture'].removeprefix('Picture: ').strip())}</desc>" in stored
    kinds = ("Convolution", "BatchNorm", "ReLU", "Add")
    each = {"Add": 1, "ReLU": 1, "MaxPool": 8, "BatchNorm": 1476 / 210}  # of x 2 x 3 x 7 x 5, counted in the lesson
    rows = work(resnet(50), 64, each)
    wholes = {what: by_kind(rows, lambda row, what=what: getattr(row, what), kinds) for what in ("operations", "bytes")}
    assert stored == shares(wholes, "A forward pass of ResNet-50, 64 images").svg + "\n"


EX09 = exercises.find("ex09_the_primitives_of_cudnn")
FUNCTIONS = {
    "max_pool": "pool",
    "max_pool_back": "pool",
    "batch_norm_back": "batchnorm",
    "log_softmax": "logsoftmax",
    "log_softmax_back": "logsoftmax",
    "strides": "layout",
    "relay": "layout",
}


@pytest.mark.parametrize("value", [None, 3, "", (1,), float("nan"), [1, 2, 3], {"x": 1}, np.array("x")])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_anything_in_place_of_a_value_of_exercise_09_is_refused_in_words(name, value):
    result = Check(EX09, EX09.namespace() | {name: lambda *args: value})(FUNCTIONS[name])
    assert not result.passed and "Traceback" not in str(result)


@pytest.mark.parametrize(
    "line", ["import torch", "from scipy import special", "from course_lib.nn import pooling as mine"]
)
@pytest.mark.parametrize("question", ["pool", "batchnorm", "logsoftmax", "layout"])
def test_a_library_that_has_it_ready_is_no_answer(question, line):
    reference = EX09.reference[question]
    assert shortcuts.broken(EX09, question, {question: reference}) == ("", "")
    instead, use = shortcuts.broken(EX09, question, {question: f"{line}\n{reference}"})
    assert "NumPy" in instead and question in use


def test_the_gradient_of_a_mean_is_told_apart_from_that_of_a_maximum():
    def shared(dy, x, size, stride):
        dx = np.zeros(x.shape)
        for n, c, p, q in np.ndindex(*dy.shape):
            top, left = p * stride, q * stride
            dx[n, c, top : top + size, left : left + size] += dy[n, c, p, q] / size / size
        return dx

    result = Check(EX09, EX09.namespace() | {"max_pool_back": shared})("pool")
    assert [row.passed for row in result.rows] == [True, False, False]
    assert "the gradient of the mean" in " ".join(str(result).split())
