"""Lessons 00 to 03, from the first kernel to memory: what they show is what their texts say."""

import re

import pytest
from test_lessons import ROOT, run_lesson

from course_lib.figures.banks import banks
from course_lib.figures.tile_walk import tile_walk
from course_lib.figures.waiting import waiting
from course_lib.widgets.launch_grid import LaunchGrid
from course_lib.widgets.thread_map_picture import draw


def test_the_picture_at_the_top_of_lesson_02_is_the_one_that_the_widget_draws():
    grid = LaunchGrid(20, 27, 8, 8)
    stored = (ROOT / "images" / "one_thread_one_element.svg").read_text(encoding="utf-8")
    assert stored == draw(grid, grid.thread((1, 1), (5, 3))) + "\n"


def test_the_picture_of_tiles_in_lesson_02_is_the_one_that_the_figure_draws():
    stored = (ROOT / "images" / "tiles_in_turn.svg").read_text(encoding="utf-8")
    assert stored == tile_walk((3, 3, 4), block=(1, 1), step=2, side=4).svg + "\n"


def test_the_picture_at_the_top_of_lesson_01_is_the_one_that_the_figure_draws():
    stored = (ROOT / "images" / "warps_hide_waiting.svg").read_text(encoding="utf-8")
    assert stored == waiting([1, 4, 8], work=2, wait=14).svg + "\n"


def test_the_picture_at_the_top_of_lesson_03_is_the_one_that_the_figure_draws():
    row = range(32)
    ways = {"tile[32][32]": [32 * r + 3 for r in row], "tile[32][33]": [33 * r + 3 for r in row]}
    stored = (ROOT / "images" / "lanes_and_banks.svg").read_text(encoding="utf-8")
    assert stored == banks(ways | {"tile[32][32], column ^ row": [32 * r + (3 ^ r) for r in row]}).svg + "\n"


@pytest.fixture(scope="module")
def start():
    return run_lesson("00_start_here")


@pytest.fixture(scope="module")
def why():
    return run_lesson("01_why_gpus")


@pytest.fixture(scope="module")
def run():
    return run_lesson("02_matrix_multiplication")


@pytest.fixture(scope="module")
def memory():
    return run_lesson("03_memory")


@pytest.mark.parametrize(
    ("fault", "cell", "shown"),
    [
        (1, "fault-1", r"error: expected an expression\s+MatMulKernel<<<dimGrid, dimBlock>>>>"),
        (2, "fault-2", r"on the host: 0.0  on the device: [1-9]"),
        (3, "fault-3", "after 3 calls 360,000 bytes are still taken"),
        (4, "coverage", "written: 92.16% of C"),
        (5, "zero-blocks", "^LaunchError"),
        (6, "fault-6", r"^OutOfBounds: .*matmul.*line \d+.*block \(\d.*thread \(\d"),
        (7, "fault-7", "largest number in C: 0.0"),
        (8, "fault-8", "the first 40 rows of B: True"),
        (8, "fault-8-refused", "^LaunchError: .*16 x 40.*60 x 16"),
        (9, "fault-9", "n = 46340: as int 2,147,395,599, widened first 2,147,395,599"),
        (9, "fault-9", "n = 46341: as int -2,147,479,016, widened first 2,147,488,280"),
        (10, "deck-kernel", 'CompileError[^$]*identifier "Matrix" is undefined'),
        (11, "balance", "naive: 0.25 operations a byte; a K20X needs 15.7"),
        (12, "speedup", "= 12.8"),
    ],
)
def test_each_of_the_decks_twelve_faults_is_seen(run, fault, cell, shown):
    assert re.search(shown, run[cell], re.MULTILINE), f"fault {fault}: {run[cell]}"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("doctor", "GPU(.|\n)*The course can"),
        ("equal", "True"),
        ("error", r"line 6, block \(3, 0, 0\), thread \(232, 0, 0\): reads index 1000 of x"),
        ("check", "✓ passed"),
    ],
)
def test_lesson_00_shows_what_its_text_says(start, cell, shown):
    assert re.search(shown, start[cell]), start[cell]


def test_the_profile_of_lesson_02_counts_the_bytes_that_moved(run):
    assert "flops; 0.49 flops a byte" in run["traffic"]


def test_the_courses_kernels_agree_with_numpy(run):
    assert run["equal"].count("True") == 3 and "True" in run["gradient-check"]


def test_the_layer_learns_to_read_digits_and_its_mistakes_are_the_ones_drawn(run):
    right = float(re.search(r"([\d.]+)% of 450 new digits", run["train"]).group(1))
    wrong = int(re.search(r"(\d+) of 450 digits are misread", run["train"]).group(1))
    assert right >= 95 and right == round(100 * (1 - wrong / 450), 1)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("count", "61,090,496 weights, 714,188,480 uses an image"),
        ("ways", "True"),
        ("days", r"40% of its peak"),  # two fifths
        ("resnet", "60,192,808 parameters, 25.6 times"),
        ("clock", "MHz from 16 at 1985 to .* at 2023; cores from 1 "),
        ("power", r"2 x  50% of the clock:  25% .*\n4 x  25% of the clock:   6% "),
        ("amdahl", "19.6 times as fast; larger: 950"),
        ("karp", r"2\.5%[^%]*2\.3%[^%]*4\.0%"),  # it jumps with 8
        ("cluster", r"1 Gb/s Ethernet: 32 s\n.*\n.*InfiniBand: 0\.57 s\n.*K20X: 0\.016 s"),
        ("five", r"float32: 12\.8\n.*float64: 8\.5\n.*memory: 4\.9"),
        ("break-even", "1 times as fast with 250 rows\n5 times as fast with 1,890 rows"),
        ("cudnn", r"half as long: 2\.46"),
        ("chase-right", "True"),
        ("waiting", "with 8 warps the core computes 50% of the time; with 16 warps the core computes 100%"),
        ("little", r"28,672 threads: 1\.8 for each\n.*1\.3 MB, 328,205 reads; 270,336 threads: 1\.2 for each"),
        ("launch", "True"),
        ("simt", r"31\.2.*z\[i\] = x\[i\] \+ y\[i\];"),
        ("guard", r"block 1, warp 1: 4 of 32 lanes at work \(0, 1, 2, 3\)"),
        ("split-picture", "8 of 32 lanes.*24 of 32 lanes.*after: all 32 lanes"),
        ("split-step", r"\.###\.###(.|\n)*#\.\.\.#\.\.\.(.|\n)*the lanes meet again"),  # the else comes first
        ("ragged-counted", r"come: .* 18\.0 lanes at work\n.* 30\.2 lanes at work"),
        ("two-listing", r"16\.0 .*sum \+ 1(.|\n)*16\.0 .*sum = 1"),
    ],
)
def test_lesson_01_shows_what_its_text_says(why, cell, shown):
    assert re.search(shown, why[cell]), why[cell]


def test_warps_that_agree_save_a_third_of_the_instructions_and_move_twice_the_sectors(why):
    assert "the same result: True" in why["two-counted"]
    found = re.findall(r"([\d,]+) instructions, (\d+) sectors", why["two-counted"])
    (split, near), (whole, far) = [(int(run.replace(",", "")), int(sectors)) for run, sectors in found]
    assert 0.6 < whole / split < 0.7 and far == 2 * near


def test_waiting_together_costs_a_fraction_of_waiting_alone(why):
    alone, together = map(float, re.search(r"([\d.]+) ns a read alone, ([\d.]+) in company", why["hide"]).groups())
    assert together < alone


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("rungs", r"01_uncoalesced.cu: 524,288 .* 16\.5 sectors(.|\n)*02_naive.cu: 524,288 .* 2\.5 sectors"),
        ("copy-count", r"sectors  4(.|\n)*sectors  5(.|\n)*sectors  8(.|\n)*sectors 32(.|\n)*sectors 32"),
        ("copy-picture", "float4, step 1: 16 sectors, 100% used"),
        ("wide", "copy: 64 requests, 256 sectors.*\ncopy4: 16 requests, 256 sectors"),
        ("layout-count", "pixels: 160 sectors, 40% .*\nplanes: 64 sectors, 100%"),
        ("turn", "line  6:  4 sectors, ideal 4\nline  7: 32 sectors, ideal 4"),
        ("tile-profile", "4 sectors, ideal 4,  1 bank passes\n.* 4 sectors, ideal 4, 32 bank passes"),
        ("banks-picture", r"\[33\]: each lane hits a bank of its own, 1 pass; .*\[34\]: 16 banks .*, 2 passes"),
        ("banks-count", "32 passes(.|\n)* 1 passes(.|\n)* 1 passes"),
        ("mean-count", "17,336; formula 17,336(.|\n)*1,520; formula 1,520(.|\n)*1,136; formula 1,136"),
        ("race-right", "right: True"),
        ("race-check", r"race within a warp \(124(.|\n)*thread \(1, 0, 0\)(.|\n)*race \(3(.|\n)*thread \(32, 0, 0\)"),
        ("race-mended", "no mistake found"),
        ("lost", r"\+= 1: 32 .*1024"),
        ("early", "no mistake found"),
        ("early-check", r"2 findings(.|\n)*missing threads(.|\n)*thread \(58, (.|\n)*uninitialised read"),
        ("scan-check", "line 10(.|\n)*line 10"),
        ("lockstep-check", "right: True(.|\n)*race within a warp"),
        ("twice-check", "1 finding(.|\n)*race between blocks"),
        ("branch-check", "right: True(.|\n)*divergent barrier"),
        ("private-count", "private 0: 32 requests, right: True(.|\n)*private 1: 8 requests, right: True"),
        ("order", "1 finding(.|\n)*order dependence"),
    ],
)
def test_lesson_03_shows_what_its_text_says(memory, cell, shown):
    assert re.search(shown, memory[cell]), memory[cell]
