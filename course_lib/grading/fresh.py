"""An exercise's answers in a process of their own: `python -m course_lib.grading.fresh`, a job as JSON on stdin.

Nothing of the learner's notebook but its answer cells runs here, in a new kernel's empty namespace: what works here
does not rest on a deleted cell or on cells run out of order. Each cell runs whatever became of the one before; its
check follows, as in the notebook, and if that fails, comes again when all cells have run.

Job     {"exercise": name, "folder": of its master, "answers": {question: source}, "questions": [names],
         "skip": [cells not to run]}
Reply   one JSON object a line: {"doing": text, "question": name} before each step, {"result": {...}} for each question
"""

import json
import os
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course_lib.grading import alone, exercises
from course_lib.grading.answer import Answer
from course_lib.grading.examine import attempt, examine


class Shell(InteractiveShell):
    """Knows the magics that a notebook's cells may hold; there is nobody to show a window or a traceback to."""

    def enable_gui(self, gui=None):
        pass

    def showtraceback(self, *args, **kwargs):
        pass

    showsyntaxerror = showtraceback


def main() -> None:
    job = json.load(sys.stdin)
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # from here on, what answers print goes nowhere, also when a C library prints it

    def say(**message):
        print(json.dumps(message), file=reply, flush=True)

    found = exercises.find(job["exercise"], Path(job["folder"]))
    shell = Shell.instance(config=Config(HistoryManager={"enabled": False}))
    run(shell, found.setup)
    notes, waiting = {}, job["questions"]

    for question, source in job["answers"].items():
        if question in job["skip"]:
            continue
        say(doing="its cell", question=question)
        notes[question] = run(shell, source)
        if question in job["questions"]:
            say(doing="its check", question=question)
            cells = alone.lawful(found, question, job["answers"])
            result, _ = attempt(found, question, lambda: [Answer(shell.user_ns)], cells=cells)
            if result.passed:
                say(result={**result.data(), "note": notes[question]})
                waiting.remove(question)
    for question in waiting:
        say(doing="its check", question=question)
        cells = alone.lawful(found, question, job["answers"])
        result = examine(found, question, lambda: Answer(shell.user_ns), cells=cells)
        say(result={**result.data(), "note": notes.get(question, "")})


def run(shell: InteractiveShell, source: str) -> str:
    """Run one cell; what it raised, in one line, or ""."""
    ran = shell.run_cell(source, store_history=False, silent=True)
    error = ran.error_before_exec or ran.error_in_exec
    if not error:
        return ""
    kind = next(kind.__name__ for kind in type(error).__mro__ if not kind.__name__.startswith("_"))
    return f"its cell raised {kind}: {error}"  # Python 3.13 has a _IncompleteInputError, a SyntaxError


if __name__ == "__main__":
    main()
