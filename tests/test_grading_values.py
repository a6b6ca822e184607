"""What an answer gives: the same in the check and in marks, however it was made; and what is said of it."""

import numpy as np
import pytest

from course_lib.grading import exercises, wire
from course_lib.grading.answer import Answer
from course_lib.grading.examine import examine
from course_lib.grading.names import Opaque, plain
from course_lib.grading.spec import Failed, expect_close

TENSOR, CONJUGATE = "torch.tensor([[1.0, 2.0]], requires_grad=True)", "torch.tensor([[1.0 + 0j, 2.0]]).conj()"


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("np.array([[1.0, 2.0]], '>f8')", "f8"),
        ("np.array([[1, 2]], '>i2')", "i2"),
        ("np.array([[1, 2]], np.longdouble)", "f8"),
        ("np.array([[1, 2]], np.clongdouble)", "c16"),
        ("np.ma.array([[1.0, 2.0]])", "f8"),
        ("np.repeat([[1.0, 2.0]], 2, 1)[:, ::2]", "f8"),
        ("np.asfortranarray([[1.0, 2.0]], 'f2')", "f2"),
        (TENSOR, "f4"),
        (CONJUGATE, "c8"),
    ],
)
def test_an_array_is_the_same_in_the_check_and_in_marks_whatever_it_was_made_as(text, dtype):
    torch = pytest.importorskip("torch") if "torch" in text else None
    came = plain((eval(text, {"np": np, "torch": torch}),))
    frame = wire.encode(came)
    size = wire.HEADER.unpack(frame[: wire.HEADER.size])[1]
    text = frame[wire.HEADER.size :]
    for [array] in (came, wire.decode(text[:size], text[size:])):
        assert type(array) is np.ndarray and array.dtype == dtype and array.tolist() == [[1, 2]]


def test_an_array_without_axes_is_the_number_in_it():
    assert [type(plain(np.array(x))) for x in (1, 2.0, True, 1j)] == [int, float, bool, complex]
    assert type(plain(np.longdouble(1))) is float and plain(np.str_("a")) == "a"
    assert all(type(plain(x)) is Opaque for x in (np.array([None]), np.array("2027", "M8[D]"), np.void(b"x")))


def test_a_range_is_its_numbers():
    """The likeliest way to give several numbers in a row."""
    assert plain({"spoiled": range(6, 8)}) == {"spoiled": (6, 7)} and plain(range(0)) == ()


def test_digits_that_a_type_has_not_are_said_and_the_others_are_shown():
    exact = np.array([0.1, 0.2])
    for came, said in (
        (exact.astype("f4"), r"0.1000000\d+ at \[0\]: as it should be, but for the digits that float32 has not"),
        (exact.astype("f2"), "digits that float16 has not"),
        (exact * (1 + 1e-9), r"expected 0.10000000000000001 at \[0\], but 0.10000000010\d* at \[0\]; 2 of 2"),
        (exact.astype("f4") * [1, 2], "1 of 2 elements are wrong|2 of 2 elements are wrong"),
    ):
        with pytest.raises(Failed, match=said):
            expect_close("x", came, exact, np.full(2, 1e-15))


def test_a_mistake_that_would_fail_what_passes_is_not_named():
    """With twice the bytes, the intensity is what it would be if only half of the words were counted; all were."""
    exercise = exercises.find("ex02_matrix_multiplication")
    source = exercise.reference["words"].replace("(4 * words", "(2 * words")
    result = examine(exercise, "words", lambda: Answer(exercise.namespace(words=source)))
    assert [row.passed for row in result.rows] == [True, False] and not any(row.likely for row in result.rows)
