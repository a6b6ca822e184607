"""The workers of one submission: started when they are needed, ended before one question costs another its marks.

A worker holds all answer cells, as a notebook does. What an answer leaves behind there, a process or a thread that
takes the next request or sends a reply of its own, is not there in a new worker; what a cell leaves behind is not where
that cell never ran (alone.py).
"""

import time

from course_lib.grading import alone, sandbox, sandboxed
from course_lib.grading.sandboxed import Lost, Sandboxed, SandboxError
from course_lib.grading.spec import AnswerError

CELL, CALL, KERNEL = 10.0, 10.0, 60.0  # seconds for a cell, a call and a launch with what it compiles
SETUP = 60.0  # seconds for the exercise's own setup
WHOLE = 180.0  # seconds for a submission; what is asked later fails, unless its question has used less than SHARE
SHARE = 30.0  # seconds for a question, whatever the others took
STRIKES = 2  # how often a question may cost a worker; then its cell is left out


class Bench:
    """What the workers of one submission share; as a context manager, ended at the end.

    That is the exercise's setup, the time that is left, the worker that runs kernels, and the sum of what all used:
    `restarts` (how many were started), `output`, `peak` (bytes of the largest).
    """

    def __init__(self, setup: str, mode: str, whole: float = WHOLE):
        self.setup, self._mode, self._imports = setup, mode, sandbox.imports(setup)
        self.restarts, self.output, self.peak = 0, "", 0
        self._end = time.monotonic() + whole
        self._used: dict[str, float] = {}  # question -> seconds, as far as its turn has ended
        self._turn, self._since = "", time.monotonic()
        self._kernels: Sandboxed | None = None
        self._open: list[Sandboxed] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in [*self._open]:
            self.end(worker)

    def turn(self, question: str) -> None:
        """From now on it is this question's time."""
        now = time.monotonic()
        self._used[self._turn] = self._used.get(self._turn, 0.0) + now - self._since
        self._turn, self._since = question, now

    def in_time(self) -> None:
        """Raises AnswerError if neither the notebook nor the question whose turn it is has time left."""
        now = time.monotonic()
        if now > self._end and self._used.get(self._turn, 0.0) + now - self._since > SHARE:
            raise AnswerError("the time for the whole notebook was used up", "Lost")

    def worker(self) -> Sandboxed:
        """A new one, in which the setup has run. Raises SandboxError."""
        made = self._sandboxed()
        self.restarts += 1
        try:
            made.ask(SETUP, "cell", self.setup, "setup")
        except (AnswerError, Lost) as error:  # no answer has run yet, so it is none's fault
            raise SandboxError(f"the exercise's own setup cell fails in the sandbox: {error}") from None
        return made

    def launch(self, *launch, **how):
        """What a launch left behind, told by a worker without a learner's Python. Raises AnswerError."""
        self.in_time()
        if self._kernels is None:
            self._kernels = self._sandboxed()
        try:
            return self._kernels.launch(KERNEL, *launch, **how)
        except (Lost, ValueError, TypeError) as lost:
            self.end(self._kernels)
            self._kernels = None
            raise AnswerError(f"while the kernel was running {lost}", "Lost") from None

    def end(self, worker: Sandboxed) -> None:
        self._open.remove(worker)
        worker.close()
        self.output = (self.output + worker.output.decode(errors="replace"))[: sandboxed.OUTPUT]
        self.peak = max(self.peak, worker.peak)

    def _sandboxed(self) -> Sandboxed:
        self._open.append(made := Sandboxed(self._mode, imports=self._imports))
        return made


class Answers:
    """Answer cells, and the workers in which they have run."""

    def __init__(self, bench: Bench, cells: dict[str, str]):
        self.bench, self.cells = bench, cells
        self.notes: dict[str, str] = {}  # question -> what its cell raised
        self.question = ""  # that is being marked
        self.suspect = False  # whether a test failed in these workers
        self._strikes = dict.fromkeys(cells, 0)
        self._halves: dict[int, Sandboxed] = {}  # the first holds all that a test asks for but half of the ranks
        self._asked_by: set[str] = set()  # the questions that these workers have served
        self._alone: dict[str, Answers | None] = {}

    def begin(self, question: str) -> None:
        """Serve this question now, and not where an answer to another failed."""
        if self.suspect:
            self.forget()
        self.question = question
        self.bench.turn(question)

    @property
    def shared(self) -> bool:
        """Whether the next request meets a worker that has served another question."""
        return bool(self._asked_by - {self.question})

    def forget(self) -> None:
        """End the workers with the answers, and with them all that they remember; the next request starts another."""
        for each in filter(None, self._alone.values()):
            each.forget()
        for worker in self._halves.values():
            self.bench.end(worker)
        self._halves, self._asked_by, self.suspect = {}, set(), False

    def alone(self, question: str) -> "Answers | None":
        """A question's answer without the cells that it can do without; None if they cannot harm it."""
        if question not in self._alone:
            cells = alone.needed(question, self.cells, self.bench.setup)
            found = self._alone[question] = Answers(self.bench, cells) if cells else None
            if found:
                found.begin(question)
        return self._alone[question]

    def ask(self, do: str, *arguments, half: int = 0):
        """What the answers' worker says, or a second one's that also holds them all. Raises AnswerError."""
        self.bench.in_time()
        try:
            self._start(half)
            if self._strikes.get(self.question, 0) >= STRIKES:
                raise AnswerError(self.notes[self.question], "Lost")
            self._asked_by.add(self.question)
            return self._halves[half].ask(CALL, do, *arguments)
        except Lost as lost:
            if not self.shared:  # else it may have been another's fault
                self._strike(self.question, f"while it was running {lost}")
            self.forget()
            raise AnswerError(f"while the answer was running {lost}", "Lost") from None

    def _start(self, half: int) -> None:
        """A worker in which every cell has run that does not end it."""
        while half not in self._halves:
            made = self._halves[half] = self.bench.worker()
            for question, source in self.cells.items():
                if self._strikes[question] >= STRIKES:
                    continue
                try:
                    self.bench.in_time()
                    made.ask(CELL, "cell", source, question)
                except AnswerError as error:
                    self.notes.setdefault(question, f"its cell raised {error}")
                except Lost as lost:
                    self.notes[question] = f"while its cell was running {lost}"
                    self._strikes[question] = STRIKES
                    self.forget()
                    break

    def _strike(self, question: str, how: str) -> None:
        self._strikes[question] = self._strikes.get(question, 0) + 1
        if self._strikes[question] == STRIKES:
            self.notes.setdefault(question, f"it cost its process {STRIKES} times, the last {how}, and was left out")
