"""course mutants: does a test fail for every small mistake in a reference answer?

For each question of an exercise: at least LEAST mutants, every one of them caught by the question's tests, but for
those that solutions/equivalent lists as right answers, with a reason each and at most a tenth of all.
"""

import ast
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable

from course_lib.grading import progress
from course_lib.grading.exercises import Exercise, ExerciseError
from course_lib.grading.mutation import equivalents, workers
from course_lib.grading.mutation.mutant import Mutant, mutants
from course_lib.grading.mutation.workers import Fate

LEAST = 20  # mutants of a question
MOST = 12  # of each kind, unless another number is asked for
FATES = ("mutants", "caught", "equivalent", "survived")


def main(exercise: Exercise, question: str | None, jobs: int, most: int = MOST, say: Callable = print) -> int:
    """Try the mutants of one question, or of all, and say what became of them. Returns the exit status.

    most    of each kind; of more, the same ones each time; 0 for all

    0  what the module says holds        1  it does not

    Raises ExerciseError (status 2) for a question that is not there, MutantError if a reference fails its own tests.
    """
    if question is not None and question not in exercise.tests:
        raise ExerciseError(f"{exercise.name} has no question {question!r}; it has {', '.join(exercise.tests)}")
    listed = equivalents.read(exercise)
    width = max(map(len, exercise.tests)) + 2
    say(exercise.title)
    say(f"  {'question':<{width}}" + "".join(f"{heading:>11}" for heading in (*FATES, "time")))
    complaints, total, started = [], Counter(), time.monotonic()
    for each in [question] if question else exercise.tests:
        began = time.monotonic()
        made = mutants(exercise.reference[each], choices(exercise, each))
        tried = chosen(made, most)
        ended = _try(exercise, each, tried, jobs)
        counts = count(ended, listed[each])
        total.update(counts)
        say(_line(each, counts, began, width))
        complaints += judge(exercise, each, made, ended, listed[each])
    say(_line("total", total, started, width))
    if total["survived"]:
        complaints.append(
            f"Let a test in solutions/{exercise.name}.py tell each survivor from the reference; one that learners may "
            f"write belongs into solutions/wrong/{exercise.name} too.\n"
            f"A survivor that is a right answer belongs into solutions/equivalent/{exercise.name}.txt, with its reason."
        )
    say("\n" + ("\n\n".join(complaints) or f"every mutant of {exercise.name} is caught, or listed as a right answer"))
    return 1 if complaints else 0


def choices(exercise: Exercise, question: str) -> tuple[str, ...]:
    """What learners may put in place of a text: the short texts in the question's known mistakes."""
    found = {}
    for mistake in exercise.mistakes(question):
        for statement in ast.parse(mistake.source).body:
            for node in ast.walk(statement) if isinstance(statement, ast.FunctionDef) else ():
                if isinstance(node, ast.Return):
                    texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
                    found |= dict.fromkeys(text for text in texts if isinstance(text, str))
    return tuple(found)


def chosen(made: list[Mutant], most: int) -> list[Mutant]:
    """At most so many of each kind, in the order of the text; which ones, depends on nothing but themselves."""
    kept, there = set(), Counter()
    for mutant in sorted(made, key=lambda mutant: hashlib.sha256(mutant.change.encode()).digest()):
        there[mutant.kind] += 1
        if not most or there[mutant.kind] <= most:
            kept.add(mutant)
    return [mutant for mutant in made if mutant in kept]


def count(ended: list[Fate], listed: dict[str, str]) -> dict[str, int]:
    """How many mutants there are, and of each fate; what is no mutant is not counted."""
    fates = [fate for fate in ended if fate.fate != "no mutant"]
    survived = [fate for fate in fates if fate.fate == "survived"]
    equivalent = [fate for fate in survived if fate.mutant.change in listed]
    return {
        "mutants": len(fates),
        "caught": len(fates) - len(survived),
        "equivalent": len(equivalent),
        "survived": len(survived) - len(equivalent),
    }


def judge(
    exercise: Exercise, question: str, made: list[Mutant], ended: list[Fate], listed: dict[str, str]
) -> list[str]:
    """What does not hold of one question."""
    counts, list_file = count(ended, listed), f"solutions/equivalent/{exercise.name}.txt"
    said = []
    for fate in ended:
        if fate.fate == "survived" and fate.mutant.change not in listed:
            said.append(
                f"{question}, line {fate.mutant.line}: this mutant ({fate.mutant.kind}) passes every test\n"
                f"{fate.mutant.change}"
            )
        if fate.fate != "survived" and fate.mutant.change in listed:
            why = "is caught" if fate.fate == "caught" else "is the same program as the reference"
            said.append(f"{question}: {list_file} lists a mutant that {why}; remove it\n{fate.mutant.change}")
    there = {mutant.change for mutant in made}
    for change in listed:
        if change not in there:
            said.append(f"{question}: {list_file} lists a mutant that there is no more; remove it\n{change}")
    possible = len(made) - len(ended) + counts["mutants"]
    if possible < LEAST:
        said.append(f"{question}: has {possible} mutants, and {LEAST} are the least; ask for more than one number")
    if len(listed) > equivalents.MOST * possible:
        share = f"{len(listed)} of {possible} mutants"
        said.append(
            f"{question}: {share} are listed as equivalent, and a tenth is the most; write the reference more plainly"
        )
    return said


def _try(exercise: Exercise, question: str, tried: list[Mutant], jobs: int) -> list[Fate]:
    began, ended = time.monotonic(), []
    for fate in workers.fates(exercise, question, tried, jobs):
        ended.append(fate)
        if sys.stderr.isatty():  # elsewhere the table's lines are progress enough
            progress.show(len(ended), len(tried), time.monotonic() - began)
    place = {mutant: i for i, mutant in enumerate(tried)}
    return sorted(ended, key=lambda fate: place[fate.mutant])


def _line(name: str, counts: dict[str, int], began: float, width: int) -> str:
    numbers = "".join(f"{counts[fate]:>11}" for fate in FATES)
    return f"  {name:<{width}}{numbers}{time.monotonic() - began:>9.0f} s"
