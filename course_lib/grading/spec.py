"""The words in which the tests of an exercise are written.

    @test("grid", points=2)
    def covers_c_with_no_block_too_many(answer, rng):
        for m, n in [(1, 1), (16, 17), (100, 100)]:
            asked = f"grid_for({m}, {n}, (16, 16))"
            expect_value(asked, answer.grid_for(m, n, (16, 16)), (-(-n // 16), -(-m // 16)))

A test is handed the learner's `answer` (answer.py) and a NumPy generator `rng`. It returns if the answer holds, and
raises Failed if not. It tries small inputs first, so the input that it reports is the smallest that fails. The same
function gives the instant check, where `rng` is fresh at each click, and the marks, where it is seeded from a secret:
so it draws every random number from `rng`, and it passes plain data only (numbers, text, NumPy arrays).

What a test cannot see, for its result is right, a rule can:

    RULES = [forbid("host", *PRODUCTS, instead="launch the kernel: C is what it computes")]
"""

import math
from dataclasses import dataclass

import numpy as np

UNIT_ROUNDOFF = {np.dtype("f4"): 2.0**-24, np.dtype("f8"): 2.0**-53}  # half the gap between 1 and the next number

PRODUCTS = (  # the ways to have a library multiply matrices
    *("@", "matmul", "dot", "vdot", "vecdot", "matvec", "vecmat", "inner", "innerproduct", "einsum", "tensordot"),
    *("multi_dot", "sumprod", "polynomial"),
    *("mm", "bmm", "mv", "addmm", "addmv", "baddbmm", "addbmm", "chain_matmul", "linear", "gemm", "sgemm", "dgemm"),
    *("linalg", "matrix", "asmatrix", "bmat", "matrix_power", "c_einsum", "polymul", "poly1d", "cov", "corrcoef"),
    *("convolve", "correlate", "correlate2", "fft", "scipy", "torch", "cupy", "numba"),
)


class Failed(Exception):
    """An answer that does not hold: what was asked, what was expected and what came, one short text each."""

    def __init__(self, asked: str, expected: str, came: str):
        super().__init__(f"{asked}: expected {expected}, but {came} came")
        self.asked, self.expected, self.came = asked, expected, came


class AnswerError(Exception):
    """The learner's code gave no answer; the text says why.

    kind    the name of the exception that it raised
    block   of a kernel's fault: where it happened, and in `place` which array, index and thread
    """

    def __init__(self, text: str, kind: str, block: tuple | None = None, place: tuple = ()):
        super().__init__(text)
        self.kind, self.block, self.place = kind, block, place


def test(question: str, points: int):
    """Mark a function as a test of `question`, worth `points`. Several tests may share a question."""

    def mark(function):
        function.question, function.points = question, points
        return function

    return mark


test.__test__ = False  # it is the course's word; pytest shall not run it


@dataclass(frozen=True)
class Rule:
    """What the answer to a question must not use; shortcuts.py finds it in the text of its cell."""

    question: str
    words: tuple[str, ...]  # "@", names such as "dot", modules such as "course_lib.hardware"
    instead: str  # what is asked for, in a sentence


def forbid(question: str, *words: str, instead: str) -> Rule:
    """A rule for RULES: the answer to `question` uses none of `words`, by whatever name it calls them."""
    return Rule(question, words, instead)


def expect_value(asked: str, came, expected) -> None:
    """Numbers, text, and tuples of them: equal, and of the same kind (a float is no int).

    A list or an array of one axis may stand for a tuple.

    Floats agree to twelve digits. Raises Failed.
    """
    if not _same_value(came, expected):
        raise Failed(asked, describe(expected), describe_answer(came, expected))


def expect_close(asked: str, came, expected: np.ndarray, bound: np.ndarray, before: np.ndarray | None = None) -> None:
    """An array within `bound` of `expected`, element by element.

    asked     what the learner's code was asked for
    came      what it gave; must have the shape of `expected`, and be finite
    bound     how far an honest rounding can be off: see dot_bound
    before    what the array held before, where the code was to fill it; what is still there was never written

    Raises Failed, naming the first wrong element and how many there are.
    """
    if not isinstance(came, np.ndarray):
        raise Failed(asked, _wanted("a NumPy array", expected), describe_answer(came, expected))
    if came.shape != expected.shape or came.dtype.kind not in "fiu":
        raise Failed(asked, _wanted("a NumPy array of numbers", expected), describe(came))
    wrong = ~(np.abs(came.astype("f8") - expected) <= bound)  # NaN is never <= anything
    if not wrong.any():
        return
    untouched = wrong & (came == before) if before is not None else np.zeros_like(wrong)
    first = tuple(int(i) for i in np.argwhere(untouched if untouched.any() else wrong)[0])
    where = f" at [{', '.join(map(str, first))}]" if first else ""
    digits = 6 if f"{came[first]:.6g}" != f"{expected[first]:.6g}" else 17
    text = f"{came[first]:.{digits}g}{where}"
    if _only_rounded(came, expected, bound):
        said = f"{text}: as it should be, but for the digits that {came.dtype} has not; leave it in float64"
    else:
        said = _how_wrong(came[first], text, where, wrong, untouched)
    raise Failed(asked, f"{expected[first]:.{digits}g}{where}", said)


def expect_clean(asked: str, ran) -> None:
    """That `ran`, of answer.check, found nothing. Raises Failed, with the first finding."""
    if ran.findings:
        first, more = ran.findings[0], len(ran.findings) - 1
        came = f"{first['kind']}: {first['text']}" + (f"; and {more} more" if more else "")
        raise Failed(asked, "a kernel in which kernel.check finds no mistake", came)


def dot_bound(a: np.ndarray, b: np.ndarray, dtype="f4") -> np.ndarray:
    """How far a @ b may be off when each element is summed in `dtype`, in any order: gamma_k |a| |b|.

    a (m, k), b (k, n) -> (m, n), with gamma_k = k u / (1 - k u) and u the unit roundoff.
    Source: Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.1.
    """
    ku = (a.shape[-1] + 1) * UNIT_ROUNDOFF[np.dtype(dtype)]  # one more, for rounding the result
    return ku / (1 - ku) * (np.abs(a.astype("f8")) @ np.abs(b.astype("f8")))


def describe(value) -> str:
    """A value in a few words."""
    if isinstance(value, np.ndarray):
        return f"a NumPy array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 80 else text[:77] + "..."


def _same_value(came, expected) -> bool:
    if isinstance(came, np.generic) or (isinstance(came, np.ndarray) and came.ndim == 1):
        came = came.tolist()
    if isinstance(expected, tuple):
        return isinstance(came, (tuple, list)) and len(came) == len(expected) and all(map(_same_value, came, expected))
    if isinstance(expected, float):
        if type(came) is int and abs(came) < 2**1000:  # larger ones fit into no float
            came = float(came)
        return type(came) is float and math.isclose(came, expected, rel_tol=1e-12)
    return type(came) is type(expected) and came == expected


def describe_answer(came, expected) -> str:
    """A value, and what is odd about its type where that is all, or nearly all."""
    if came is None:
        return "None: nothing was returned; is a return missing?"
    if isinstance(came, str) and not isinstance(expected, str):
        return f"{describe(came)}, which is a text"
    parts = came if isinstance(came, (tuple, list)) else [came]
    if float in map(type, parts) and not isinstance(expected, np.ndarray) and came == expected:
        return f"{describe(came)}, of the right size but a float; whole numbers are asked for, and // gives them"
    return describe(came)


def _only_rounded(came: np.ndarray, expected: np.ndarray, bound: np.ndarray) -> bool:
    """Whether all would be right if it had not been computed in fewer digits than were asked for."""
    if came.dtype not in ("f2", "f4") or not np.isfinite(came).all():
        return False
    unit = float(np.finfo(came.dtype).eps)
    return bool((np.max(bound) < unit) and (abs(came.astype("f8") - expected) <= 8 * unit * abs(expected).max()).all())


def _wanted(array: str, expected: np.ndarray) -> str:
    return f"{array} of shape {expected.shape}" if expected.shape else "one number"


def _how_wrong(value, text: str, where: str, wrong: np.ndarray, untouched: np.ndarray) -> str:
    count = f"; {int(wrong.sum())} of {wrong.size} elements are wrong" if where else ""
    if untouched.any():
        share = f"{int(untouched.sum())} of {untouched.size} elements were never written"
        return f"nothing{where}: {share}"
    if np.isnan(value):
        reason = "it was computed from something that nobody had written, or as 0 / 0 or inf - inf"
        return f"NaN{where}: {reason}{count}"
    return f"{text}{count}"
