"""Every picture carries a sentence that says what it shows, and the notebook gets both."""

from html import escape
from xml.etree import ElementTree

import numpy as np
import pytest

from course_lib.figures.banks import banks
from course_lib.figures.bars import bars, three_digits
from course_lib.figures.choice import choice
from course_lib.figures.coverage import coverage
from course_lib.figures.curve import training
from course_lib.figures.digits import mistakes
from course_lib.figures.dots import dots
from course_lib.figures.drawing import BLUE, PALE
from course_lib.figures.exponents import exponents
from course_lib.figures.fragment import fragment
from course_lib.figures.grids import Grid, grids
from course_lib.figures.intensity import intensity
from course_lib.figures.lanes import lanes
from course_lib.figures.lines import lines
from course_lib.figures.memory_order import memory_order
from course_lib.figures.ratios import ratios
from course_lib.figures.roofline import roofline
from course_lib.figures.sectors import sectors
from course_lib.figures.shares import shares
from course_lib.figures.staircase import staircase
from course_lib.figures.tile_walk import tile_walk
from course_lib.figures.tiles import Level, nested
from course_lib.figures.waiting import busy, schedule, waiting
from course_lib.figures.windows import windows

WRITTEN = np.zeros((100, 100), bool)
WRITTEN[:96, :96] = True
IMAGES, TRUTH = np.random.default_rng(0).random((30, 8, 8)), np.arange(30) % 10
PICTURES = {
    "coverage": coverage(WRITTEN, (16, 16)),
    "intensity": intensity({"naive": 0.25, "tiled": 4.0}, {"a <GPU>": 15.8}),
    "mistakes": mistakes(IMAGES, np.where(TRUTH == 3, 5, TRUTH), TRUTH),
    "training": training({"train": [2.3, 0.5, 0.2], "test": [2.3, 0.6, 0.3]}, "loss"),
    "bars": bars({"here": {"a": 0.5, "b": 2000}, "there": {"<c>": 3e6}}, "days"),
    "lines": lines({"this": ([1, 2, 4], [9, 3, 1]), "that": ([1, 4], [1, 700])}, "threads", "time"),
    "ratios": ratios({"naive": 2.0, "tiled": 1.0}, baseline="naive", label="on this machine"),
    "exponents": exponents({"g <1>": np.array([0, 2.0**-27, -(2.0**-20), 3])}, 2.0**-24, 2.0**-14, 65504, "float16"),
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


def test_bars_say_every_number_and_its_group():
    assert PICTURES["bars"].alt == "days, on a logarithmic scale: here: a 0.5; here: b 2,000; there: <c> 3,000,000."
    assert bars({"only": {"a": 1.0}}, "days").alt == "days, on a logarithmic scale: a 1."


@pytest.mark.parametrize(
    ("value", "said"), [(0.00072, "0.00072"), (25.28, "25.3"), (134.4, "134"), (123456, "123,000")]
)
def test_a_number_is_said_in_three_digits_without_a_power_of_ten(value, said):
    assert three_digits(value) == said


def test_lines_say_where_they_begin_and_end():
    assert PICTURES["lines"].alt == "time over threads: this from 9 at 1 to 1 at 4; that from 1 at 1 to 700 at 4."


DRAWINGS = {"lanes": lanes([("if (x < 1)", 0b101), ("rest", 2**32 - 1), ("none", 0)]), "waiting": waiting([1, 3], 2, 4)}


@pytest.mark.parametrize("drawn", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_is_sound_svg_and_says_what_it_shows(drawn):
    svg = ElementTree.fromstring(drawn.svg)
    assert svg.get("role") == "img" and drawn.alt in "".join(svg.itertext())
    assert drawn._repr_mimebundle_() == {"text/plain": f"Picture: {drawn.alt}", "text/html": drawn.svg}


def test_lanes_are_named():
    said = "if (x < 1): 2 of 32 lanes at work (0, 2); rest: all 32 lanes at work; none: no lane at work."
    assert DRAWINGS["lanes"].alt == said


@pytest.mark.parametrize(("work", "wait"), [(1, 1), (2, 14), (3, 7), (1, 0), (5, 4)])
def test_a_core_is_busy_as_littles_law_says(work, wait):
    rounds = 40 * (work + wait)
    for warps in (1, 2, 3, 8, 17):
        share = busy(schedule(warps, work, wait, rounds))
        assert share == pytest.approx(min(1, warps * work / (work + wait)), abs=0.03)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (range(32), "each lane hits a bank of its own, 1 pass"),
        ([7] * 32, "1 bank is hit (7), up to 1 word in one, 1 pass over the banks"),
        (range(0, 64, 2), "16 banks are hit (0, 2, 4, 6, …), up to 2 words in one, 2 passes over the banks"),
        (range(3, 1024, 32), "1 bank is hit (3), up to 32 words in one, 32 passes over the banks"),
    ],
)
def test_banks_count_the_different_words_of_each(words, said):
    drawn = banks({"a <tile>": list(words)})
    assert drawn.alt == f"a <tile>: {said}."
    assert ElementTree.fromstring(drawn.svg).find("{*}desc").text == drawn.alt


@pytest.mark.parametrize(
    ("first", "step", "size", "said"),
    [
        (0, 4, 4, "4 sectors, 100% used (128 of 128 bytes)"),
        (4, 4, 4, "5 sectors, 80% used (128 of 160 bytes)"),
        (0, 0, 4, "1 sector, 12.5% used (4 of 32 bytes)"),
        (0, 12, 4, "12 sectors, 33.3% used (128 of 384 bytes)"),
        (0, 16, 16, "16 sectors, 100% used (512 of 512 bytes)"),
        (0, 1, 1, "1 sector, 100% used (32 of 32 bytes)"),
    ],
)
def test_sectors_say_what_was_moved_and_what_of_it_was_asked_for(first, step, size, said):
    drawn = sectors({"<this>": ([first + step * lane for lane in range(32)], size)})
    assert drawn.alt == f"<this>: {said}."
    assert ElementTree.fromstring(drawn.svg).find("{*}desc").text == drawn.alt


def test_a_roofline_says_what_each_way_may_reach_on_each_machine():
    drawn = roofline({"old": (100.0, 10.0), "new": (1000.0, 50.0)}, {"thin": 5, "thick": 40}, {"ran": (5, 20.0)})
    assert "thin, 5 operations a byte, may reach 50% of old and 25% of new" in drawn.alt
    assert "thick, 40 operations a byte, may reach 100% of old and 100% of new" in drawn.alt
    assert "measured: ran, 20 operations a second at 5 a byte" in drawn.alt
    assert drawn.png.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("scale", "form", "said"), [("log", ".3g", "a: x 0.5, y 2; b: y 3."), ("linear", ".0%", "a: x 50%")]
)
def test_dots_say_every_value_and_skip_what_a_row_lacks(scale, form, said):
    drawn = dots({"a": {"x": 0.5, "y": 2}, "b": {"y": 3}}, "times", 1, scale, form)
    assert said in drawn.alt and drawn.png.startswith(b"\x89PNG")


def test_a_fragment_names_what_one_lane_holds():
    drawn = fragment([[(i * 2 + j // 2, j % 2) for j in range(4)] for i in range(2)], 3, "<sums>")
    assert drawn.alt == (
        "<sums>, 2 rows of 4. Lane 3 holds (1, 2) in r0, (1, 3) in r1. "
        "Lanes of row 0: 0 0 1 1. Lanes of row 1: 2 2 3 3."
    )
    assert ElementTree.fromstring(drawn.svg).find("{*}desc").text == drawn.alt


def test_nested_tiles_have_a_square_for_each_level_and_one_chosen_piece_in_each():
    drawn = nested([Level("C", (2, 3), (1, 2), ("large",)), Level("tile", (4, 4), (0, 0))])
    svg = ElementTree.fromstring(drawn.svg)
    fills = [rect.get("fill") for rect in svg.findall(".//{*}rect")]
    assert fills.count(BLUE) == 2 and fills.count(PALE) == 2 * 3 + 4 * 4 - 2
    assert drawn.alt == "C, 2 by 3 pieces: large. Within one of them, tile, 4 by 4 pieces."


@pytest.mark.parametrize(("tiles", "block", "step"), [((1, 1, 1), (0, 0), 0), ((3, 2, 5), (2, 1), 4)])
def test_a_tile_walk_names_each_pair_but_the_one_in_shared_memory(tiles, block, step):
    drawn = tile_walk(tiles, block, step, side=4)
    named = [element.text for element in ElementTree.fromstring(drawn.svg).iter() if "t = " in (element.text or "")]
    assert sorted(named) == sorted(2 * [f"t = {t}" for t in range(tiles[2]) if t != step])
    assert f"owns tile {block} of C needs the {tiles[2]} tiles" in drawn.alt


def test_exponents_say_which_share_is_too_small_and_leave_zeros_out():
    said = "float16 holds 2^-24 to 2^16, with all its bits from 2^-14 on. g <1>: 33% too small for it."
    assert PICTURES["exponents"].alt.endswith(said)


def test_a_staircase_draws_every_way_at_its_place_and_says_where_each_ends():
    drawn = staircase([0, 0.5, 1, 1.5], {"<up>": [0, 1, 2, 2], "down": [0, 0, 0, 0]}, "eps", "half an eps")
    root = ElementTree.fromstring(drawn.svg)
    ways = [way.get("points") for way in root.iter() if way.tag.endswith("polyline")]
    heights = [[float(point.split(",")[1]) for point in way.split()] for way in ways]
    gap = (heights[0][0] - heights[0][-1]) / 1.5
    assert len(ways) == 3 and heights[1][0] - heights[1][-1] == pytest.approx(2 * gap) and len(set(heights[2])) == 1
    assert "takes 3 steps, each half an eps" in drawn.alt
    assert "without rounding, it ends at 1.5 eps; <up>, it ends at 2 eps; down, it ends at 0 eps." in drawn.alt


def test_small_matrices_are_said_with_their_numbers_and_what_leads_on():
    drawn = grids([Grid("d", [[1, -2], [3, 0]], "given", ("the tile",)), "→\nBᵀ d", Grid("V", [[0.5]])], "A step")
    assert drawn.alt == "A step. d, 2 by 2 (the tile): 1 −2; 3 0 | → Bᵀ d | V, 1 by 1: 1/2."
    svg = ElementTree.fromstring(drawn.svg)
    assert {"−2", "1/2", "→", "Bᵀ d", "the tile"} <= {node.text for node in svg.iter() if node.text}


@pytest.mark.parametrize(("n", "r", "zeros"), [(8, 3, 0), (8, 3, 2), (5, 1, 0), (4, 4, 0)])
def test_windows_that_run_over_the_end_are_told_apart(n, r, zeros):
    drawn = windows([(n, r, zeros)])
    assert drawn.svg.count("↺") == r * (r - 1) // 2
    over = [f"y{i}" for i in range(n + zeros - r + 1, n + zeros)]
    assert all(name in drawn.alt for name in over) and ("over the end" in drawn.alt) == bool(over)


def test_a_map_of_winners_names_each_with_its_gain_and_leaves_the_others_empty():
    panels = {"batch 1": {(3, 4, 14): ("im2col", 1.0), (3, 64, 14): ("F(4x4)", 2.26), (11, 64, 14): ("FFT", 31.4)}}
    drawn = choice(panels, ["im2col", "F(4x4)", "FFT"], "kernel", ("channels", "image"))
    assert (
        "kernel 3, channels 64, image 14: F(4x4), 2.3" in drawn.alt
        and "11, channels 64, image 14: FFT, 31" in drawn.alt
    )
    words = [node.text for node in ElementTree.fromstring(drawn.svg).iter() if node.text]
    assert {"F(4x4)", "2.3×", "31×", "kernel 11", "batch 1"} <= set(words)
    assert drawn.svg.count("<rect") == 1 + 4  # paper, and a place for each size, measured or not
    assert "nothing measured" in choice({"batch 1": {}}, ["im2col"], "kernel", ("channels",)).alt


def test_shares_name_every_part_where_there_is_room_and_always_in_words():
    drawn = shares({"time": {"<products>": 98, "sums": 1.5, "rest": 0.5}, "bytes": {"a": 1, "b": 3}}, "A network")
    assert ElementTree.fromstring(drawn.svg).get("role") == "img"
    assert drawn.alt == "A network. time: <products> 98.0%, sums 1.5%, rest 0.5%; bytes: a 25.0%, b 75.0%."
    assert "&lt;products&gt; 98%" in drawn.svg and ">b 75%<" in drawn.svg and ">sums" not in drawn.svg


@pytest.mark.parametrize(
    ("order", "channels"),
    [("NCHW", "0 0 1 1 2 2 0 0 1 1 2 2"), ("NHWC", "0 1 2 " * 4), ("CNHW", "0 0 0 0 1 1 1 1 2 2 2 2")],
)
def test_an_order_of_memory_shows_whose_numbers_are_neighbours(order, channels):
    drawn = memory_order((2, 3, 1, 2), (order,))
    assert ElementTree.fromstring(drawn.svg).get("role") == "img"
    assert drawn.alt.endswith(f"{order}: channels {channels.strip()}.")
