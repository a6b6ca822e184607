"""Lessons 07 and 08 and their exercises, on algorithms of convolution: what they show is what their texts say."""

import re
from fractions import Fraction

import numpy as np
import pytest
from test_lessons import ROOT, run_lesson

from course_lib.figures.grids import Grid, grids


def tile_picture():
    """The tile at the top of lesson 07, with Lavin and Gray's matrices."""
    half = Fraction(1, 2)
    AT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])
    G = np.array([[1, 0, 0], [half, half, half], [half, -half, half], [0, 0, 1]])
    BT = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
    d = np.array([[1, 2, 0, 1], [3, 1, 4, 2], [2, 0, 1, 3], [1, 2, 1, 0]])
    g = np.array([[1, 0, -1], [2, 1, 0], [0, 1, 2]])
    U, V = G @ g @ G.T, BT @ d @ BT.T
    parts = [
        Grid("d", d, "given", ("4 × 4 of the image",)),
        "→\nBᵀ d B",
        Grid("V", V, "made", ("additions alone",)),
        "⊙",
        Grid("U", U, "made", ("once for all tiles",)),
        "←\nG g Gᵀ",
        Grid("g", g, "given", ("the filter",)),
        "=",
        Grid("M", U * V, "made", ("16 multiplications",)),
        "→\nAᵀ M A",
        Grid("Y", AT @ (U * V) @ AT.T, "result", ("2 × 2 results",)),
    ]
    return grids(parts, "A tile of Winograd's F(2x2, 3x3)")


def test_the_picture_at_the_top_of_lesson_07_is_the_one_that_the_figure_draws_and_its_numbers_are_right():
    stored = (ROOT / "images" / "winograd_tile.svg").read_text(encoding="utf-8")
    assert stored == tile_picture().svg + "\n" and tile_picture().alt.endswith("(2 × 2 results): 10 14; 7 1.")


@pytest.fixture(scope="module")
def fewer():
    return run_lesson("07_winograd")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("counts-1d", r"^\[21, 6\] with 6 multiplications, 4 additions\n\[21.0, 6.0\] with 4 .*, 8 additions"),
        ("matrices", r"\[21\. +6\.\]"),
        ("toom", r"\[ ?6\. 13\. +3\. 20\.\] \[ ?6\. 13\. +3\. 20\.\]"),
        ("transposed-code", r"\[21\. +6\.\]\nA' is \[\[1, 1, 1, 0\], \[0, 1, -1, 1\]\]"),
        ("library", "1 +-1 +8 +-8 +1\nG +1/4(.|\n)*BT +4 +0 +-5 +0 +1 +0"),
        ("exact", r"F\(2, 3\): 4 for 6, exact: True, largest number 1\nF\(4, 3\): 6 for 12, exact: True, .* 8\n"),
        ("tile", r"\[\[10\. 14\.\](.|\n)*F\(2 x 2.*16 for 36, 2\.25 times(.|\n)*36 for 144, 4 times"),
        ("layer-equal", r"\(4, 4, 64, 32\) times \(4, 4, 32, 196\) as the definition: True"),
        ("library-excerpt", "xp.matmul|matmul"),
        ("glass", r"forward +73,728 flops(.|\n)*multiply +32,768 flops(.|\n)*equal: True"),
        ("instructions", r": 32 28 24\n.*: 156 72 100"),
        ("gain", r"VGG 1\.2: .* F2 2\.13, F4 3\.60(.|\n)*VGG 5\.2: 512 channels, 14 x 14: F2 2\.16, F4 2\.69"),
        ("gain-picture", r"F\(2 x 2\) from 0\.5 at 1 to 2\.23 at 512"),
        ("words", r"im2col +1850 million(.|\n)*F2 +822 million(.|\n)*F4 +462 million"),
        ("measure", r"F2: [\d.]+ times as fast as im2col; operations alone: 2\.21\nF4: .*alone: 3\.85"),
        ("accuracy", r"VGG 5: direct [\d.e-]+, F2 [\d.e-]+, F4 [\d.e-]+, half"),
        ("published", r" 1 images: 2\.3 .*(.|\n)* 8 images: 7\.3 .*(.|\n)*64 images: 1\.5"),
    ],
)
def test_lesson_07_shows_what_its_text_says(fewer, cell, shown):
    assert re.search(shown, fewer[cell]), fewer[cell]


def test_errors_of_lesson_07_come_in_the_order_that_its_text_explains(fewer):
    rows = re.findall(r"direct ([\d.e-]+), F2 ([\d.e-]+), F4 ([\d.e-]+), half ([\d.e-]+\d)", fewer["accuracy"])
    assert len(rows) == 5
    for direct, f2, f4, half in (map(float, row) for row in rows):
        assert f2 < 0.7 * direct and 2 * direct < f4 < half / 10


def test_the_larger_a_tile_of_lesson_07_the_fewer_multiplications_and_the_larger_the_error(fewer):
    found = re.search(
        r"error from ([\d.]+) at 1 to ([\d.]+) at 8; multiplications from 1 at 1 to ([\d.]+)", fewer["larger"]
    )
    first, last, saved = map(float, found.groups())
    assert first < 2 and last > 20 and saved == pytest.approx((10 / 8) ** 2 / 9, abs=1e-3)


def test_the_speed_up_of_seven_is_the_other_algorithms_slowness(fewer):
    from course_lib.conv.published import LAVIN_GRAY

    each = {n: (cudnn / n, f2 / n) for n, (cudnn, f2) in LAVIN_GRAY.items()}
    assert each[8][0] > 2.9 * each[2][0] and each[8][1] < each[2][1]
