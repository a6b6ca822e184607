"""Which known mistake behaves like this answer.

The files of solutions/wrong are answers with a mistake that learners make. One of them is named to a learner only if
it would have given the same to everything that the tests asked: the same numbers, the same gaps, the same fault at the
same element by the same thread. How the learner wrote it does not matter, only what it does.
"""

import functools
import math
import re

import numpy as np

from course_lib.cluster.trace import Trace
from course_lib.grading.answer import Answer
from course_lib.grading.exercises import Exercise, Known
from course_lib.grading.kernels import Launched
from course_lib.grading.spec import AnswerError

SPEAK_FOR_THEMSELVES = (  # faults that need no explanation, or are none of the learner's
    "NameError",
    "NotImplementedError",
    "CompileError",
    "KernelTimeout",
    "SetupError",
    "Unsupported",
)
SAME = {  # how far apart two ways to do the same may be, as a factor; what differs by more is another mistake
    "shared_bytes": 1.4,  # padding and edges; one tile and two differ by 2
    "loaded": 1.4,
    "active_lanes": 1.4,
    "sectors_per_request": 1.4,
    "bank_passes": 1.4,
    "instructions": 3,  # of a launch: one compiler's ways to write a loop
}
CLOSE = 1e-4  # relative to the largest element: orders of summation may differ, mistakes are far larger


def recognise(exercise: Exercise, question: str, log: list[tuple]) -> str:
    """The sentence of the first known mistake that answers like `log` (Answer.log), or ""."""
    if not log or any(isinstance(came, AnswerError) and came.kind in SPEAK_FOR_THEMSELVES for _, _, came in log):
        return ""
    for mistake in exercise.mistakes(question):
        other = Answer(_names(exercise, question, mistake))
        if all(_alike(came, _ask(other, method, arguments)) for method, arguments, came in log):
            return mistake.sentence
    return ""


@functools.lru_cache(maxsize=256)
def _names(exercise: Exercise, question: str, mistake: Known) -> dict:
    return exercise.namespace(**{question: mistake.source})


def _ask(other: Answer, method: str, arguments: tuple):
    try:
        return other.ask(method, *arguments)
    except AnswerError as error:
        return error


def _alike(a, b) -> bool:
    if isinstance(a, AnswerError) and isinstance(b, AnswerError):
        same_fault = a.block != b.block or a.place == b.place  # which block is first, is chance
        return a.kind == b.kind and same_fault and (a.kind != "LaunchError" or _words(a) == _words(b))
    if isinstance(a, Launched) and isinstance(b, Launched):
        counts = zip(_behaviour(a), _behaviour(b), SAME.values(), strict=True)
        same = all(max(x, y) <= factor * min(x, y) for x, y, factor in counts) and _kinds(a) == _kinds(b)
        return same and _alike(a.arrays, b.arrays)
    if isinstance(a, Trace) and isinstance(b, Trace):
        return _messages(a) == _messages(b) and _alike(a.results, b.results)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        scale = np.max(np.abs(b), initial=0, where=np.isfinite(b))
        return np.allclose(a, b, rtol=0, atol=CLOSE * scale, equal_nan=True)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(map(_alike, a, b))
    if type(a) is type(b) is float:
        return math.isclose(a, b, rel_tol=1e-12) or repr(a) == repr(b)  # infinity is like itself only, and so is NaN
    return type(a) is type(b) and (a == b or repr(a) == repr(b))


def _words(error: AnswerError) -> list[str]:
    """What it says, without numbers and the learner's line: a launch may be refused for many reasons."""
    return re.findall(r"[^\W\d]+", str(error).split(" (in your line")[0])


def _behaviour(ran: Launched) -> tuple:
    """What it did, in the order of SAME; zeros for what was not counted."""
    if ran.lines is None:
        return ran.shared_bytes, 0, 0, 0, 0, 0
    each = ran.active_lanes, ran.sectors_per_request, ran.bank_passes
    return ran.shared_bytes, ran.total("loaded"), *each, ran.total("instructions")


def _messages(ran: Trace) -> list[tuple[int, int]]:
    """How many messages each rank sent, and of how many bytes."""
    return [(ran.sent(rank), ran.bytes_sent(rank)) for rank in range(len(ran.results))]


def _kinds(ran: Launched) -> set[str]:
    """What kind of mistakes a check found; where, depends on how it is written."""
    return {finding["kind"] for finding in ran.findings or ()}
