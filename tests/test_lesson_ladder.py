"""Lesson 04 and exercise 04, on the ladder of matrix multiplication: what they show is what their texts say."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from test_lessons import ROOT, run_lesson

from course_lib.figures.dots import dots
from course_lib.figures.tiles import Level, nested
from course_lib.grading import exercises
from course_lib.grading.answer import Answer
from course_lib.grading.instant import Check
from course_lib.matmul.measure import RUNGS
from course_lib.matmul.records import Record


def test_the_picture_at_the_top_of_lesson_04_is_the_one_that_the_figure_draws():
    levels = [
        Level("C: 1024 × 1024", (8, 8), (2, 4), ("8 × 8 blocks", "A, B, C in global memory")),
        Level(
            "a block: 128 × 128",
            (2, 4),
            (0, 1),
            ("2 × 4 warps", "a, b in shared memory:", "each word brought is used", "128 times"),
        ),
        Level("a warp: 64 × 32", (8, 4), (3, 1), ("8 × 4 threads", "lanes that want the same", "word get it together")),
        Level("a thread: 8 × 8", (8, 8), (2, 5), ("64 sums in registers:", "16 words read for", "64 multiply-adds")),
    ]
    stored = (ROOT / "images" / "tiles_in_tiles.svg").read_text(encoding="utf-8")
    assert stored == nested(levels).svg + "\n"


@pytest.fixture(scope="module")
def limit():
    return run_lesson("04_matmul_to_the_limit")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("host", r"its kernel for \w+, \d+ threads(.|\n)*Gflop/s, .* operations for each byte"),
        ("intensity", "T = 32: 8 in float32(.|\n)*ridges of an H200: 14, 206"),
        ("roofline", r"T = 32, 8 operations a byte, may reach 57% of H200(.|\n)*measured: NumPy, 1024"),
        ("counted-intensity", r"01.*: 0\.25 .* 274,432 sectors\n02.*: 0\.25 .* 41,472 sectors\n03.*: 8 operations"),
        ("pace", r"03 tiled: memory, without caches 2\.\d+, load/store unit 8\.\d+, issue slots"),
        ("climb", r"1\.12 shared loads, 1\.16 passes, 3\.3 instructions(.|\n)*the load/store unit"),
        ("rung-05", r"0\.375 shared loads, 0\.406 passes, 2\.3 instructions(.|\n)*the issue slots"),
        (
            "registers",
            r" 8 x 8  0\.25 loads .*\n.* 16 of 64 warps \(registers\), 0 bytes(.|\n)*16 x 16 .*\n.* [1-9]\d+ bytes",
        ),
        ("registers", r" 2 x 2 .*\n +48 of 64 warps"),
        ("rung-06", r"0\.0938 shared loads, 0\.406 passes, 1\.3 instructions"),
        ("rung-07", "06 vectorised: 64 barriers(.|\n)*07 double-buffered: 32 barriers"),
        ("forgotten", r"begins \[nan nan nan nan\](.|\n)*1 finding(.|\n)*unfinished copy \(32 times\)"),
        ("mended", "no mistake found"),
        (
            "rung-08",
            r"144 words for 2048(.|\n)*96 words for 2048(.|\n)*128 words for 4096(.|\n)*0\.0781 shared loads",
        ),
        ("rung-08", r"0\.344 passes, 1\.5 instructions"),
        (
            "one-mma",
            r"one instruction: 2048(.|\n)*Lane 5 holds \(1, 2\) in r0, \(1, 3\) in r1, \(9, 2\) in r2, \(9, 3\)",
        ),
        ("swizzle", "2 words in one, 2 passes.*swizzled: each lane hits a bank of its own"),
        ("swizzle-count", "SWIZZLE 0: 8 passes.*needed: 4\nSWIZZLE 1: 4 passes.*needed: 4"),
        ("rung-10", r"0\.0\d+ passes, 0\.[2-5] instructions\npasses in vain: 0"),
        ("hopper-needs", r"168 registers a thread, no spills(.|\n)*85 operations a byte"),
        ("published", r"03 tiled: .*H100.* 18%.*; 06 vectorised: .*H100.* 62%(.|\n)*11 wgmma and TMA"),
        ("records", "TFLOP/s and share of cuBLAS|Nobody has recorded"),
    ],
)
def test_lesson_04_shows_what_its_text_says(limit, cell, shown):
    assert re.search(shown, limit[cell]), limit[cell]


def test_each_rung_of_lesson_04_has_less_in_its_way_than_the_one_it_comes_from(limit):
    found = re.findall(r"(\d\d) [^:;]*: memory[^;]*load/store unit ([\d.]+), issue slots ([\d.]*\d)", limit["ladder"])
    slowest = {rung: max(float(unit), float(slots)) for rung, unit, slots in found}
    assert len(slowest) == 8
    steps = [("01", "02"), ("03", "04"), ("04", "05"), ("05", "06"), ("07", "08")]
    assert all(slowest[later] < slowest[before] for before, later in steps), slowest


EX04 = exercises.find("ex04_matmul_to_the_limit")


def test_a_record_is_shown_beside_what_the_counts_allow():
    """Where there is a GPU's record; the lesson's own cell, with counts and a record of a test."""
    lesson = nbformat.read(ROOT / "notebooks" / "04_matmul_to_the_limit.ipynb", 4)
    shown, times = [], [{"rung": "tiled", "size": 4096, "format": "float32", "tflops": 9.0, "share_of_cublas": 0.18}]
    times.append({"rung": "naive", "size": 4096, "format": "float32", "skipped": "too long"})
    names = {
        "RUNGS": RUNGS,
        "dots": dots,
        "display": lambda *what: shown.extend(what),
        "ladder": {f"{number:02} {rung}": number for number, rung in enumerate(RUNGS["float32"], 1)},
        "pace": lambda number: {"memory, without caches": 99, "load/store unit": 10 / number, "issue slots": 1},
        "records": lambda: [Record({"times": times}, Path("matmul_x.json"))],
    }
    exec(next(cell.source for cell in lesson.cells if cell.id == "records"), names)  # noqa: S102  the lesson's own
    record, picture = shown
    assert record.share("tiled", 4096) == 0.18
    assert picture.alt.startswith("share of cuBLAS's speed, 4,096 rows. 01 uncoalesced: allowed, as counted 10%; ")
    assert "02 naive: allowed, as counted 20%; 03 tiled: allowed, as counted 30%, timed 18%; " in picture.alt


QUESTIONS = {"intensity": "roof", "attainable": "roof", "resident": "resident", "holder": "holder", "held": "holder"}
QUESTIONS["pipeline_fault"] = "pipeline"


def test_what_is_asked_for_in_the_broken_pipeline_is_what_check_finds_there():
    x = np.linspace(0, 1, 384, dtype="f4")
    ran = Answer(EX04.namespace()).check(
        "broken_pipeline", "turned", (2,), (64,), [x, np.zeros(128, "f4"), np.int32(3)]
    )
    asked = EX04.tests["pipeline"][0].__globals__
    assert {finding["kind"] for finding in ran.findings} == asked["KINDS"]
    assert {line for f in ran.findings for line in (f["line"], f["other_line"])} == asked["LINES"]


def test_to_copy_the_broken_pipeline_as_it_is_earns_nothing_for_the_mend():
    names = EX04.namespace()
    result = Check(EX04, names | {"pipeline_kernel": names["broken_pipeline"]})("pipeline")
    assert [row.passed for row in result.rows][:2] == [True, False]


@pytest.mark.parametrize("value", [None, 3, "", (1,), float("nan"), [1, 2, 3], {"lane": 1}])
@pytest.mark.parametrize("name", QUESTIONS)
def test_anything_in_place_of_a_value_of_exercise_04_is_refused_in_words(name, value):
    question = {"intensity": "roof", "attainable": "roof", "held": "holder", "pipeline_fault": "pipeline"}.get(
        name, name
    )
    result = Check(EX04, EX04.namespace() | {name: lambda *args: value})(question)
    assert not result.passed and "Traceback" not in str(result)
