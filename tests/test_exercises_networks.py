"""The exercises on networks refuse in words whatever is no answer, and libraries that would answer for a learner."""

import re

import numpy as np
import pytest

from course_lib.gradcheck import check_gradient
from course_lib.grading import exercises, shortcuts
from course_lib.grading.instant import Check

SIZES = exercises.find("ex11_from_lenet_to_resnet")
FLOW = exercises.find("ex10_backpropagation_and_sgd")
LAYER = exercises.find("ex05_a_layer_is_a_matmul")
FUNCTIONS = [
    *((FLOW, question, name) for question, name in [("layer", "layer_backward"), ("loss", "cross_entropy")]),
    *((FLOW, question, name) for question, name in [("step", "momentum_step"), ("step", "rate")]),
    *((FLOW, question, name) for question, name in [("graph", "gradients"), ("memory", "training_bytes")]),
    *((FLOW, question, name) for question, name in [("memory", "largest_batch")]),
    *((SIZES, question, name) for question, name in [("conv", "convolution_count"), ("partial", "partial_count")]),
    *((SIZES, question, name) for question, name in [("inception", "inception_count"), ("field", "receptive_field")]),
    *((SIZES, question, name) for question, name in [("block", "block_backward")]),
]
NOTHING = [None, 3, "", (), (1,), float("nan"), [1, 2, 3], {"L": 1.0}, np.zeros(3), (np.zeros(2), None, "dw")]


@pytest.mark.parametrize("value", NOTHING, ids=repr)
@pytest.mark.parametrize(("exercise", "question", "name"), FUNCTIONS, ids=[f[2] for f in FUNCTIONS])
def test_anything_in_place_of_an_answer_is_refused_in_words(exercise, question, name, value):
    result = Check(exercise, exercise.namespace() | {name: lambda *args, **kwargs: value})(question)
    assert not result.passed and "Traceback" not in str(result)


@pytest.mark.parametrize("line", ["import torch", "from course_lib.nn import linear", "import scipy.special as s"])
@pytest.mark.parametrize("question", ["layer", "loss", "step", "graph"])
def test_no_other_library_answers_for_the_learner(question, line):
    cells = FLOW.reference | {question: f"{line}\n{FLOW.reference[question]}"}
    instead, use = shortcuts.broken(FLOW, question, cells)
    assert "write it in NumPy" in instead and "line 1" in use
    assert shortcuts.broken(FLOW, question, FLOW.reference) == ("", "")


@pytest.mark.parametrize("question", SIZES.tests)
def test_no_library_counts_for_the_learner(question):
    cells = SIZES.reference | {question: f"from course_lib.nn import count\n{SIZES.reference[question]}"}
    assert shortcuts.broken(SIZES, question, cells)[0] and not shortcuts.broken(SIZES, question, SIZES.reference)[0]


def test_finite_differences_are_no_answer_for_a_gradient():
    def layer_backward(x, w, b, dy):
        arrays = [x, w, b]

        def slope(number, place):
            ends = []
            for step in (1e-5, -1e-5):
                moved = [array.copy() for array in arrays]
                moved[number][place] += step
                ends.append((np.maximum(moved[0] @ moved[1].T + moved[2], 0) * dy).sum())
            return (ends[0] - ends[1]) / 2e-5

        return tuple(
            np.array([slope(n, place) for place in np.ndindex(array.shape)]).reshape(array.shape)
            for n, array in enumerate(arrays)
        )

    result = Check(FLOW, FLOW.namespace() | {"layer_backward": layer_backward})("layer")
    assert not any(row.passed for row in result.rows)


def test_the_references_gradients_are_the_slopes_of_their_own_formulas():
    rng, flow, block = np.random.default_rng(0), FLOW.namespace(), SIZES.namespace()["block_backward"]
    x, w, b, dy = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=(5, 4))
    check_gradient(flow["layer_forward"], (x, w, b), flow["layer_backward"](x, w, b, dy), dy)
    labels, z = np.array([1, 0, 3, 2, 1]), rng.normal(size=(5, 4))
    check_gradient(lambda z: flow["cross_entropy"](z, labels)[0], (z,), flow["cross_entropy"](z, labels)[1:])
    w1, w2, dx = rng.normal(size=(4, 3)), rng.normal(size=(3, 4)), rng.normal(size=(5, 3))
    forward = lambda x, w1, w2: np.maximum(x + np.maximum(x @ w1.T, 0) @ w2.T, 0)  # noqa: E731
    check_gradient(forward, (x, w1, w2), block(x, w1, w2, dx), dx)


@pytest.mark.parametrize(
    ("exercise", "question", "line", "put", "said"),
    [
        (LAYER, "loss", ".mean()", ".mean() + 1", r"expected 0\.693147\n +came     1\.69315\n"),
        (LAYER, "loss", ".mean()", "", r"expected one number\n +came     a NumPy array of shape \(1,\)"),
        (
            FLOW,
            "graph",
            "return found",
            "return {}",
            r"expected a dictionary with the names a\n +came     one with none\n",
        ),
        (FLOW, "graph", "return found", "return list(found)", r"names a\n +came     \['a'\]\n"),
    ],
)
def test_what_came_is_told_as_it_is(exercise, question, line, put, said):
    """One number has no place, and a dictionary without names none."""
    names = exercise.namespace()
    exec(exercise.reference[question].replace(line, put), names)  # noqa: S102  the course's own cells
    assert re.search(said, str(Check(exercise, names)(question)))
