"""What belongs to one exercise, all of it in solutions/:

    ex02_matrix_multiplication.ipynb             the master: text, setup, reference answers in marked regions
    ex02_matrix_multiplication.py                its tests (spec.py)
    wrong/ex02_matrix_multiplication/QUESTION/   known mistakes: an answer cell each, its docstring says the mistake
    other/ex02_matrix_multiplication/QUESTION/   right answers written differently
    equivalent/ex02_matrix_multiplication.txt    small changes of the reference that leave it right (mutation/)

The setup cell whose grade_id is the exercise's name tells a notebook's exercise, wherever the file is and whatever it
is called.
"""

import ast
import functools
import importlib.util
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import course_lib
from course_lib.errors import UserError
from course_lib.grading import notebook
from course_lib.grading.spec import Rule

SOLUTIONS = Path(course_lib.__file__).resolve().parents[1] / "solutions"


class ExerciseError(UserError):
    """There is no such exercise or question."""


@dataclass(frozen=True)
class Known:
    """An answer that solutions/wrong or solutions/other keeps."""

    name: str  # its file's name without .py
    sentence: str  # its docstring: for a mistake, what the learner is told
    source: str


@dataclass(frozen=True, eq=False)
class Exercise:
    name: str
    folder: Path
    title: str  # the master's first heading
    setup: str  # Python that marks run before any answer
    reference: dict[str, str]  # question -> the master's answer cell, in the notebook's order
    tests: dict[str, list[Callable]]  # question -> its tests, in the file's order
    rules: tuple[Rule, ...] = ()  # what answers must not use

    def points(self, question: str) -> int:
        return sum(test.points for test in self.tests[question])

    def mistakes(self, question: str) -> list[Known]:
        return _known(self.folder / "wrong" / self.name / question)

    def others(self, question: str) -> list[Known]:
        return _known(self.folder / "other" / self.name / question)

    def namespace(self, **replaced: str) -> dict:
        """The global names after the setup and the reference answers, some of them replaced by other sources."""
        names = {"__name__": "__main__"}
        for source in (self.setup, *{**self.reference, **replaced}.values()):
            exec(compile(source, "<answer>", "exec", dont_inherit=True), names)  # noqa: S102  the course's own answers
        return names


@functools.cache
def find(name: str, folder: Path = SOLUTIONS) -> Exercise:
    """The exercise called `name`, such as "ex02_matrix_multiplication". Raises ExerciseError if there is none."""
    if name not in names(folder):
        there = ", ".join(names(folder)) or f"none, for {folder} holds no exercise"
        raise ExerciseError(f"there is no exercise {name!r}; the exercises are: {there}")
    cells = notebook.cells(notebook.load(folder / f"{name}.ipynb"))
    reference = notebook.answers(cells)
    tests = {question: [] for question in reference}
    module = _module(folder / f"{name}.py")
    for function in _tests(module):
        tests.setdefault(function.question, []).append(function)
    heading = next((c.source for c in cells if c.kind == "markdown" and c.source.startswith("# ")), f"# {name}")
    setup = "\n".join(cell.source for cell in cells if cell.role == "setup" and cell.name != name)
    rules = tuple(getattr(module, "RULES", ()))
    return Exercise(name, folder, heading.splitlines()[0].removeprefix("# "), setup, reference, tests, rules)


def names(folder: Path = SOLUTIONS) -> list[str]:
    """The exercises that have both a master and tests."""
    return sorted(path.stem for path in folder.glob("ex*.ipynb") if path.with_suffix(".py").is_file())


def identify(path: Path, cells: list[notebook.Cell]) -> Exercise:
    """The exercise that these cells of the file `path` belong to. Raises ExerciseError if there is none."""
    known = set(names())
    for name in [cell.name for cell in cells if cell.role == "setup"] + [Path(path).stem]:
        if name in known:
            return find(name)
    raise ExerciseError(
        f"{path} is no exercise of the course: its first setup cell does not name one; the exercises are: "
        f"{', '.join(sorted(known)) or 'none'}; take a fresh copy from exercises/"
    )


def _module(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(f"tests_of_{path.stem}", path)
    module = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except Exception as error:  # whoever writes tests may write anything
        lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(path)]
        line = getattr(error, "lineno", None) or (lines or [1])[-1]
        raise ExerciseError(f"{path}, line {line}: {type(error).__name__}: {error}; mend it first") from error
    return module


def _tests(module: ModuleType) -> list[Callable]:
    return [value for value in vars(module).values() if hasattr(value, "question") and hasattr(value, "points")]


def _known(folder: Path) -> list[Known]:
    files = sorted(folder.glob("*.py"))
    return [Known(file.stem, _sentence(file), file.read_text(encoding="utf-8")) for file in files]


def _sentence(file: Path) -> str:
    """The docstring of a file, as one line."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ExerciseError(f"{file}, line {line}: {type(error).__name__}: {error}; mend it first") from error
    return " ".join((ast.get_docstring(tree) or "").split())
