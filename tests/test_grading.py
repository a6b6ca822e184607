"""What a test may ask of an answer, what it accepts, and what a learner is told."""

import os

import numpy as np
import pytest
from small_exercise import NAME, REFERENCE, write

from course_lib.grading import exercise, exercises, instant, mistakes, spec
from course_lib.grading.answer import Answer
from course_lib.grading.examine import examine
from course_lib.grading.exercises import ExerciseError
from course_lib.grading.instant import Check
from course_lib.grading.mistakes import recognise
from course_lib.grading.names import Opaque, plain
from course_lib.grading.result import Result, Row
from course_lib.grading.spec import AnswerError, Failed, dot_bound, expect_close, expect_value


class EqualToEverything:
    def __eq__(self, other):
        return True


@pytest.fixture
def small(tmp_path):
    write(tmp_path)
    return exercises.find(NAME, tmp_path / "solutions")


@pytest.mark.parametrize("came", [(2, 1), [2, 1], (np.int64(2), np.int32(1)), np.array([2, 1])])
def test_a_value_may_be_written_in_several_ways(came):
    expect_value("grid", plain(came), (2, 1))


@pytest.mark.parametrize("came", [(2.0, 1), (2, True), (1, 2), (2,), (2, 1, 1), None, 2, "(2, 1)", EqualToEverything()])
def test_a_value_that_is_not_the_expected_one_fails(came):
    with pytest.raises(Failed):
        expect_value("grid", plain(came), (2, 1))


ODD = {None: "is a return missing", "3": "which is a text", (1.0, 2.0): "// gives them", (1, 3): r"but \(1, 3\) came"}


@pytest.mark.parametrize("came", ODD)
def test_what_is_odd_about_a_type_is_said(came):
    with pytest.raises(Failed, match=ODD[came]):
        expect_value("f(1)", came, (1, 2))


def test_a_float_may_be_off_by_rounding_and_no_more():
    expect_value("sum", 0.1 + 0.2, 0.3)
    expect_value("sum", 3, 3.0)
    for came in (0.3000001, float("nan"), float("inf"), 10**400, True, "0.3", None):
        with pytest.raises(Failed):
            expect_value("sum", came, 0.3)


def product(rng, m=13, n=17, k=11, scale=1.0):
    A = (scale * rng.normal(size=(m, k))).astype("f4")
    B = rng.normal(size=(k, n)).astype("f4")
    return A, B, A.astype("f8") @ B


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("k", [1, 11, 1000])
def test_every_honest_float32_product_is_accepted_at_any_scale(scale, k):
    A, B, exact = product(np.random.default_rng(k), k=k, scale=scale)
    forwards, backwards = np.zeros_like(exact, "f4"), np.zeros_like(exact, "f4")
    for e in range(k):
        forwards += np.outer(A[:, e], B[e])
        backwards += np.outer(A[:, -1 - e], B[-1 - e])
    for came in (A @ B, forwards, backwards):
        expect_close("C", came, exact, dot_bound(A, B))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda C, A: np.zeros_like(C),
        lambda C, A: np.full_like(C, C.mean()),
        lambda C, A: np.full_like(C, np.nan),
        lambda C, A: np.where(C == C.max(), np.nan, C),
        lambda C, A: np.where(C == C.max(), np.inf, C),
        lambda C, A: C.T.copy().reshape(C.shape),
        lambda C, A: (C.view("u4") & np.uint32(0xFFFFE000)).view("f4"),
        lambda C, A: np.nextafter(C, C + 1) * (1 + 1e-5),
        lambda C, A: C[:-1],
        lambda C, A: C.ravel(),
        lambda C, A: A,
        lambda C, A: C.astype(str),
        lambda C, A: C.tolist(),
        lambda C, A: Opaque("C"),
        lambda C, A: None,
    ],
)
def test_what_is_not_the_product_fails_at_any_scale(spoil):
    for scale in (1e-6, 1.0, 1e6):
        A, B, exact = product(np.random.default_rng(1), scale=scale)
        with pytest.raises(Failed):
            expect_close("C", spoil((A @ B).astype("f4"), A), exact, dot_bound(A, B))


def test_a_failure_names_the_first_wrong_element_and_how_many_there_are():
    before, exact = np.full((3, 4), 1234.5, "f4"), np.arange(12.0).reshape(3, 4)
    came = exact.astype("f4")
    came[1, 2] = came[2, 0] = -1
    with pytest.raises(Failed, match=r"expected 6 at \[1, 2\], but -1 at \[1, 2\]; 2 of 12 elements are wrong"):
        expect_close("C", came, exact, np.zeros((3, 4)), before)
    came[2, 3] = before[2, 3]
    with pytest.raises(Failed, match=r"nothing at \[2, 3\]: 1 of 12 elements were never written"):
        expect_close("C", came, exact, np.zeros((3, 4)), before)
    came[:] = exact
    came[0, 1] = np.nan
    with pytest.raises(Failed, match=r"NaN at \[0, 1\]: it was computed from something that nobody had written"):
        expect_close("C", came, exact, np.zeros((3, 4)), before)


def test_an_answer_cannot_change_what_the_test_compares_with():
    kept = []
    answer = Answer({"spoil": lambda x: (kept.append(x), x.fill(0), x)[-1]})
    x = np.ones(3)
    came = answer.spoil(x)
    kept[0][:] = 7
    assert x.tolist() == [1, 1, 1] and came.tolist() == [0, 0, 0]


def test_only_plain_data_comes_back():
    class Sub(np.ndarray):
        pass

    answer = Answer({"f": lambda: {"a": (np.float32(1), [EqualToEverything()])}, "x": np.ones(2).view(Sub)})
    came = answer.f()
    assert type(came["a"][0]) is float and came["a"][1][0] != 1
    assert type(answer.value("x")) is np.ndarray


def test_what_goes_wrong_in_an_answer_is_one_sentence_with_the_learners_line():
    names = {}
    exec("def f(x):\n    y = x + 1\n    return y / 0\n\ndef leave():\n    raise SystemExit(3)", names)  # noqa: S102
    answer = Answer(names)
    with pytest.raises(AnswerError, match=r"ZeroDivisionError: division by zero \(in your line 3\)"):
        answer.f(1)
    with pytest.raises(AnswerError, match="SystemExit: 3"):
        answer.leave()
    with pytest.raises(AnswerError, match="g is not defined: run its cell first"):
        answer.g(1)
    assert [came.kind for _, _, came in answer.log] == ["ZeroDivisionError", "SystemExit", "NameError"]


def test_a_kernel_that_is_no_text_is_refused_in_words():
    with pytest.raises(AnswerError, match=r"kernel should be a string of CUDA C, but it is 3"):
        Answer({"kernel": 3}).launch("kernel", "matmul", (1,), (1,), [])


@pytest.mark.parametrize(
    "source", ["return x * x", "return x ** 2", "y = 0\n    for _ in range(x): y += x\n    return y"]
)
def test_a_known_mistake_is_named_however_it_is_written(small, source):
    result = examine(small, "double", lambda: Answer(small.namespace(double=f"def double(x):\n    {source}")))
    first = result.rows[0]
    assert (first.asked, first.expected, first.came, first.likely) == (
        "double(1)",
        "2",
        "1",
        "This squares the number.",
    )


@pytest.mark.parametrize("source", ["return 1", "return -x", "return None", "return x / 0", "return x * x + 1"])
def test_a_mistake_that_behaves_otherwise_is_not_called_the_known_one(small, source):
    result = examine(small, "double", lambda: Answer(small.namespace(double=f"def double(x):\n    {source}")))
    assert not result.passed and not any(row.likely for row in result.rows)


def test_nothing_is_recognised_in_an_answer_that_is_not_there(small):
    answer = Answer({})
    with pytest.raises(AnswerError):
        answer.value("double")
    assert recognise(small, "double", answer.log) == "" == recognise(small, "double", [])


def test_a_check_passes_what_is_right_and_counts_the_points(small):
    result = Check(small, small.namespace())("double")
    assert result.passed and (result.earned, result.points) == (3, 3)
    assert "✓ double: passed, 3 of 3 points" in str(result)
    assert "A number is doubled" in str(result) and "doubles fractions" in str(result)


def test_a_check_without_a_question_checks_all(small):
    results = Check(small, small.namespace(double="double = 3"))()
    assert [result.passed for result in results] == [False, True]
    assert results._repr_html_().count('role="status"') == 2 and "✗ double" in repr(results)


def test_a_cell_that_builds_on_an_answer_learns_whether_it_passed_last_time(small, capsys):
    names = small.namespace()
    check = Check(small, names)
    assert not check.passed("double") and 'once check("double") passes' in capsys.readouterr().out
    check("double")
    assert check.passed("double") and not check.passed("double", "total")
    check()
    assert check.passed("double", "total")
    names["double"] = 3
    check("double")
    assert not check.passed("double") and check.passed("total")
    with pytest.raises(ExerciseError, match="its questions are: double, total"):
        check.passed("doubel")


def test_each_click_brings_new_inputs(small):
    asked = []
    names = {"double": lambda x: (asked.append(x), 2 * x)[1]}
    check = Check(small, names)
    check("double")
    check("double")
    assert len(set(asked)) == 3 + 2 + 1  # 0, 1 and 3; two large numbers; a fraction


def test_a_question_that_is_not_there_is_refused_with_those_that_are(small):
    for unknown in ("doubel", 3, ["double"]):
        with pytest.raises(ExerciseError, match="its questions are: double, total"):
            Check(small, {})(unknown)


def test_an_exercise_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ExerciseError, match="the exercises are: .*ex02_matrix_multiplication"):
        exercise("ex02")


def test_the_check_finds_its_exercise_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "Exercise 02" in repr(exercise("ex02_matrix_multiplication"))


def test_an_unwritten_answer_is_told_where_to_write(small):
    names = small.namespace(double="def double(x):\n    # your code here\n    raise NotImplementedError('x')")
    text = str(Check(small, names)("double"))
    assert text.count("it is not written yet: put your code in place of the line “your code here”") == 1


def test_a_loop_without_end_can_be_interrupted(small):
    def double(x):
        raise KeyboardInterrupt

    result = Check(small, {"double": double})("double")
    assert not result.passed and "interrupted" in str(result)


def test_what_a_learner_wrote_is_escaped_in_html():
    row = Row("a", 1, False, "<script>", "<b>", "<i>&", "<u>")
    shown = Result("t", "<q>", (row,), "<note>")._repr_html_()
    assert not any(tag in shown for tag in ("<script>", "<i>", "<u>", "<q>", "<note>")) and "&lt;script&gt;" in shown


def test_a_result_survives_its_way_through_json(small):
    result = Check(small, {})("double")
    assert Result.of(result.data()) == result


def test_a_test_function_says_its_question_and_its_points(small):
    assert {question: small.points(question) for question in small.tests} == {"double": 3, "total": 1}
    assert list(small.reference) == list(REFERENCE) and spec.test.__test__ is False


def test_in_a_notebook_a_failure_is_shown_at_once_and_explained_when_the_mistake_is_found(small, monkeypatch):
    shown = []

    class Display:
        def update(self, result):
            shown.append(result)

    monkeypatch.setattr(instant, "get_ipython", lambda: "a notebook")
    monkeypatch.setattr(instant, "display", lambda result, display_id: (shown.append(result), Display())[1])
    result = Check(small, small.namespace(double="def double(x): return x * x"))("double")
    assert [row.rows[0].likely for row in shown] == ["", "This squares the number."]
    assert result.rows == shown[1].rows and result._ipython_display_() is None
    assert Check(small, small.namespace())("double").passed and len(shown) == 2


def test_a_check_stops_kernels_soon_and_leaves_the_time_limit_as_it_was(small, monkeypatch):
    monkeypatch.delenv("GLASS_TIME_LIMIT", raising=False)
    limits = []
    names = {"double": lambda x: (limits.append(os.environ["GLASS_TIME_LIMIT"]), 2 * x)[1]}
    Check(small, names)("double")
    assert set(limits) == {"5"} and "GLASS_TIME_LIMIT" not in os.environ
    monkeypatch.setenv("GLASS_TIME_LIMIT", "600")
    Check(small, names)("double")
    assert set(limits) == {"5", "600"} and os.environ["GLASS_TIME_LIMIT"] == "600"


def test_a_fault_in_another_block_is_the_same_fault_for_blocks_run_in_any_order():
    def fault(block, index):
        return AnswerError("", "OutOfBounds", block, ("A", index, (0, 0, 0)))

    assert mistakes._alike(fault((0, 0, 0), 7), fault((0, 0, 0), 7))
    assert not mistakes._alike(fault((0, 0, 0), 7), fault((0, 0, 0), 8))
    assert mistakes._alike(fault((0, 0, 0), 7), fault((1, 0, 0), 8))
    assert not mistakes._alike(fault((0, 0, 0), 7), AnswerError("", "BarrierError", (1, 0, 0)))
