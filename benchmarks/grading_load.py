"""A class of generated submissions, marked by a grader that is killed again and again; and how fast marks are.

    python benchmarks/grading_load.py --submissions 5000 --kills 10 --jobs 2

One submission in twenty is hostile (tests/attacks), two are odd but right (tests/odd), four are partly wrong, and what
each must earn is known. The grader gets SIGKILL at random moments and is started again: there must be a row for each
submission, each the one that is due. The first of them are also marked in one go, and must have the same scores.

Speeds are of classes without attacks, beside the bare start of a sandboxed Python that imports the same package: a
ratio that can be read on another machine. The same seed gives the same class.
"""

import argparse
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import attack_files
import small_exercise as small

from course_lib.grading import exercises, sandbox
from course_lib.grading.answer import Answer
from course_lib.grading.examine import examine

RIGHT = {"double": "def double(x):\n    return 2 * x", "total": small.REFERENCE["total"]}
HALF = {**RIGHT, "double": "def double(x):\n    return x * x"}
IN_TORCH = "def total(x):\n    return float(torch.as_tensor(x).sum())"
BARS = {"NumPy": 10.0, "torch": 0.8}  # submissions a second
INSTANT = 0.2  # seconds
GRADE = (
    "import sys; from pathlib import Path; from course_lib.grading import grade; root = Path(sys.argv[1]); "
    "sys.exit(grade.main('ex90', root / 'class', Path(sys.argv[2]), root / 'secret', int(sys.argv[3]), "
    "folder=root / 'course' / 'solutions'))"
)


def new_class(root: Path, setup: str = "import numpy as np") -> None:
    cells = [small.setup_cell(setup, "setup") if cell["id"] == "setup" else cell for cell in small.cells()]
    small.write(root / "course", cells)
    secret = root / "secret"
    secret.write_text("0123456789abcdef" * 4)
    secret.chmod(0o600)
    (root / "class").mkdir()


def generate(root: Path, count: int, chance: random.Random) -> dict[str, float]:
    """Hand in `count` notebooks below root/class; returns what each must get."""
    new_class(root)
    attacks = attack_files.read(attack_files.FOLDER)
    odd = attack_files.read(attack_files.ODD)
    (root / "canary").write_text("alive")
    due = {}
    for number in range(count):
        kind, learner = number % 20, f"learner{number:05}"
        answers, score = (HALF, 1.0) if kind in (3, 8, 13, 18) else (RIGHT, 4.0)
        if kind in (5, 7, 15):
            one = chance.choice(attacks if kind == 7 else odd)
            double = one.aimed(root / "canary", 9, root / "broken.db") if kind == 7 else one.source
            answers, score = {**RIGHT, "double": double}, float(one.double) + float(one.total)
        small.hand_in(root / "class" / learner, answers)
        due[learner] = score
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


def rows(book: Path) -> dict[str, tuple]:
    if not book.exists():
        return {}
    try:
        with closing(sqlite3.connect(book)) as there:
            found = there.execute("select learner, status, score from marks").fetchall()
    except sqlite3.OperationalError:
        return {}  # it was killed before the table was there
    assert len({learner for learner, *_ in found}) == len(found), "a learner has two rows"
    return {learner: row for learner, *row in found}


def bare_start(package: str) -> float:
    """Seconds that bubblewrap and a Python that imports `package` take to start and end: the median of five."""
    words = sandbox._bubblewrap()
    python = [os.path.realpath(sys.executable), "-I", "-c", f"import sys; sys.path += {sandbox.packages()!r}; import "]
    python[-1] += package
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([*words, *python], check=True, env=sandbox.BARE)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def speed(name: str, count: int, jobs: int) -> bool:
    """Print how fast a class without attacks is marked; one in five is partly wrong. Returns whether the bar holds."""
    package = name.lower()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        new_class(root, "import numpy as np" if package == "numpy" else f"import numpy as np\nimport {package}")
        right = RIGHT if package == "numpy" else {**RIGHT, "total": IN_TORCH}
        grade(root, root / "none.db", jobs)
        for number in range(count):
            answers = {**right, "double": HALF["double"]} if number % 5 == 3 else right
            small.hand_in(root / "class" / f"learner{number:05}", answers)
        began = bare_start(package)
        took = grade(root, root / "book.db", jobs)
        assert len(rows(root / "book.db")) == count
    print(f"{name}: {count / took:.1f} submissions a second with {jobs} jobs, start and canaries included", end="; ")
    print(f"the bar is {BARS[name]:g}")
    print(f"  one takes {took * jobs / count / began:.2f} bare starts of a sandboxed {name} ({1000 * began:.0f} ms)")
    return count / took >= BARS[name]


def instant() -> bool:
    """Print what check("...") takes for the reference answers, second click. Returns whether the bar holds."""
    slowest, times = "", []
    for name in exercises.names():
        exercise = exercises.find(name)
        namespace = exercise.namespace()
        for question in exercise.tests:
            examine(exercise, question, lambda namespace=namespace: Answer(namespace))
            began = time.perf_counter()
            examine(exercise, question, lambda namespace=namespace: Answer(namespace))
            times.append(time.perf_counter() - began)
            slowest = f"{name}, {question}" if times[-1] == max(times) else slowest
    print(f"instant check: {1000 * statistics.median(times):.0f} ms, the median of {len(times)} questions", end="; ")
    print(f"slowest {1000 * max(times):.0f} ms ({slowest}); the bar is {1000 * INSTANT:g}")
    return max(times) <= INSTANT


def load(count: int, kills: int, jobs: int, unbroken: int, chance: random.Random) -> bool:
    """Print what became of a class whose grader was killed. Returns whether every row is the one that is due."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        due = generate(root, count, chance)
        broken = root / "broken.db"
        spent, said = 0.0, []
        for number in range(kills):
            left = count - len(rows(broken))
            pace = max(spent, 1.0) / max(count - left, 1) if number else 0.1
            spent += grade(root, broken, jobs, kill_after=chance.uniform(1, max(3.0, 2 * pace * left / (kills + 1))))
            said.append(len(rows(broken)))
        spent += grade(root, broken, jobs)
        found = rows(broken)
        wrong = {name: row for name, row in found.items() if row != ["graded", due[name]]}
        print(f"{count} submissions, {count // 20} of them hostile: {spent:.0f} s, {count / spent:.1f} a second")
        print(f"killed {kills} times, with {', '.join(map(str, said))} rows; in the end {len(found)}")
        print(f"{len(due.keys() - found.keys())} lost, {len(wrong)} wrong {list(wrong.items())[:5]}")
        for learner in sorted(due)[unbroken:]:
            (root / "class" / learner / f"{small.NAME}.ipynb").unlink()
            (root / "class" / learner).rmdir()
        whole = root / "whole.db"
        grade(root, whole, jobs)
        same = all(found[learner] == row for learner, row in rows(whole).items()) and len(rows(whole)) == unbroken
        print(f"{unbroken} of them in one go: {'the same scores' if same else 'NOT THE SAME'}")
        unharmed = (root / "canary").read_text() == "alive"
        print("the canary is alive" if unharmed else "THE CANARY IS CHANGED")
        return found.keys() == due.keys() and not wrong and same and unharmed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--submissions", type=int, default=300)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--unbroken", type=int, help="how many are marked in one go, too (all)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=("speed", "load"))
    given = options.parse_args()
    print(f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} busy when it began; seed {given.seed}")
    held = []
    if given.only != "load":
        held += [instant(), speed("NumPy", 200, given.jobs), speed("torch", 30, given.jobs)]
    if given.only != "speed":
        unbroken = given.submissions if given.unbroken is None else min(given.unbroken, given.submissions)
        held.append(load(given.submissions, given.kills, given.jobs, unbroken, random.Random(given.seed)))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
