"""Every exercise of the course: its starter fails, its reference passes, each known mistake is told apart."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_lib.grading import exercises, notebook, release, selftest
from course_lib.grading.answer import STUB, Answer
from course_lib.grading.examine import examine
from course_lib.grading.instant import Check

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = [exercises.find(name) for name in exercises.names()]
QUESTIONS = [
    pytest.param(exercise, question, id=f"{exercise.name}-{question}")
    for exercise in EXERCISES
    for question in exercise.tests
]
KNOWN = {
    kind: [
        pytest.param(exercise, question, known, id=f"{exercise.name}-{question}-{known.name}")
        for exercise in EXERCISES
        for question in exercise.tests
        for known in (exercise.mistakes(question) if kind == "wrong" else exercise.others(question))
    ]
    for kind in ("wrong", "other")
}


def seeded(seed):
    return lambda test: np.random.default_rng([seed, *test.__name__.encode()])


def ask(exercise, question, seed=0, **replaced):
    names = exercise.namespace(**replaced)
    return examine(exercise, question, lambda: Answer(names), seeded(seed), exercise.reference | replaced)


def starter(exercise):
    """Question -> the answer cell of the notebook that learners get."""
    return notebook.answers(notebook.cells(json.loads(release.text(ROOT / "solutions" / f"{exercise.name}.ipynb"))))


def test_exercises_is_what_the_masters_generate():
    assert release.main(ROOT, check=True) == 0


@pytest.mark.parametrize(("exercise", "question"), QUESTIONS)
def test_the_untouched_starter_fails_every_test_and_says_where_to_write(exercise, question):
    result = ask(exercise, question, **starter(exercise))
    assert not any(row.passed for row in result.rows)
    assert STUB in str(result) and "not written yet" in str(result)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_with_every_seed_the_reference_passes_and_what_is_not_written_fails_every_test(exercise):
    """`course selftest --seeds 100` tries more of them, in .ci/run."""
    selftest.seeds(exercise, 5)


@pytest.mark.parametrize(("exercise", "question"), QUESTIONS)
def test_a_question_has_three_mistakes_and_another_right_answer_at_least(exercise, question):
    sentences = [mistake.sentence for mistake in exercise.mistakes(question)]
    assert len(set(sentences)) == len(sentences) >= 3 and all(sentences)
    assert exercise.others(question)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of an overflow learners are warned, and their code goes on
@pytest.mark.parametrize(("exercise", "question", "mistake"), KNOWN["wrong"])
def test_a_known_mistake_fails_with_its_own_sentence_and_no_other(exercise, question, mistake):
    for seed in range(3):
        result = ask(exercise, question, seed, **{question: mistake.source})
        said = {row.likely for row in result.rows if not row.passed}
        assert said == {mistake.sentence}, f"seed {seed}\n{result}"
        assert all(row.came for row in result.rows if not row.passed)


@pytest.mark.parametrize(("exercise", "question", "other"), KNOWN["other"])
def test_a_right_answer_written_differently_passes(exercise, question, other):
    result = ask(exercise, question, **{question: other.source})
    assert result.passed, str(result)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_an_untouched_exercise_runs_to_its_end(exercise, capsys):
    """As by *Run All Cells*; check() at the end repeats what the checks have said."""
    namespace = {}
    for cell in notebook.cells(notebook.load(ROOT / "exercises" / f"{exercise.name}.ipynb")):
        if cell.kind == "code" and cell.id != "check-all":
            exec(compile(cell.source, f"cell {cell.id}", "exec"), namespace)  # noqa: S102  the course's own cells
    assert "This cell builds on your answer" in capsys.readouterr().out


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_a_starter_differs_from_its_master_only_in_its_holes(exercise):
    master = notebook.load(ROOT / "solutions" / f"{exercise.name}.ipynb")["cells"]
    made = json.loads(release.text(ROOT / "solutions" / f"{exercise.name}.ipynb"))["cells"]
    for ours, theirs in zip(master, made, strict=True):
        [cell] = notebook.cells({"cells": [ours]})
        if cell.role == "answer":
            kept = iter("".join(ours["source"]).splitlines())
            holes = ("NotImplementedError", STUB)
            assert all(
                line in kept for line in "".join(theirs["source"]).splitlines() if not any(h in line for h in holes)
            )
            ours, theirs = {**ours, "source": ""}, {**theirs, "source": ""}
        if cell.kind == "code":
            ours = {**ours, "outputs": [], "execution_count": None}
        assert ours == theirs


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
@pytest.mark.parametrize("folder", ["solutions", "exercises"])
def test_nbgrader_accepts_the_metadata(exercise, folder):
    """What nbgrader 0.9's validator of schema 3 asks for, written out."""
    found, ids = notebook.load(ROOT / folder / f"{exercise.name}.ipynb")["cells"], set()
    for cell in found:
        if "nbgrader" in cell["metadata"]:
            marks = cell["metadata"]["nbgrader"]
            assert marks["schema_version"] == 3 and marks["grade_id"] and marks["grade_id"] not in ids
            assert all(type(marks[key]) is bool for key in ("grade", "solution", "locked", "task"))
            assert not marks["task"] and cell["cell_type"] == "code"
            assert ("points" in marks) == marks["grade"]
            ids.add(marks["grade_id"])


def course_check(path, **options):
    command = [sys.executable, "-m", "course_lib.cli", "check", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_course_check_knows_the_reference_and_the_starter_wherever_they_are_and_whatever_they_are_called(
    exercise, tmp_path
):
    for folder, status in (("solutions", 0), ("exercises", 1)):
        copy = tmp_path / f"my {folder}.ipynb"
        copy.write_bytes((ROOT / folder / f"{exercise.name}.ipynb").read_bytes())
        done = course_check(copy, cwd=tmp_path)
        assert done.returncode == status, done.stdout + done.stderr
        assert done.stdout.startswith(exercise.title) and not done.stderr
        assert all(question in done.stdout for question in exercise.tests)
        assert done.stdout.count("passed") == (len(exercise.tests) if status == 0 else 0)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"cells": []}'])
def test_course_check_says_in_one_line_why_a_file_is_no_exercise(content, tmp_path):
    path = tmp_path / "mine.ipynb"
    if content is not None:
        path.write_text(content)
    done = course_check(path)
    assert done.returncode == 2 and not done.stdout
    assert str(path) in done.stderr and done.stderr.count("\n") == 1


def test_a_notebook_with_everything_broken_is_checked_to_the_end(tmp_path):
    exercise = exercises.find("ex02_matrix_multiplication")
    raw = notebook.load(ROOT / "solutions" / f"{exercise.name}.ipynb")
    broken = {
        "grid": "1 / 0",
        "bounds": 'naive_kernel = "int x = ;"',
        "tiled": "import os; os._exit(1)",
        "words": "def f(:",
    }
    for cell, seen in zip(raw["cells"], notebook.cells(raw), strict=True):
        if seen.role == "answer":
            cell["source"] = broken.get(seen.name, seen.source)
    path = tmp_path / "broken.ipynb"
    path.write_text(json.dumps(raw))
    done = course_check(path)
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    for said in ("ZeroDivisionError: division by zero", "CompileError", "when its process ended", "SyntaxError"):
        assert said in done.stdout


# What follows is about exercise 02 alone.

EX02 = exercises.find("ex02_matrix_multiplication")
KERNEL = EX02.namespace()["tiled_kernel"]


def kernel_result(question, name, source):
    return str(Check(EX02, EX02.namespace() | {name: source})(question))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("        __syncthreads();\n        for", "        for", "a barrier is missing between loading and using"),
        (" < (k + TILE - 1) / TILE;", " <= (k - TILE) / TILE && k >= TILE;", "round the number of tiles up"),
        ("float sum = 0;", "float sum = 0;\n    if (!(row < m) | !(col < n)) return;", "not write"),
    ],
)
def test_a_mistake_in_a_kernel_is_recognised_in_another_spelling(old, new, sentence):
    assert old in KERNEL
    assert sentence in " ".join(kernel_result("tiled", "tiled_kernel", KERNEL.replace(old, new)).split())


def test_a_compile_error_shows_the_compilers_words_and_the_learners_line():
    said = kernel_result("tiled", "tiled_kernel", KERNEL.replace("float sum = 0;", "float sum = 0"))
    line = KERNEL[: KERNEL.index("for (int t")].count("\n") + 1  # where the compiler misses the semicolon
    assert f'tiled_kernel({line}): error: expected a ";"' in said
    assert "likely" not in said and len(said.splitlines()) < 25


def test_a_launch_that_is_refused_for_another_reason_is_not_called_the_known_mistake():
    wrong = """def matmul(source, A, B, tile=16):
    kernel = gpu.compile(source, TILE=tile).get_function("matmul")
    kernel((1, 1), (tile, tile), (gpu.asarray(A), gpu.asarray(B)))"""
    said = str(Check(EX02, EX02.namespace(host=wrong))("host"))
    assert "takes 6 arguments" in said and "likely" not in said


def test_an_access_out_of_bounds_names_what_was_asked_and_array_index_and_thread():
    said = kernel_result("tiled", "tiled_kernel", KERNEL.replace("down < k && col < n", "true"))
    said = " ".join(said.split())
    for part in ("tiled_kernel: matmul(float32[", "block (8, 8), TILE=8", "OutOfBounds", " B", "thread (", "line "):
        assert part in said


def test_a_kernel_that_never_ends_is_stopped_and_named(monkeypatch):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "1")
    said = kernel_result("bounds", "naive_kernel", EX02.namespace()["naive_kernel"].replace("++e", "e += 0"))
    assert "KernelTimeout" in said


@pytest.mark.parametrize("value", [None, 3, "", "int f() { return 1; }", lambda: None, b"bytes"])
def test_anything_in_place_of_a_kernel_is_refused_in_words(value):
    said = kernel_result("bounds", "naive_kernel", value)
    assert "not yet" in said and "Traceback" not in said


@pytest.mark.parametrize("grid", [None, 3, (1, 1, 1), "11", (0, 0), ((1, 1), 1), [np.ones(2)], {"x": 1}, float("nan")])
def test_anything_in_place_of_a_grid_is_refused_in_words(grid):
    result = Check(EX02, {"grid_for": lambda m, n, block: grid})("grid")
    assert not result.passed and result.rows[0].came and result.rows[0].expected == "(1, 1)"


def test_the_check_runs_on_the_glass_gpu_whatever_the_machine_has(monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "cuda")
    assert ask(EX02, "tiled").passed


def test_a_kernel_that_keeps_the_starters_line_is_judged_by_what_it_does():
    kept = KERNEL.replace("// BEGIN SOLUTION", f"// {STUB} (about 10 lines)")
    assert "tiled: passed" in kernel_result("tiled", "tiled_kernel", kept)
    said = kernel_result("tiled", "tiled_kernel", kept.replace("(k + TILE - 1)", "k"))
    assert "round the number of tiles up" in " ".join(said.split()) and "not written yet" not in said


def test_a_kernel_that_writes_nothing_is_not_called_unwritten():
    said = kernel_result("tiled", "tiled_kernel", KERNEL.replace("if (row < m && col < n)", "if (row < 0)"))
    assert "64 of 64 elements were never written" in said and "not written yet" not in said


# What follows is about exercise 03 alone.

EX03 = exercises.find("ex03_memory")
FAULTS = EX03.tests["maximum"][0].__globals__["FAULTS"]
LAUNCHES = {
    "maximum": lambda x: ((3,), (128,), [x, np.zeros(3, "f4")]),
    "softmax": lambda x: ((3,), (128,), [x, np.zeros(384, "f4")]),
    "total": lambda x: ((3,), (128,), [x, np.zeros(3, "f4"), np.zeros(1, "f4"), np.int32(384)]),
}


@pytest.mark.parametrize("question", FAULTS)
def test_what_is_asked_for_in_a_broken_kernel_is_what_check_finds_there(question):
    grid, block, args = LAUNCHES[question](np.linspace(0, 1, 384, dtype="f4"))
    ran = Answer(EX03.namespace()).check(f"broken_{question}", question, grid, block, args)
    kinds, lines = FAULTS[question]
    assert ran.findings and {finding["kind"] for finding in ran.findings} <= kinds
    assert {line for f in ran.findings for line in (f["line"], f["other_line"]) if line} == lines


@pytest.mark.parametrize("fault", [None, "race", ("race",), ("race", "12"), (12, "race"), {"race": 12}, ("race", None)])
def test_anything_in_place_of_a_diagnosis_is_refused_in_words_that_do_not_tell_it(fault):
    result = Check(EX03, EX03.namespace() | {"softmax_fault": lambda: fault})("softmax")
    assert not result.rows[0].passed and "out of bounds" in result.rows[0].expected
    assert all(row.passed for row in result.rows[1:])


@pytest.mark.parametrize(("fault", "half"), [(("race", 3), "kind is right"), (("trap", 13), "line is right")])
def test_a_diagnosis_that_is_half_right_is_told_which_half(fault, half):
    assert half in str(Check(EX03, EX03.namespace() | {"softmax_fault": lambda: fault})("softmax"))


@pytest.mark.parametrize("question", FAULTS)
def test_to_copy_a_broken_kernel_as_it_is_earns_nothing_for_the_mend(question):
    names = EX03.namespace()
    result = Check(EX03, names | {f"{question}_kernel": names[f"broken_{question}"]})(question)
    assert [row.passed for row in result.rows][:2] == [True, False]
    assert "kernel.check finds no mistake" in result.rows[1].expected or "wrong" in result.rows[1].came
