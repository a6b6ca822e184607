"""Lessons 05 and 06 and their exercises, on layers as matrix products: what they show is what their texts say."""

import re

import numpy as np
import pytest
from test_lessons import ROOT, run_lesson

from course_lib.figures.products import Matrix, products
from course_lib.figures.unrolled import unrolled
from course_lib.figures.weights import weights
from course_lib.grading import exercises
from course_lib.grading.instant import Check


def test_the_picture_at_the_top_of_lesson_05_is_the_one_that_the_figure_draws():
    n, c, k = ("N", 64), ("C", 784), ("K", 10)
    stored = (ROOT / "images" / "layer_product.svg").read_text(encoding="utf-8")
    assert stored == products([(Matrix("y", n, k), Matrix("x", n, c), Matrix("W", c, k))]).svg + "\n"


def test_a_product_says_which_side_is_summed():
    drawn = products(
        [(Matrix("c", ("m", 2), ("n", 3)), Matrix("a", ("m", 2), ("k", 5)), Matrix("b", ("k", 5), ("n", 3)))]
    )
    assert (
        drawn.alt == "c, m by n (2 by 3), is a, m by k (2 by 5), times b, k by n (5 by 3); k, 5 long, is summed away."
    )


def test_weights_say_where_they_are_strongest():
    image = np.zeros((2, 3))
    image[0, 1], image[1, 2] = 1.5, -2
    drawn = weights({"<a>": image, "zero": np.zeros((2, 3))})
    assert "<a>: most for at row 0, column 1 (+1.50), most against at row 1, column 2 (-2.00); zero: " in drawn.alt
    assert drawn.png.startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def layer():
    return run_lesson("05_a_layer_is_a_matmul")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("equal", "501,760 multiply-adds; equal: True"),
        ("neurons", "for each image and neuron"),
        ("column", "ValueError: .*could not be broadcast"),
        ("column-ten", r"equal to the layer: False\n.*: True"),
        ("ones", r"\(64, 785\) times \(785, 10\); equal: True"),
        ("shapes", "K, 10 long, is summed away(.|\n)*N, 64 long, is summed away"),
        ("gradients", "True"),
        ("library", r"def forward(.|\n)*y = x @ weights\.T(.|\n)*dweights\[\.\.\.\] = dy\.T @ x(.|\n)*if want_dx"),
        ("library-equal", r"y, dx: True True\ndW, db: True"),
        ("cost", r"784 x 10, dW: 1,003,520 operations, 4\.3 (.|\n)*fc6, dW: 9,663,676,416 operations, 61\.2"),
        ("intensity", r"784 × 10 from 0\.454 at 1 to 4\.93 at 4096(.|\n)*ridge of an H200"),
        ("narrow", r"784 × 10: from N = never, at most 4\.9\n784 × 784: from N = 32, .*\n9216 × 4096: from N = 32"),
        ("batch-time", "batches of 256 1"),
        ("blocks", r"y .*  4 blocks, sums of 784 .*1\.60 x.*True\ndx.* 196 blocks.* 10 .*True\ndW.* 49 blocks.* 64 .*"),
        ("waste", r"tile  8: 1\.60 x(.|\n)*tile 32: 3\.27 x the work, 65,856 words"),
        ("stable", r"known: 2\.3026, sure and right: nan\nthe library: 2\.3026, 0\.0\n.*wrong: 1000\.0"),
        ("loss-gradient", r"library's: True\nequal to the slope: True\n.*: True"),
        ("learn", r"9[6-8]\.\d% of 450 new digits"),
        ("pictures", r"0: most for at .*, most against at row 3, column [34] "),
        ("batch-learning", "loss on all training digits over 10 epochs: batches of 16 from"),
    ],
)
def test_lesson_05_shows_what_its_text_says(layer, cell, shown):
    assert re.search(shown, layer[cell]), layer[cell]


def test_in_lesson_05_smaller_batches_learn_more_from_the_same_passes(layer):
    last = [float(loss) for loss in re.findall(r"to ([\d.]+\d)", layer["batch-learning"])]
    assert len(last) == 3 and last == sorted(last)


def test_the_picture_at_the_top_of_lesson_06_is_the_one_that_the_figure_draws():
    image = np.arange(16).reshape(4, 4).tolist()
    stored = (ROOT / "images" / "windows_as_rows.svg").read_text(encoding="utf-8")
    assert stored == unrolled(image, taps=(3, 3), window=(0, 1), number=6).svg + "\n"


def test_an_unrolled_image_says_what_its_windows_are():
    drawn = unrolled(np.arange(15).reshape(3, 5).tolist(), taps=(3, 1), window=(0, 2), number=4, stride=2)
    assert (
        "3 by 5 numbers, and the matrix of its 3 windows, a row of 3 numbers each: 15 numbers have become 9"
        in drawn.alt
    )
    assert "The window of y[0, 2] is row 2: 4, 9, 14. The number 4 is there 1 time." in drawn.alt


@pytest.fixture(scope="module")
def convolution():
    return run_lesson("06_convolution_as_a_matmul")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("inclusive", r"x \(2, 3, 8, 8\).* y \(2, 4, 6, 6\)\n(.|\n)*IndexError: index 3 is out of bounds"),
        ("name", "correlation: True\nconvolution: False\n.*: True"),
        ("slices-equal", "7,776 steps have become 9; equal: True"),
        ("picture", "25 numbers have become 81.* The number 12 is there 9 times"),
        ("typed-equal", r"\(72, 27\) times \(27, 4\); equal: True"),
        ("options", r"'stride': 2}: y \(27, 27\), 1 of 729 x 576(.|\n)*4 of 2916 x 144\nAlexNet's .*\(54, 54\)"),
        ("library", "as_strided(.|\n)*return windows"),
        ("torch", "(?s)(.*: True, with all options: True\n){3}"),
        ("backward-equal", "True True\nequal to the slope: True"),
        ("col2im", r"\[3 6 9 9 9 9 6 3\](.|\n)*again: False; .*: True"),
        ("memory", r"VGG 1\.2: x 822 MB, textbook 8,236 MB \(10\.0 x\), in parts \d\d\.\d MB"),
        ("blocks", "for images, rows in _blocks"),
        ("measure", r"equal: \[True, True\]; the workspace has \d+\.\d MiB(.|\n)*textbook 1; workspace"),
        ("factors", "as fast as loops in Python\n.*loops in C\n.*slices\n.*im2col, textbook"),
        ("nowhere-equal", "equal to the matrix: True"),
        ("implicit", r"// y = w columns(.|\n)*return met\(x, conv"),
        ("count-shown", r"direct .*1,255,424 words.* 0 bytes of workspace; right: True"),
        ("count-shown", r"im2col .*59,968 words.* 380,928 .*82,944 bytes of workspace; right: True"),
        ("count-shown", r"GEMM: .*39,232 words.* 215,040 .* 0 bytes of workspace; right: True"),
        ("profile", r"implicit_gemm\.cu"),
    ],
)
def test_lesson_06_shows_what_its_text_says(convolution, cell, shown):
    assert re.search(shown, convolution[cell]), convolution[cell]


def test_in_lesson_06_a_third_of_the_instructions_of_implicit_gemm_find_places(convolution):
    lines = re.findall(r"^ *\d+ +([\d,]+) .*(int c = |int r = |return met\()", convolution["profile"], re.MULTILINE)
    finding = sum(int(count.replace(",", "")) for count, _ in lines)
    every = int(re.search(r"^([\d,]+) warp instructions", convolution["profile"], re.MULTILINE)[1].replace(",", ""))
    assert len(lines) == 3 and 0.28 < finding / every < 0.38


ODD = [None, 3, "", (1,), float("nan"), [1, 2, 3], {"x": 1}, (None, None), ("a", "b", "c")]
ASKED = {
    "ex05_a_layer_is_a_matmul": {
        "cost": ["step_operations", "intensity", "smallest_batch"],
        "layer": ["layer", "bias_as_weights"],
        "gradients": ["gradients"],
        "loss": ["cross_entropy"],
        "train": ["train"],
    },
    "ex06_convolution_as_a_matmul": {
        "size": ["output_size", "matrix_words"],
        "im2col": ["im2col"],
        "forward": ["convolve"],
        "weights": ["grad_w"],
        "images": ["col2im", "grad_x"],
    },
}
CASES = [(ex, question, name) for ex, asked in ASKED.items() for question, names in asked.items() for name in names]


@pytest.mark.parametrize(("exercise", "question", "name"), CASES)
def test_anything_in_place_of_a_value_is_refused_in_words(exercise, question, name):
    found = exercises.find(exercise)
    for value in ODD:
        result = Check(found, found.namespace() | {name: lambda *args, value=value: value})(question)
        assert not result.passed and "Traceback" not in str(result)
