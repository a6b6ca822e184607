"""The digits: shapes, scale, and a split that can be repeated."""

import numpy as np
import pytest

from course_lib.datasets import DataError, digits
from course_lib.errors import UserError


def test_digits_are_scaled_float32_rows_with_their_classes():
    split = digits()
    assert split.x_train.shape == (1347, 64) and split.x_test.shape == (450, 64)
    assert split.x_train.dtype == split.x_test.dtype == np.float32
    assert split.y_train.dtype == split.y_test.dtype == np.int64
    assert split.x_train.min() == 0 and split.x_train.max() == 1
    assert set(split.y_train) == set(split.y_test) == set(range(10))
    assert all(array.flags.c_contiguous for array in split)


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    assert all(np.array_equal(a, b) for a, b in zip(digits(seed=3), digits(seed=3), strict=True))
    assert not np.array_equal(digits(seed=3).y_test, digits(seed=4).y_test)


def test_no_digit_is_on_both_sides_and_none_is_lost():
    split, everything = digits(test=500), digits(test=1)
    both = np.vstack([split.x_train, split.x_test])
    again = np.vstack([everything.x_train, everything.x_test])
    assert np.array_equal(both[np.lexsort(both.T)], again[np.lexsort(again.T)])


@pytest.mark.parametrize("test", [0, -1, 1797, 5000])
def test_a_split_with_an_empty_side_is_refused_in_one_sentence(test):
    with pytest.raises(DataError, match=f"test should be from 1 to 1796 of the 1797 digits; it is {test}."):
        digits(test=test)
    assert issubclass(DataError, UserError)
