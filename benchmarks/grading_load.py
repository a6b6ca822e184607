"""A class of generated submissions, marked twice: in one go, and by a grader that is killed again and again.

    python benchmarks/grading_load.py --submissions 5000 --kills 10

Prints how many submissions a second are marked, and compares the two gradebooks row by row: nothing may be lost, be
there twice or differ. One submission in twenty is hostile: it ends, hangs, hogs, forks or prints without end.
"""

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import small_exercise as small

RIGHT = {"double": "def double(x):\n    return 2 * x", "total": small.REFERENCE["total"]}
HALF = {**RIGHT, "double": "def double(x):\n    return x * x"}
HOSTILE = [
    "import os; os._exit(0)",
    "def double(x):\n    import os; os.abort()",
    "def double(x):\n    while True: pass",
    "def double(x):\n    hog = []\n    while True: hog.append(b'x' * 10**8)",
    "import os\ndef double(x):\n    while True: os.fork()",
    "for _ in range(300): print('x' * 10**6)\ndef double(x): return 7",
    "import os, signal\ndef double(x): os.kill(-1, signal.SIGKILL)",
    "import numpy as np\nnp.allclose = lambda *a: True\ndef double(x): return 7",
]
GRADE = (
    "import sys; from pathlib import Path; from course_lib.grading import grade; root = Path(sys.argv[1]); "
    "sys.exit(grade.main('ex90', root / 'class', Path(sys.argv[2]), root / 'secret', int(sys.argv[3]), "
    "folder=root / 'course' / 'solutions'))"
)


def generate(root: Path, count: int, chance: random.Random) -> dict[str, float]:
    """Hand in `count` notebooks below root/class; returns what each must get."""
    small.write(root / "course")
    secret = root / "secret"
    secret.write_text(f"{chance.getrandbits(256):064x}")
    secret.chmod(0o600)
    due = {}
    for number in range(count):
        learner = f"learner{number:05}"
        kind = "hostile" if number % 20 == 7 else "half" if number % 5 == 3 else "right"
        answers = {"right": RIGHT, "half": HALF, "hostile": {**RIGHT, "double": chance.choice(HOSTILE)}}[kind]
        small.hand_in(root / "class" / learner, answers)
        due[learner] = 4.0 if kind == "right" else 1.0
    return due


def grade(root: Path, book: Path, jobs: int, kill_after: float | None = None) -> float:
    """Seconds that one run took; it is killed after `kill_after` seconds."""
    began = time.perf_counter()
    command = [sys.executable, "-c", GRADE, str(root), str(book), str(jobs)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(kill_after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return time.perf_counter() - began


def rows(book: Path) -> list[tuple]:
    with sqlite3.connect(book) as there:
        return there.execute("select learner, status, score from marks order by learner").fetchall()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--submissions", type=int, default=300)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        due = generate(root, given.submissions, chance)
        whole = grade(root, root / "whole.db", given.jobs)
        print(f"{given.submissions} submissions in {whole:.0f} s: {given.submissions / whole:.1f} a second")
        for _ in range(given.kills):
            grade(root, root / "broken.db", given.jobs, kill_after=chance.uniform(2, max(3, whole / given.kills)))
            print(f"killed with {len(rows(root / 'broken.db')) if (root / 'broken.db').exists() else 0} rows")
        grade(root, root / "broken.db", given.jobs)
        unbroken, broken = rows(root / "whole.db"), rows(root / "broken.db")
        wrong = [row for row in unbroken if row[1:] != ("graded", due[row[0]])]
        print(f"{len(unbroken)} and {len(broken)} rows, {'the same' if unbroken == broken else 'NOT THE SAME'}")
        print(f"{len(wrong)} wrong {wrong[:5]}")
        return 0 if unbroken == broken and len(unbroken) == given.submissions and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
