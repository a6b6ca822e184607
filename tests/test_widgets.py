"""The thread map: its arithmetic, its words, its picture, and what the page would send back."""

from xml.etree import ElementTree

import numpy as np
import pytest

from course_lib.errors import UserError
from course_lib.widgets.launch_grid import LaunchGrid, LaunchGridError
from course_lib.widgets.thread_map import ThreadMap
from course_lib.widgets.thread_map_picture import draw, lanes

SHAPES = [(1, 1, 1, 1), (40, 50, 16, 16), (7, 5, 32, 8), (5, 7, 10, 7), (128, 3, 3, 32), (31, 127, 32, 32)]


def every_thread(grid):
    gx, gy = grid.blocks
    for block in np.ndindex(gx, gy):
        for index in np.ndindex(grid.bx, grid.by):
            yield grid.thread(block, index)


@pytest.mark.parametrize("shape", SHAPES)
def test_rounded_up_every_element_of_c_has_exactly_one_thread(shape):
    grid = LaunchGrid(*shape)
    inside = [(thread.row, thread.col) for thread in every_thread(grid) if thread.inside]
    assert sorted(inside) == list(np.ndindex(grid.m, grid.n))
    assert grid.covered == grid.m * grid.n


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("round_up", [True, False])
def test_counts_agree_with_counting_the_threads_one_by_one(shape, round_up):
    grid = LaunchGrid(*shape, round_up)
    threads = list(every_thread(grid))
    assert (grid.threads, grid.covered) == (len(threads), sum(thread.inside for thread in threads))
    assert all(thread.flat == thread.row * grid.n + thread.col for thread in threads)


def test_the_decks_grid_misses_784_elements_of_a_100_x_100_matrix():
    grid = LaunchGrid(100, 100, 16, 16, round_up=False)
    assert grid.blocks == (6, 6) and grid.covered == 9216
    assert "784 elements of C get no thread: 92.16% of C is written." in grid.describe()


def test_one_is_said_as_one():
    assert LaunchGrid(1, 1, 1, 1).describe() == (
        "C has 1 row and 1 column. 1 x 1 blocks of 1 x 1 = 1 threads make 1 thread in all, 1 warp to a block. "
        "The last warp of a block uses 1 of its 32 lanes. Outside C: no thread."
    )


def test_a_c_narrower_than_a_block_leaves_the_decks_grid_with_no_blocks():
    widget = ThreadMap(m=100, n=10, round_up=False)
    assert widget.blocks == [0, 6]
    assert "no blocks" in widget.launch_text and widget.thread_text == "There is no thread to select."


@pytest.mark.parametrize(("bx", "by", "warps"), [(16, 16, 8), (32, 8, 8), (8, 4, 1), (10, 7, 3), (1, 1, 1), (1, 32, 1)])
def test_warps_take_32_threads_along_x_first_and_their_rectangles_hold_just_them(bx, by, warps):
    grid = LaunchGrid(by, bx, bx, by)
    assert grid.warps == warps
    for warp in range(warps):
        drawn = [(x + i, y + j) for x, y, w, h in lanes(grid, warp) for j in range(h) for i in range(w)]
        belong = [thread.index for thread in every_thread(grid) if thread.warp == warp]
        assert sorted(drawn) == sorted(belong)
        assert 1 <= len(lanes(grid, warp)) <= 3


def test_a_thread_outside_c_is_told_whose_element_it_would_spoil():
    grid = LaunchGrid(40, 50, 16, 16)
    right, below = grid.thread((3, 1), (10, 2)), grid.thread((0, 2), (0, 15))
    assert "would write flat index 18 * 50 + 58 = 958: it would spoil C[19, 8]" in grid.describe_thread(right)
    assert "past the end of C, whose last index is 1999" in grid.describe_thread(below)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"m": 0}, "m should be a whole number from 1 to 128; it is 0."),
        ({"n": 129}, "n should be a whole number from 1 to 128; it is 129."),
        ({"bx": 33}, "bx should be a whole number from 1 to 32; it is 33."),
        ({"by": 2.5}, "by should be a whole number from 1 to 32; it is 2.5."),
    ],
)
def test_a_size_that_no_picture_can_show_is_refused_in_one_sentence(change, sentence):
    with pytest.raises(LaunchGridError) as refusal:
        ThreadMap(**change)
    assert str(refusal.value) == sentence and isinstance(refusal.value, UserError)


def test_moving_the_thread_redraws_and_says_the_same_in_words():
    widget = ThreadMap(m=40, n=50)
    before = widget.svg
    widget.thread_x = 5
    assert widget.svg != before
    assert "row = 1 * 16 + 2 = 18, col = 1 * 16 + 5 = 21." in widget.thread_text
    assert widget.thread_text in ElementTree.fromstring(widget.svg).findtext("{http://www.w3.org/2000/svg}desc")


def test_the_selection_stays_on_a_thread_that_exists_when_the_launch_shrinks():
    widget = ThreadMap(m=100, n=100, block_x=6, block_y=6, thread_x=15, thread_y=15)
    widget.m = 20
    assert (widget.block_x, widget.block_y) == (6, 1)
    widget.bx = 8
    assert (widget.block_x, widget.thread_x) == (6, 7)
    widget.block_y = 99
    assert widget.block_y == 1
    widget.round_up = False
    assert widget.blocks == [12, 1] and widget.block_y == 0


def test_a_whole_message_from_the_page_is_taken_at_once():
    widget = ThreadMap(m=100, n=100)
    widget.set_state({"block_x": 2, "block_y": 3, "thread_x": 0, "thread_y": 15})
    assert "Block (2, 3), thread (0, 15), lane 16 of warp 7: row = 3 * 16 + 15 = 63" in widget.thread_text


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("round_up", [True, False])
def test_the_picture_is_well_formed_and_tells_a_screen_reader_what_it_shows(shape, round_up):
    grid = LaunchGrid(*shape, round_up)
    svg = ElementTree.fromstring(draw(grid, grid.nearest((0, 0), (0, 0))))
    assert svg.get("role") == "img"
    assert grid.describe() in svg.findtext("{http://www.w3.org/2000/svg}desc")


def test_without_a_kernel_there_is_a_still_picture_and_its_words():
    data, _metadata = ThreadMap()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith("<figure") and "<svg" in data["text/html"]
    assert "row = 1 * 16 + 2 = 18" in data["text/plain"] and "<figcaption>C has 40 rows" in data["text/html"]
    assert "http" not in data["text/html"].replace("http://www.w3.org/2000/svg", "")
