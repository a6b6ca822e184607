"""Data to learn from. Nothing is downloaded."""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

from course_lib.errors import UserError


class DataError(UserError):
    """A request that the data cannot meet."""


class Split(NamedTuple):
    """Examples to learn from, and others to be judged by."""

    x_train: np.ndarray  # (examples, features) float32
    y_train: np.ndarray  # (examples,) int64, the class
    x_test: np.ndarray
    y_test: np.ndarray


def digits(test: int = 450, seed: int = 0) -> Split:
    """The 1797 handwritten digits of scikit-learn: 8 x 8 grey pixels in a row of 64, scaled to 0 (paper) .. 1 (ink).

    `test` of them, chosen by `seed`, are set apart; the rest are for training. The same seed gives the same split.
    Raises DataError unless at least one example is on each side.
    Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998 (its test set).
    """
    x, y = load_digits(return_X_y=True)
    if not 0 < test < len(x):
        raise DataError(f"test should be from 1 to {len(x) - 1} of the {len(x)} digits; it is {test}.")
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = (x / 16).astype(np.float32)[order], y.astype(np.int64)[order]
    return Split(x[:-test], y[:-test], x[-test:], y[-test:])
