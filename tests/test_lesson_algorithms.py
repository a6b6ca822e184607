"""Lessons 07 and 08 and their exercises, on algorithms of convolution: what they show is what their texts say."""

import re
from fractions import Fraction

import nbformat
import numpy as np
import pytest
from test_lessons import ROOT, run_lesson

from course_lib.conv import cook_toom, fft
from course_lib.conv.fastest import Point
from course_lib.conv.measure import EVERY
from course_lib.conv.published import LAVIN_GRAY
from course_lib.figures.choice import choice
from course_lib.figures.grids import Grid, grids
from course_lib.figures.windows import windows
from course_lib.grading import exercises
from course_lib.grading.instant import Check


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
        Grid("g", g, "given", ("the filter",)),
        "→\nG g Gᵀ",
        Grid("U", U, "made", ("once for all tiles",)),
        "\nand",
        Grid("d", d, "given", ("4 × 4 of the image",)),
        "→\nBᵀ d B",
        Grid("V", V, "made", ("additions alone",)),
        "→\nU ⊙ V",
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
        ("tile", r"\[\[10\. 14\.\](.|\n)*\[\[10\. 14\.\]"),
        ("tile-count", r"F\(2 x 2.*16 for 36, 2\.25 times(.|\n)*36 for 144, 4 times"),
        ("layer-equal", r"\(4, 4, 64, 32\) times \(4, 4, 32, 196\) as the definition: True"),
        ("library-excerpt", "xp.matmul|matmul"),
        ("glass", r"forward +73,728 flops(.|\n)*multiply +32,768 flops"),
        ("glass-equal", "equal: True"),
        ("instructions", r": 32 28 24\n.*: 156 72 100"),
        ("gains", r"VGG 1\.2: .* F2 2\.13, F4 3\.60(.|\n)*VGG 5\.2: 512 channels, 14 x 14: F2 2\.16, F4 2\.69"),
        ("gain-picture", r"F\(2 x 2\) from 0\.5 at 1 to 2\.23 at 512"),
        ("words", r"im2col +1850 million(.|\n)*F2 +822 million(.|\n)*F4 +462 million"),
        ("measure", r"F2: [\d.]+ times as fast as im2col; operations alone: 2\.21\nF4: .*alone: 3\.85"),
        ("accuracy", r"VGG 5: direct [\d.e-]+, F2 [\d.e-]+, F4 [\d.e-]+, half"),
        ("published", r" 1 images: 2\.3 .*(.|\n)* 8 images: 7\.3 .*(.|\n)*64 images: 1\.5"),
    ],
)
def test_lesson_07_shows_what_its_text_says(fewer, cell, shown):
    assert re.search(shown, fewer[cell]), fewer[cell]


def test_f2_of_lesson_07_saves_operations_from_three_channels_on():
    data, filter_, result = cook_toom.instructions(2, 3)
    two, three = (16 + (data + result) / channels + filter_ / 28**2 for channels in (2, 3))
    assert two > 36 > three


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
    each = {n: (cudnn / n, f2 / n) for n, (cudnn, f2) in LAVIN_GRAY.items()}
    assert each[8][0] > 2.9 * each[2][0] and each[8][1] < each[2][1]


def test_the_picture_at_the_top_of_lesson_08_is_the_one_that_the_figure_draws():
    stored = (ROOT / "images" / "wrap_around.svg").read_text(encoding="utf-8")
    assert stored == windows([(8, 3, 0), (8, 5, 0)]).svg + "\n"


@pytest.fixture(scope="module")
def spectra():
    return run_lesson("08_fft_and_which_algorithm_when")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("waves", r"(frequency \d: the result is the wave times .*; everywhere the same: True\n?){4}"),
        ("theorem-code", "round the circle: True"),
        ("layer-or-circle", "14 of 14\nresults in all: 16\nthe last two: True"),
        ("padded", "1 zero behind: .*; y7, y8 run over the end.* 2 zeros behind: .*; y8, y9 run over the end"),
        ("deck-count", r"as the definition: True\n{'forward': 384, 'back': 192}"),
        ("moved-out-count", r"equal: True\n{'forward': 72, 'back': 32} formula: 72 32"),
        ("moved-out-time", r"takes [\d.]+ times as long"),
        ("excerpt", "xp.matmul|matmul"),
        ("measured", r" 3 x 3 +FFT [\d.]+ times as fast; operations: 1\.4 times fewer(.|\n)*13 x 13 .*21\.6 times"),
        (
            "published",
            r"L1: .* 12\.6, time under the roof 1\.45, time, measured 0\.98\d; L2: .* measured 5\.3; L3.* 8\.83",
        ),
        ("networks", r"AlexNet: .* 1\.3 times as long\nVGG-A: fbfft 1092 ms, cuDNN R4 529 ms: 2\.1 times"),
        ("measure", r"^\d+ of 60 sizes, each with 5 algorithms"),
        ("map", "batch 1: kernel 1, channels 4, image 14: im2col, 1;"),
        ("record", "TFLOP/s|Nobody has recorded"),
    ],
)
def test_lesson_08_shows_what_its_text_says(spectra, cell, shown):
    assert re.search(shown, spectra[cell]), spectra[cell]


def test_the_sign_of_the_spectrum_of_lesson_08_is_the_opposite_of_what_the_wave_says(spectra):
    waves = [complex(found) for found in re.findall(r"times (\S+);", spectra["waves"])]
    numbers = [complex(found.replace(" ", "")) for found in re.findall(r"[-\d.]+ *[+-][\d.]+ *j", spectra["numbers"])]
    assert len(waves) == 4 and np.allclose(np.conj(waves), numbers, atol=2e-3)


def test_operations_of_lesson_08_grow_with_the_filter_by_definition_and_hardly_by_spectra(spectra):
    found = re.findall(r"from ([\d.]+) at 3 to ([\d.]+) at 13", spectra["counts"])
    growth = [float(last) / float(first) for first, last in found]
    assert growth[0] == pytest.approx((13 / 3) ** 2, rel=0.01) and 1 < growth[1] < 1.4


def test_the_roof_foretells_the_published_times_of_lesson_08_and_operations_do_not(spectra):
    numbers = r"operations (\d+\.?\d*), time under the roof (\d+\.?\d*), time, measured (\d+\.?\d*)"
    found = re.findall(numbers, spectra["published"])
    layers = [[float(number.rstrip(".")) for number in layer] for layer in found]
    assert len(layers) == 5 and all(1 / 2 < roof / measured < 2 for _, roof, measured in layers)
    assert max(operations / measured for operations, _, measured in layers) > 10


def test_tiles_of_lesson_08_are_best_where_they_fit():
    shape = (8, 64, 112, 112), (64, 64, 5, 5)
    counts = {t: fft.count(*shape, padding=2, tile=t) for t in (8, 12, 16, 24, 32, 48, 64, 96, 116)}
    assert min(counts, key=lambda t: counts[t].flops) == min(counts, key=lambda t: counts[t].workspace) == 32


def test_the_map_shows_every_point_and_its_winner(spectra):
    places = re.findall(r"kernel \d+, channels \d+, image \d+: [^,;]+(?:, tiles)?, [\d.]+", spectra["map"])
    assert len(places) == int(spectra["measure"].split()[0]) > 5


FUNCTIONS = [
    *(("ex07_winograd", q, f) for q, f in (("short", "filter_part"), ("short", "result_part"), ("tile", "data_tile"))),
    *(("ex07_winograd", q, f) for q, f in (("layer", "filters"), ("layer", "results"), ("gain", "gain"))),
    *(("ex07_winograd", "matrices", f) for f in ("cook_toom",)),
    *(("ex08_fft_and_which_algorithm_when", "circle", f) for f in ("around", "spoiled", "length_needed")),
    *(("ex08_fft_and_which_algorithm_when", "plane", f) for f in ("image_spectrum", "from_spectrum")),
    *(("ex08_fft_and_which_algorithm_when", "layer", f) for f in ("image_planes", "between", "cut_results")),
    *(("ex08_fft_and_which_algorithm_when", "tiles", f) for f in ("cut_tiles", "join")),
    *(("ex08_fft_and_which_algorithm_when", "crossover", f) for f in ("by_definition", "by_fft", "crossover")),
]
ODD = [None, 3, "", (1,), float("nan"), [[1, 2], [3]], {"a": 1}, np.ones((2, 2)), np.array([1j]), [None] * 4, [[]] * 4]


@pytest.mark.parametrize("value", [*ODD, ([], [], [], []), ([[1]], [[1]], [[1]], 3)], ids=str)
@pytest.mark.parametrize(("name", "question", "function"), FUNCTIONS)
def test_anything_in_place_of_an_answer_is_refused_in_words(name, question, function, value):
    exercise = exercises.find(name)
    result = Check(exercise, exercise.namespace() | {function: lambda *args: value})(question)
    assert not result.passed and "Traceback" not in str(result)


def test_a_layer_by_its_definition_cannot_be_smuggled_into_the_sixteen_products():
    """Whoever sees only x cannot hand over results, and whoever sees only w cannot either."""
    exercise = exercises.find("ex07_winograd")
    last = {}

    def data(x):
        last["x"] = x
        return exercise.namespace()["data"](x)

    def filters(w):
        last["w"] = w
        return exercise.namespace()["filters"](w)

    def results(M, H, W):
        windows_ = np.lib.stride_tricks.sliding_window_view(last["x"], (3, 3), (1, 2))
        return np.einsum("chwrs,kcrs->khw", windows_, last["w"])

    cheat = exercise.namespace() | {"data": data, "filters": filters, "results": results}
    rows = Check(exercise, cheat)("layer").rows
    assert not rows[-1].passed


def test_the_map_of_lesson_08_is_drawn_from_a_record_of_a_gpu_too():
    notebook = nbformat.read(ROOT / "notebooks" / "08_fft_and_which_algorithm_when.ipynb", 4)
    names = {"choice": choice}
    exec(next(cell.source for cell in notebook.cells if cell.id == "map-code"), names)  # noqa: S102  the lesson's own
    ratio = {name: 1 / (place + 1) for place, name in enumerate(EVERY)}
    points = [Point(kernel, 64, 16, 28, dict.fromkeys(EVERY, 1e-3), ratio) for kernel in (1, 3)]
    last = names["SHORT"].get(list(EVERY)[-1], list(EVERY)[-1])
    assert f"kernel 3, channels 64, image 28: {last}, {len(EVERY)}" in names["which_when"](points, EVERY).alt
