"""`python -m course_lib.grading.mutation.worker`: a process in which mutants run, whatever they do.

First line  {"exercise", "folder" of its master, "question", "seed", "seconds"}; reply: whether the reference passes
Then        a line for each mutant: its source; reply: {"fate", "by", "came"}

fate    caught      the test `by` fails it, since `came`
        survived    every test passes
        no mutant   it does not compile, or its kernels compile to the same PTX as the reference's

A mutant that never ends, or takes more memory than there is, ends the process; workers.py sees that.
Source of the comparison of what is compiled: Papadakis, Jia, Harman and Le Traon, *Trivial Compiler Equivalence*,
ICSE 2015.
"""

import json
import os
from pathlib import Path

import numpy as np

from course_lib.gpu import nvrtc
from course_lib.gpu.errors import CompileError
from course_lib.grading import exercises
from course_lib.grading.answer import Answer
from course_lib.grading.examine import attempt
from course_lib.grading.exercises import Exercise
from course_lib.grading.result import Row

MEMORY = 4 << 30  # bytes of address space
LAUNCHES = ("_launch", "_count", "_check")  # requests of an Answer's log that begin with a kernel's text


class Trial:
    """The tests of one question, ready for its mutants."""

    def __init__(self, exercise: Exercise, question: str, seed: int):
        self.exercise, self.question, self.seed = exercise, question, seed
        answer = self._tests(exercise.namespace())
        self.reference = answer
        texts = exercise.namespace()
        self.launched = {
            (name, tuple(sorted(defines.items()))): texts[name]
            for log in self.logs
            for method, (name, *rest), _ in log
            if method in LAUNCHES
            for defines in [rest[-1]]
        }

    def judge(self, source: str) -> dict:
        try:
            names = self.exercise.namespace(**{self.question: source})
        except Exception as error:  # noqa: BLE001  its cell alone tells it from a right one
            return {"fate": "caught", "by": "its cell", "came": f"{type(error).__name__}: {error}"}
        if self.launched and (reason := self._no_mutant(names)):
            return {"fate": "no mutant", "by": "", "came": reason}
        failed = next((row for row in self._tests(names) if not row.passed), None)
        if failed is None:
            return {"fate": "survived", "by": "", "came": ""}
        return {"fate": "caught", "by": failed.claim, "came": failed.came}

    def _tests(self, names: dict) -> list[Row]:
        """The rows of the tests, up to the first that fails."""
        rows, self.logs = [], []
        for test in self.exercise.tests[self.question]:
            [row], logs = self._one(test, names)
            rows.append(row)
            self.logs += logs
            if not row.passed:
                break
        return rows

    def _one(self, test, names: dict):
        only = Exercise(**{**vars(self.exercise), "tests": {self.question: [test]}})
        result, logs = attempt(only, self.question, lambda: [Answer(names)], self._rng)
        return result.rows, logs

    def _rng(self, test) -> np.random.Generator:
        return np.random.default_rng([self.seed, *test.__name__.encode()])

    def _no_mutant(self, names: dict) -> str:
        """Why it behaves as the reference for certain, or not at all; "" if neither."""
        changed = {
            where: text
            for where, text in self.launched.items()
            if isinstance(names.get(where[0]), str) and names[where[0]] != text
        }
        try:
            same = [_program(text, where) == _program(names[where[0]], where) for where, text in changed.items()]
        except CompileError as error:
            return str(error)
        return "it compiles to the same program" if changed and all(same) else ""


def _program(text: str, where: tuple) -> str:
    """The PTX of a source, without the numbers of its lines."""
    name, defines = where
    lines = nvrtc.ptx(text, name, nvrtc.options(dict(defines))).splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith((".loc", ".file", "//")))


def _limit(seconds: int) -> None:
    """Before each mutant: so many seconds of computing, so much memory, and no more."""
    try:
        import resource
    except ImportError:
        return  # on Windows, where only workers.py watches
    used = resource.getrusage(resource.RUSAGE_SELF)
    for kind, most in (
        (resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> None:
    asked, reply = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)  # what mutants print goes nowhere, and there is nothing for them to read
    job = json.loads(asked.readline())
    trial = Trial(exercises.find(job["exercise"], Path(job["folder"])), job["question"], job["seed"])
    lost = next((row for row in trial.reference if not row.passed), None)
    print(
        json.dumps({"fate": "caught" if lost else "survived", "came": lost.came if lost else ""}),
        file=reply,
        flush=True,
    )
    for line in asked:
        _limit(job["seconds"])
        print(json.dumps(trial.judge(json.loads(line))), file=reply, flush=True)


if __name__ == "__main__":
    main()
