"""Every picture carries a sentence that says what it shows, and the notebook gets both."""

from html import escape

import numpy as np
import pytest

from course_lib.figures.coverage import coverage
from course_lib.figures.curve import training
from course_lib.figures.digits import mistakes
from course_lib.figures.intensity import intensity
from course_lib.figures.ratios import ratios

WRITTEN = np.zeros((100, 100), bool)
WRITTEN[:96, :96] = True
IMAGES, TRUTH = np.random.default_rng(0).random((30, 8, 8)), np.arange(30) % 10
PICTURES = {
    "coverage": coverage(WRITTEN, (16, 16)),
    "intensity": intensity({"naive": 0.25, "tiled": 4.0}, {"a <GPU>": 15.8}),
    "mistakes": mistakes(IMAGES, np.where(TRUTH == 3, 5, TRUTH), TRUTH),
    "training": training({"train": [2.3, 0.5, 0.2], "test": [2.3, 0.6, 0.3]}, "loss"),
    "ratios": ratios({"naive": 2.0, "tiled": 1.0}, baseline="naive", label="on this machine"),
}


@pytest.mark.parametrize("drawn", PICTURES.values(), ids=PICTURES)
def test_the_page_gets_an_image_with_its_alternative_text(drawn):
    data = drawn._repr_mimebundle_()
    assert data["text/plain"] == f"Picture: {drawn.alt}"
    assert f'alt="{escape(drawn.alt)}"' in data["text/html"] and "data:image/png;base64," in data["text/html"]
    assert drawn.png.startswith(b"\x89PNG") and 300 < drawn.width < 800 and len(drawn.png) < 150_000


def test_coverage_says_how_much_was_written_and_what_was_not():
    assert "9216 of the 100 x 100 elements of C were written, 92.16%." in PICTURES["coverage"].alt
    assert "Never written: rows 96 to 99. Never written: columns 96 to 99." in PICTURES["coverage"].alt
    assert "Never" not in coverage(np.ones((3, 5), bool), (2, 2)).alt


def test_intensity_gives_every_way_and_every_machine_its_number():
    assert PICTURES["intensity"].alt == (
        "Operations per byte read: naive 0.25; tiled 4. What a machine needs to be kept busy: a <GPU> 15.8."
    )


def test_mistakes_are_named_one_by_one():
    assert PICTURES["mistakes"].alt == (
        "3 of 30 digits are misread; the first 3: 3 taken for 5, 3 taken for 5, 3 taken for 5."
    )


@pytest.mark.parametrize("wrong", [0, 1, 7, 30])
def test_any_number_of_mistakes_can_be_drawn(wrong):
    said = np.where(np.arange(30) < wrong, (TRUTH + 1) % 10, TRUTH)
    assert mistakes(IMAGES, said, TRUTH).alt.startswith(f"{wrong} of 30 digits are misread")


def test_a_curve_says_where_it_begins_and_ends():
    assert PICTURES["training"].alt == "loss over 3 steps: train from 2.3 to 0.2; test from 2.3 to 0.3."


def test_ratios_name_the_baseline_and_what_was_timed():
    assert PICTURES["ratios"].alt == "Time as a multiple of naive (on this machine): naive 1; tiled 0.5."
