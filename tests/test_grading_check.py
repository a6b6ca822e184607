"""course check: a fresh process, in which no answer costs another one its points."""

import json
import os
from pathlib import Path

import pytest
import small_exercise as small
from small_exercise import NAME, REFERENCE, cell

from course_lib.grading import check, exercises, notebook, process
from course_lib.grading.exercises import ExerciseError
from course_lib.grading.notebook import NotebookError

RIGHT = {"double": "def double(x):\n    return 2 * x", "total": REFERENCE["total"]}


@pytest.fixture
def run(tmp_path):
    """What the check says of answers to the small exercise: {question: Result}."""
    small.write(tmp_path)
    exercise = exercises.find(NAME, tmp_path / "solutions")
    return lambda **answers: {found.question: found for found in process.check(exercise, {**RIGHT, **answers})}


def earned(results):
    return [result.earned for result in results.values()]


def test_right_answers_get_all_points(run):
    assert earned(run()) == [3, 1]


@pytest.mark.parametrize(
    "odd",
    [
        "%matplotlib inline\n!echo hello\ndef double(x): return 2 * x",
        "import warnings, sys\ndef double(x):\n    warnings.warn('slow'); print('x', file=sys.stderr); return x + x",
        "def helper(x): return x\n\ndouble = lambda x: 2 * helper(x)\ndouble",
        "print('much ' * 10**6)\ndef double(x): print('more' * 10**5); return 2 * x",
        "import os\nos.write(1, b'{\"result\": {}}\\n')\ndef double(x): return 2 * x",
        "get_ipython().run_line_magic('time', 'pass')\ndef double(x): return 2 * x",
    ],
)
def test_odd_but_right_answers_get_all_points(run, odd):
    assert earned(run(double=odd)) == [3, 1]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("1 / 0", "its cell raised ZeroDivisionError: division by zero"),
        ("def double(x:\n", "its cell raised SyntaxError"),
        ("raise SystemExit", "its cell raised SystemExit"),
        ("import os; os._exit(0)", "its cell was running when its process ended"),
        ("def double(x):\n    import os; os._exit(0)", "its check was running when its process ended"),
        ("def double(x):\n    raise SystemExit", "SystemExit"),
        ("double = None", "double should be a function, but it is None"),
        ("class double:\n    def __new__(cls, x): return cls\n    def __init__(self): 1 / 0", "an object of type type"),
        ("", "double is not defined"),
        ("input()", "its cell raised"),
        ("def double(x): return double(x)", "RecursionError"),
    ],
)
def test_a_broken_answer_costs_its_own_question_and_no_other(run, broken, said):
    results = run(double=broken)
    assert earned(results) == [0, 1] and said in str(results["double"])


@pytest.mark.parametrize("endless", ["while True: pass", "def double(x):\n    while True: pass"])
def test_an_answer_that_never_ends_costs_its_own_question_and_no_other(run, endless, monkeypatch):
    monkeypatch.setattr(process, "LIMIT", 3.0)
    results = run(double=endless)
    assert earned(results) == [0, 1] and "had not ended in time" in str(results["double"])


def test_a_check_that_cannot_run_does_not_blame_the_answers(tmp_path, monkeypatch):
    small.write(tmp_path)
    exercise = exercises.find(NAME, tmp_path / "solutions")
    (tmp_path / "solutions" / f"{NAME}.py").write_text("raise RuntimeError('broken tests')")
    with pytest.raises(process.CheckError, match="broken tests"):
        process.check(exercise, RIGHT)


def test_a_question_without_its_cell_is_lost_and_says_so(tmp_path):
    small.write(tmp_path)
    exercise = exercises.find(NAME, tmp_path / "solutions")
    first, second = process.check(exercise, {"total": RIGHT["total"]})
    assert (first.earned, first.points, second.earned) == (0, 3, 1)
    assert "its answer cell is not in this notebook" in str(first)


def test_of_two_copies_of_an_answer_the_last_counts():
    found = notebook.cells(small.notebook([cell("old", "double"), cell("new", "double")]))
    assert notebook.answers(found) == {"double": "new"}


def test_a_helper_that_is_defined_outside_the_answers_is_pointed_out(run):
    result = run(double="def double(x): return helper(x)")["double"]
    outside = [cell("%magic"), cell("import os\ndef helper(x):\n    return 2 * x"), cell("helper = 1", "double")]
    elsewhere = check.defined_outside_answers(notebook.cells(small.notebook(outside)))
    hint = "helper is defined in cell 2; only answer cells are marked, so define it in one of them"
    assert hint in str(check.with_hint(result, elsewhere))
    assert check.with_hint(result, {}) == result


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not a notebook: it is not valid JSON"),
        ("{" * 10**5, "is not a notebook: it is not valid JSON"),
        ("[1]", "is not a notebook: it has no list of cells"),
        ('{"cells": 3}', "is not a notebook: it has no list of cells"),
        (b"\xff\xfe\x00", "is not a notebook: it is not valid JSON"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_in_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "ex02_matrix_multiplication.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(NotebookError, match=sentence):
        check.main(path)


def test_a_missing_file_a_folder_and_a_strange_notebook_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(NotebookError, match="does not exist"):
        check.main(tmp_path / "none.ipynb")
    with pytest.raises(NotebookError, match="is a folder"):
        check.main(tmp_path)
    with pytest.raises(NotebookError, match="is no ordinary file"):
        check.main(Path("/dev/zero") if os.name == "posix" else Path("NUL"))
    other = tmp_path / "other.ipynb"
    other.write_text(
        json.dumps(small.notebook([cell("x = 1"), 3, {"cell_type": 1}, cell("y", "grid") | {"source": 5}]))
    )
    with pytest.raises(ExerciseError, match="is no exercise of the course.*ex02_matrix_multiplication"):
        check.main(other)
