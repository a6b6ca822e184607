"""A small class that hands in exercise 02, made from the repository's right and wrong answers.

    python tools/scratch_class.py DIR

DIR/LEARNER/ex02_matrix_multiplication.ipynb, as a class hands it in: some answers right, some with the usual mistakes,
one never begun, one that never ends, one that changed its checks, and three that are no notebook at all.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_lib.grading import exercises, handmark  # noqa: E402

NAME = "ex02_matrix_multiplication"
MARKER = re.compile(r"^.*(BEGIN|END) SOLUTION\n?", re.MULTILINE)  # of a master, which no learner sees
MISTAKES = {  # learner -> questions answered with a file of solutions/wrong or solutions/other; the rest are right
    "ann": {},
    "ben": {"grid": "negated_floor", "bounds": "two_sums", "tiled": "flat_padded", "words": "by_blocks"},
    "cem": {"bounds": "guard_swapped"},
    "dana": {"tiled": "early_return", "host": "shapes_unchecked"},
    "eva": {"tiled": "not_tiled"},
    "finn": {"grid": "floor_division", "words": "each_number_once", "host": "grid_rounded_down"},
    "gita": {"words": "one_operation_per_term"},
}


def make(folder: Path) -> None:
    """Hand in the whole class below `folder`."""
    exercise = exercises.find(NAME)
    right = {question: MARKER.sub("", source) for question, source in exercise.reference.items()}
    for learner, mistakes in MISTAKES.items():
        answers = dict(right)
        for question, file in mistakes.items():
            known = {each.name: each.source for each in exercise.mistakes(question) + exercise.others(question)}
            answers[question] = known[file]
        _hand_in(folder, learner, handmark.answered(exercise, answers))
    _hand_in(folder, "hugo", handmark.answered(exercise, {}))
    endless = {**right, "words": "def words_loaded(m, n, k, tile):\n    while True:\n        pass"}
    _hand_in(folder, "ines", handmark.answered(exercise, endless))
    tampered = handmark.answered(exercise, {"grid": right["grid"]})
    for cell in tampered["cells"]:
        if (marks := cell["metadata"].get("nbgrader", {})).get("grade"):
            cell["source"], marks["points"] = "print('passed')", 100
    _hand_in(folder, "jon", tampered)
    (folder / "kim").mkdir()
    (folder / "leo").mkdir()
    (folder / "leo" / f"{NAME}.ipynb").write_text('{"cells": [')
    (folder / "mia").mkdir()
    (folder / "mia" / f"{NAME}.ipynb").symlink_to(folder.resolve() / "ann" / f"{NAME}.ipynb")


def as_canvas_packs(folder: Path, learners: tuple[str, ...], out: Path) -> None:
    """The notebooks of some of them side by side in `out`, under the names that Canvas gives them in its archive."""
    out.mkdir()
    for number, learner in enumerate(learners, 1):
        content = (folder / learner / f"{NAME}.ipynb").read_bytes()
        (out / f"{learner}_{1100 + number}_{70 + number}_{NAME}.ipynb").write_bytes(content)


def _hand_in(folder: Path, learner: str, notebook: dict) -> None:
    (folder / learner).mkdir(parents=True)
    (folder / learner / f"{NAME}.ipynb").write_text(json.dumps(notebook, indent=1))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[2].strip())
    make(Path(sys.argv[1]))
