"""Lesson 12 and exercise 12, on sixteen bits: what they show is what their texts say."""

import re

import numpy as np
import pytest
from test_lessons import ROOT, run_lesson

from course_lib.figures.staircase import staircase
from course_lib.grading import exercises, shortcuts
from course_lib.grading.instant import Check
from course_lib.precision.fixed_point import FixedPoint, nearest, stochastic


def walk(rounding):
    """Where twenty updates of 0.3 eps lead, in eps."""
    number, w = FixedPoint(8, 8), [np.zeros(1)]
    for _ in range(20):
        w.append(rounding(w[-1] + 0.3 * number.eps, number))
    return [float(value[0]) / number.eps for value in w]


def test_the_picture_at_the_top_of_lesson_12_is_the_one_that_the_figure_draws():
    ways = {"to nearest": walk(nearest)}
    for seed, name in enumerate(("stochastic", "and once more")):
        rng = np.random.default_rng(seed)
        ways[name] = walk(lambda x, number, rng=rng: stochastic(x, number, rng))
    drawn = staircase([0.3 * n for n in range(21)], ways, "eps", "an update of 0.3 eps")
    assert (ROOT / "images" / "rounding_steps.svg").read_text(encoding="utf-8") == drawn.svg + "\n"
    assert "to nearest, it ends at 0 eps; stochastic, it ends at 7 eps; and once more, it ends at 5 eps." in drawn.alt


@pytest.fixture(scope="module")
def bits():
    return run_lesson("12_sixteen_bits")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("equal-nearest", "the library's: True\n0.3 becomes .* 77 / 256\n0.001 becomes 0.0"),
        ("saturate", r"library: \[ ?100\. +127\.996\d+ -128.*\n.*\[100\. -56\.  56\.\]"),
        ("gaps", r"<8, 8> from 0\.00391 .* to 0\.00391 .*float16 from 5\.96e-08"),
        ("dead-zone", "by 300 eps; to nearest it moves by 0"),
        ("equal-stochastic", "from the same seed: True"),
        ("walk-stochastic", r"(299|300)\.\d eps on average, with a standard deviation of 14\.\d\n.*: 300 and 14\.5"),
        ("one-rounding", r"largest term 0\.4\d eps\n.*addition: 0\.00000\n.*at the end: +0\.33"),
        ("accumulator", r" 1 products .* 32 bits\n +2 products .* 33 bits(.|\n)*131,071 products .* 48 bits"),
        ("bias", r"exact .*-2\.\d+ eps, each wrong one +0\.2\d eps.*\n.* one +0\.00 eps, sum of a row -[12]\.\d+ eps"),
        (
            "half-lost",
            r"float32: [12]\d%, in float16: 9\d%(.|\n)*too small for it; the same, times 2\^16: 0% too small",
        ),
        ("half-dynamic", r"left out [1-9] steps, ended with 2\^3[1-9]\n\d\.\d%"),
        ("master", r"float16: 1 \+ 2\^-12 = 1\.0 .*0\.000977\nfloat32: .* 1\.000244"),
    ],
)
def test_lesson_12_shows_what_its_text_says(bits, cell, shown):
    assert re.search(shown, bits[cell]), bits[cell]


def test_the_mean_of_stochastic_roundings_is_right_but_not_beyond_the_range(bits):
    rows = [list(map(float, line.split())) for line in bits["unbiased"].splitlines()[1:]]
    assert [abs(off) <= allowed for _, off, allowed in rows] == [True] * 4 + [False] * 2


def percents(text):
    return [float(value) for value in re.findall(r"([\d.]+)%", text)]


def test_nearest_fails_in_lesson_12_where_stochastic_learns_and_more_bits_or_a_scale_mend_it(bits):
    floats = np.mean(percents(bits["learn"]))
    found = {}
    for FL, way, rest in re.findall(r"<\d+, (\d+)> +(to nearest|stochastic) +(.*)", bits["grid"]):
        found[way, int(FL)] = np.mean(percents(rest))
    assert len(found) == 10
    assert all(found["stochastic", FL] <= floats + 1.5 for FL in (8, 10, 12, 14))
    assert all(found["to nearest", FL] >= floats + 2 for FL in (6, 8, 10))
    assert found["to nearest", 6] > 25 and all(found["to nearest", FL] <= floats + 2 for FL in (12, 14))
    plain, scaled, again, scaled_again = (np.mean(percents(line)) for line in bits["scaled"].splitlines())
    assert scaled < plain - 2 and scaled_again < again - 2


def test_float16_learns_in_lesson_12_once_the_loss_is_scaled(bits):
    plain, *scaled = percents(bits["half-train"])
    assert plain > 30 and all(error < 5 for error in scaled)


EX12 = exercises.find("ex12_sixteen_bits")


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("nearest", "from course_lib.precision import fixed_point\n"),
        ("stochastic", "from course_lib.precision.fixed_point import stochastic as theirs\n"),
        ("scaled", "from course_lib.nn.loss_scaling import LossScale\n"),
    ],
)
def test_the_librarys_own_is_no_answer_to_exercise_12(question, source):
    assert "course_lib" in shortcuts.broken(EX12, question, {question: source})[1]


@pytest.mark.parametrize("value", [None, 3, "", (1,), float("nan"), [1.0, 2.0], np.zeros(3), {"w": 1}])
@pytest.mark.parametrize(
    ("question", "name"),
    [
        *(("nearest", "nearest"), ("stochastic", "stochastic"), ("words", "multiply"), ("scaled", "scaled_step")),
        *(("limits", "waits"), ("limits", "accumulator_bits")),
    ],
)
def test_anything_in_place_of_a_value_of_exercise_12_is_refused_in_words(question, name, value):
    result = Check(EX12, EX12.namespace() | {name: lambda *args: value})(question)
    assert not result.passed and "Traceback" not in str(result)
