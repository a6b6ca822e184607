"""Exercises are made from masters: the same but for the holes, the same each time, and never over somebody's work."""

import json

import pytest
import small_exercise as small
from small_exercise import NAME, TESTS, cell, cells, check_cell, setup_cell

from course_lib.grading import exercises, release
from course_lib.grading.exercises import ExerciseError
from course_lib.grading.master import ReleaseError
from course_lib.grading.notebook import NotebookError


def released(root):
    return json.loads((root / "exercises" / f"{NAME}.ipynb").read_text())


def source(found):
    return "".join(found["source"])


def test_a_hole_says_what_to_do_and_how_large_it_is(tmp_path):
    small.write(tmp_path)
    assert release.main(tmp_path) == 0
    sources = {found["id"]: source(found) for found in released(tmp_path)["cells"]}
    assert sources["double"] == (
        "def double(x):\n    # your code here (about 1 line)\n"
        '    raise NotImplementedError("double is not written yet")'
    )
    assert "void f()\n{\n    // your code here (about 2 lines)\n}" in sources["total"]
    assert "SOLUTION" not in json.dumps(sources) and "2 * x" not in sources["double"]


def test_a_starter_differs_from_its_master_only_in_the_holes(tmp_path):
    master = json.loads(small.write(tmp_path).read_text())
    release.main(tmp_path)
    made = released(tmp_path)
    assert made["metadata"] == master["metadata"] and len(made["cells"]) == len(master["cells"])
    for ours, theirs in zip(master["cells"], made["cells"], strict=True):
        assert {**ours, "source": 0} == {**theirs, "source": 0}
        assert ours["source"] == source(theirs) or ours["metadata"]["nbgrader"]["solution"]


def test_outputs_are_left_out(tmp_path):
    run = cells()
    run[2] |= {"execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": "hello"}]}
    small.write(tmp_path, run)
    release.main(tmp_path)
    assert (released(tmp_path)["cells"][2]["outputs"], released(tmp_path)["cells"][2]["execution_count"]) == ([], None)


def test_releasing_twice_changes_nothing(tmp_path):
    small.write(tmp_path)
    release.main(tmp_path)
    path = tmp_path / "exercises" / f"{NAME}.ipynb"
    first, when = path.read_bytes(), path.stat().st_mtime_ns
    assert release.main(tmp_path) == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (first, when)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_the_check_names_what_is_missing_stale_or_extra_and_writes_nothing(tmp_path, capsys):
    small.write(tmp_path)
    assert release.main(tmp_path, check=True) == 1
    assert f"{NAME}.ipynb: missing" in capsys.readouterr().out and not (tmp_path / "exercises").exists()
    release.main(tmp_path)
    assert release.main(tmp_path, check=True) == 0
    path = tmp_path / "exercises" / f"{NAME}.ipynb"
    path.write_text(path.read_text().replace("about 1 line", "about 9 lines"))
    (tmp_path / "exercises" / "ex91_gone.ipynb").write_text("{}")
    stale = path.read_text()
    capsys.readouterr()
    assert release.main(tmp_path, check=True) == 1
    said = capsys.readouterr().out
    assert f"{NAME}.ipynb: not what its master generates (cell double differs)" in said
    assert "ex91_gone.ipynb: has no master" in said and path.read_text() == stale


def test_a_stale_starter_is_replaced_but_not_one_that_somebody_has_worked_in(tmp_path):
    small.write(tmp_path)
    release.main(tmp_path)
    path = tmp_path / "exercises" / f"{NAME}.ipynb"
    path.write_text(path.read_text().replace("about 1 line", "about 9 lines"))
    assert release.main(tmp_path) == 0 and "about 1 line" in path.read_text()
    worked = path.read_text().replace("# your code here (about 1 line)", "return 2 * x")
    path.write_text(worked)
    with pytest.raises(ReleaseError, match="holds somebody's work .cell double is filled in. and was not overwritten"):
        release.main(tmp_path)
    assert path.read_text() == worked


def replaced(name, **changes):
    """The right cells, with one of them changed."""
    return [found | changes if found["id"] == name else found for found in cells()]


def marked(name, **marks):
    return [
        {**found, "metadata": {"nbgrader": found["metadata"]["nbgrader"] | marks}} if found["id"] == name else found
        for found in cells()
    ]


B, E = "### BEGIN SOLUTION", "### END SOLUTION"


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (replaced("double", source=f"a\n{B}\nb"), "cell double: BEGIN SOLUTION has no partner"),
        (replaced("double", source=f"a\n{E}\nb"), "cell double: '### END SOLUTION' has no partner"),
        (replaced("double", source=f"{B}\na\n{B}\nb\n{E}"), "cell double: '### BEGIN SOLUTION' has no partner"),
        (replaced("double", source=f"{B}\na\n// END SOLUTION"), "cell double: '// END SOLUTION' has no partner"),
        (replaced("double", source="a\n# BEGIN SOLUTION\nb"), "cell double: '# BEGIN SOLUTION' is no marker"),
        (replaced("double", source=f"{B}\n# nothing\n{E}"), "cell double: a solution region holds no code"),
        (replaced("double", source="def double(x):\n    return 2 * x"), "cell double: nothing is marked as solution"),
        (replaced("setup", source=f"{B}\na\n{E}"), "cell setup: it holds a solution marker but is no answer cell"),
        (
            replaced("setup", source="from course_lib.matmul import launch"),
            "cell setup: .* no course_lib.matmul.launch",
        ),
        (replaced("double", id="total"), "cell total: its cell id is missing or used twice"),
        (replaced("double", id=None), "cell double: its cell id is missing or used twice"),
        (replaced("double", metadata={"nbgrader": {"solution": True}}), "cell double: .* has no grade_id"),
        (marked("double", grade_id="total"), "cell total: another cell has this grade_id"),
        (marked("double", grade_id="do uble"), "cell do uble: its grade_id may hold letters"),
        (marked("double", schema_version=2), "cell double: its nbgrader schema_version is 2; it must be 3"),
        (marked("double", locked=True), "cell double: a cell that is answer needs locked: false"),
        (marked("double", grade=True, points=1), "cell double: marks by hand are not supported"),
        (marked("double", colour="red"), "cell double: its nbgrader metadata has 'colour'"),
        (marked("check-double", points=2), "cell check-double: it says 2 points, but its tests add up to 3"),
        (marked("check-double", points="3"), "cell check-double: a check cell needs points, a whole number"),
        (marked(NAME, grade_id="ex91_other"), f"no locked setup cell has the grade_id {NAME}"),
        (replaced("check-double", source="check('double')"), 'cell check-double: its source must be check."double".'),
        ([c for c in cells() if c["id"] != "check-double"], "cell double: it has no check cell"),
        ([c for c in cells() if c["id"] != "double"], "cell check-double: it checks 'double', but no answer cell"),
        ([c for c in cells() if "double" not in c["id"]], "a test is for 'double', but no answer cell"),
        ([*cells(), cell("x", "new"), check_cell("new", 0)], "cell new: it has no test"),
        ([*cells(), cell("x", "prose", kind="markdown")], "cell prose: marks by hand are not supported"),
        ([*cells(), "no cell"], "a cell is not of nbformat 4"),
        ([*cells(), setup_cell("x", "more") | {"extra": 1}], "is not of nbformat 4"),
    ],
)
def test_a_master_with_a_mistake_is_refused_in_one_sentence_that_names_notebook_and_cell(tmp_path, broken, sentence):
    small.write(tmp_path, broken)
    with pytest.raises(ReleaseError, match=sentence) as caught:
        release.main(tmp_path)
    assert NAME in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "exercises").exists()


def test_a_master_without_tests_is_refused(tmp_path):
    small.write(tmp_path, tests=None)
    with pytest.raises(ReleaseError, match=f"{NAME}.ipynb: has no tests; write them in {NAME}.py"):
        release.main(tmp_path)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("def broken(:", "ex90_small.py, line 1: SyntaxError: .*; mend it first"),
        ("x = 1 / 0", "ex90_small.py, line 1: ZeroDivisionError: division by zero; mend it first"),
        ("from course_lib import nothing", "ex90_small.py, line 1: ImportError: .*; mend it first"),
    ],
)
def test_tests_that_cannot_be_read_are_refused_in_one_sentence_with_the_line(tmp_path, line, sentence):
    small.write(tmp_path, tests=f"{line}\n{TESTS}")
    with pytest.raises(ExerciseError, match=sentence):
        exercises.find(NAME, tmp_path / "solutions")


def test_a_known_mistake_that_is_no_python_is_refused_with_its_line(tmp_path):
    small.write(tmp_path)
    folder = tmp_path / "solutions" / "wrong" / NAME / "double"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cut_off.py").write_text("x = 1\ndef double(x:")
    with pytest.raises(ExerciseError, match="cut_off.py, line 2: SyntaxError: .*; mend it first"):
        exercises.find(NAME, tmp_path / "solutions").mistakes("double")


def test_a_test_for_a_question_that_is_not_there_is_refused(tmp_path):
    small.write(tmp_path, tests=TESTS + "\n@test('tripple', points=1)\ndef f(answer, rng): pass\n")
    with pytest.raises(ReleaseError, match="a test is for 'tripple'"):
        release.main(tmp_path)


def test_a_folder_without_masters_and_a_master_that_is_no_notebook_are_refused(tmp_path):
    with pytest.raises(ReleaseError, match="holds no master"):
        release.main(tmp_path)
    small.write(tmp_path).write_text("{")
    with pytest.raises(NotebookError, match="not valid JSON"):
        release.main(tmp_path)
