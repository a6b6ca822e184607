"""Three graders of notebooks behind one interface, for compare_graders.py: nbgrader, otter-grader, course grade.

All mark the same exercise, tests/small_exercise.py, with the same tests: nbgrader and otter-grader have them in check
cells, as their manuals teach. A class is a folder of two: eve, whose answer to `double` is the case, and zoe, who is
right. nbgrader and otter-grader run in bubblewrap with a home of their own, no network but their own loopback, limits
on memory and file size, and nothing of this machine but Python; course grade makes its own sandbox. A cell may take ten
seconds in nbgrader, as in course grade; otter-grader has no such limit.
"""

import copy
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import small_exercise as small

ROOT = Path(__file__).resolve().parents[1]
NAME = small.NAME
RIGHT = {"double": "def double(x):\n    return 2 * x", "total": "def total(x):\n    return float(np.sum(x))"}
CHECKS = {  # question -> (points, assertions) of its check cells; the last line is a hidden test where there are such
    "double": [
        (2, "for x in (0, 1, 3):\n    assert double(x) == 2 * x", "assert double(987654321) == 1975308642"),
        (1, "import numpy as np", "assert np.allclose(double(0.5), 1.0)"),
    ],
    "total": [(1, "assert np.allclose(total(np.array([1.0, 2.0])), 3.0)", "assert np.allclose(total(np.ones(5)), 5)")],
}
LIMIT = 90.0  # seconds for a class of two
LIMITS = ["prlimit", f"--as={8 << 30}", f"--fsize={1 << 30}", "--core=0", "--"]
GRADE = (
    "import sys; from pathlib import Path; from course_lib.grading import grade; root = Path(sys.argv[1]); "
    "sys.exit(grade.main('ex90', root / 'class', root / 'marks.db', root / 'secret', 1, "
    "folder=root / 'course' / 'solutions'))"
)


@dataclass(frozen=True)
class Outcome:
    """scores: learner -> points, or None without a mark. harmed: whether a file of the instructor's was changed."""

    scores: dict[str, float | None]
    seconds: float
    ended: bool
    harmed: bool


class Grader:
    """`venv`: the virtual environment with it; `work`: a folder of its own."""

    title = ""
    pinned = ""
    home = "/instructor"  # as the grader sees it

    def __init__(self, venv: Path, work: Path):
        self.venv, self.work = venv, work
        self.instructor = work / "home"
        self.instructor.mkdir(parents=True)
        work.joinpath("hosts").write_text("127.0.0.1 localhost\n")
        if self.pinned and not venv.joinpath("bin", "python").exists():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            pip = [venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            subprocess.run([*pip, self.pinned, "numpy", "ipykernel"], check=True)
        self.prepare()

    def mark(self, source: str, tamper: Callable[[list[dict]], None] | None = None) -> Outcome:
        """Mark a class in which eve answers `source`; `tamper` changes the cells of her notebook."""
        canary = self.instructor / "canary"
        canary.write_text("alive")
        canary.chmod(0o666)
        answers = {**RIGHT, "double": source.replace("CANARY", f"{self.home}/canary")}
        hers = copy.deepcopy(self.notebook(answers))
        if tamper:
            tamper(hers["cells"])
        began = time.monotonic()
        ended = self.run({"eve": hers, "zoe": self.notebook(RIGHT)})
        seconds = time.monotonic() - began
        harmed = not canary.exists() or canary.read_text(errors="replace") != "alive"
        return Outcome(self.scores(), round(seconds, 2), ended, harmed)

    def pace(self, count: int = 10) -> float:
        """Seconds for each of `count` right notebooks of one class, all that the grader does before them included."""
        began = time.monotonic()
        if not self.run({f"zoe{number}": self.notebook(RIGHT) for number in range(count)}, limit=60.0 * count):
            raise RuntimeError(f"{self.title} did not mark {count} right notebooks in {60 * count} seconds")
        return (time.monotonic() - began) / count

    def boxed(self, script: str, limit: float | None = None) -> bool:
        """Run a shell script where it can harm nothing. Returns whether it ended by itself in time."""
        words = "bwrap --unshare-all --unshare-user --die-with-parent --new-session --cap-drop ALL --clearenv"
        words += " --uid 65534 --gid 65534 --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib"
        words += " --symlink usr/lib64 /lib64 --ro-bind /etc/ld.so.cache /etc/ld.so.cache --proc /proc --dev /dev"
        words += " --tmpfs /tmp --setenv USER grader --setenv LOGNAME grader --setenv LANG C.UTF-8"
        box = [*words.split(), "--setenv", "HOME", self.home, "--setenv", "PATH", f"{self.venv}/bin:/usr/bin:/bin"]
        for path in {sys.base_prefix, str(self.venv)}:
            box += ["--ro-bind", path, path] if not path.startswith("/usr") else []
        box += ["--ro-bind", str(self.work / "hosts"), "/etc/hosts"]
        box += ["--bind", str(self.instructor), self.home, "--bind", str(self.work), "/marking", "--chdir", "/marking"]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([*box, "--", *LIMITS, "sh", "-c", script], start_new_session=True, **quiet)
        try:
            process.wait(limit or LIMIT)
            return True
        except subprocess.TimeoutExpired:
            process.kill()  # and with it everything inside
            process.wait()
            return False


class Nbgrader(Grader):
    title, pinned = "nbgrader autograde", "nbgrader==0.9.6"

    def prepare(self) -> None:
        source = self.work / "template" / "source" / NAME
        source.mkdir(parents=True)
        source.joinpath(f"{NAME}.ipynb").write_text(json.dumps(self.notebook(RIGHT, hidden=True)))
        config = "c = get_config()\nc.CourseDirectory.root = '/marking/course'\nc.Execute.timeout = 10\n"
        self.work.joinpath("template", "nbgrader_config.py").write_text(config)
        self.work.joinpath("template").rename(self.work / "course")
        self.boxed(f"cd course && nbgrader generate_assignment {NAME}")
        self.work.joinpath("course").rename(self.work / "template")

    def notebook(self, answers: dict[str, str], hidden: bool = False) -> dict:
        cells = [small.cell("import numpy as np")]
        for question, checks in CHECKS.items():
            source = answers[question]
            marked = f"### BEGIN SOLUTION\n{source}\n### END SOLUTION" if hidden else source
            cells.append(small.cell(marked, question))
            for number, (points, shown, secret) in enumerate(checks):
                check = f"{shown}\n### BEGIN HIDDEN TESTS\n{secret}\n### END HIDDEN TESTS" if hidden else shown
                name = f"check-{question}-{number}"
                cells.append(small.cell(check, name, solution=False, grade=True, locked=True, points=points))
        return small.notebook(cells)

    def run(self, notebooks: dict[str, dict], limit: float | None = None) -> bool:
        course = self.work / "course"
        shutil.rmtree(course, ignore_errors=True)
        shutil.copytree(self.work / "template", course)
        for learner, made in notebooks.items():
            folder = course / "submitted" / learner / NAME
            folder.mkdir(parents=True)
            folder.joinpath(f"{NAME}.ipynb").write_text(json.dumps(made))
        return self.boxed(f"cd course && nbgrader autograde {NAME}", limit)

    def scores(self) -> dict[str, float | None]:
        course = self.work / "course"
        asked = (
            "select sum(coalesce(manual_score, auto_score, 0)) from grade join submitted_notebook n "
            "on n.id = grade.notebook_id join submitted_assignment a on a.id = n.assignment_id where student_id = ?"
        )
        found = {}
        for learner in ("eve", "zoe"):
            marked = course / "autograded" / learner / NAME / f"{NAME}.ipynb"
            try:
                with closing(sqlite3.connect(course / "gradebook.db")) as book:
                    (score,) = book.execute(asked, (learner,)).fetchone()
            except sqlite3.Error:
                score = None
            found[learner] = score if marked.exists() else None
        return found


class Otter(Grader):
    title, pinned = "otter run", "otter-grader==7.0.0"

    def prepare(self) -> None:
        def raw(text: str) -> dict:
            return {"cell_type": "raw", "metadata": {}, "id": f"raw{len(cells)}", "source": text}

        cells = []
        cells.append(raw("# ASSIGNMENT CONFIG\ninit_cell: true\nexport_cell: false\nrun_tests: false"))
        cells.append(small.cell("import numpy as np"))
        for question, checks in CHECKS.items():
            cells += [raw(f"# BEGIN QUESTION\nname: {question}"), small.cell(question, kind="markdown")]
            cells += [raw("# BEGIN SOLUTION"), small.cell(f"{RIGHT[question]} # SOLUTION"), raw("# END SOLUTION")]
            cells.append(raw("# BEGIN TESTS"))
            for points, shown, secret in checks:
                config = f'""" # BEGIN TEST CONFIG\npoints: {points}\n""" # END TEST CONFIG\n'
                cells.append(small.cell(f"{config}{shown}\n{secret}"))
            cells += [raw("# END TESTS"), raw("# END QUESTION")]
        for number, cell in enumerate(cells):
            cell["id"] = f"cell{number}"
        self.work.joinpath("small.ipynb").write_text(json.dumps(small.notebook(cells)))
        self.boxed("otter assign --no-pdfs small.ipynb dist && mv dist/autograder/*.zip tests.zip")
        self.released = json.loads(self.work.joinpath("dist", "student", "small.ipynb").read_text())

    def notebook(self, answers: dict[str, str]) -> dict:
        made = copy.deepcopy(self.released)
        for cell in made["cells"]:
            for question, answer in answers.items():
                if f"def {question}(" in "".join(cell["source"]):
                    cell["source"] = answer
        return made

    def run(self, notebooks: dict[str, dict], limit: float | None = None) -> bool:
        shutil.rmtree(self.work / "class", ignore_errors=True)
        script = []
        for learner, made in notebooks.items():
            folder = self.work / "class" / learner
            folder.mkdir(parents=True)
            folder.joinpath("small.ipynb").write_text(json.dumps(made))
            script.append(f"(cd /marking/class/{learner}; otter run --no-logo -a /marking/tests.zip -o . small.ipynb)")
        return self.boxed("; ".join(script), limit)

    def scores(self) -> dict[str, float | None]:
        found = {}
        for learner in ("eve", "zoe"):
            try:
                tests = json.loads((self.work / "class" / learner / "results.json").read_text())["tests"]
                found[learner] = float(sum(test.get("score", 0) for test in tests))
            except (OSError, ValueError, KeyError):
                found[learner] = None
        return found


class Course(Grader):
    title = "course grade"

    def prepare(self) -> None:
        small.write(self.work / "course")
        secret = self.work / "secret"
        secret.write_text(os.urandom(32).hex())
        secret.chmod(0o600)
        self.home = str(self.instructor)

    def notebook(self, answers: dict[str, str]) -> dict:
        cells = [[small.cell(answers[name], name), small.check_cell(name, 1)] for name in answers]
        return small.notebook([small.setup_cell("", NAME), *cells[0], *cells[1]])

    def run(self, notebooks: dict[str, dict], limit: float | None = None) -> bool:
        self.work.joinpath("marks.db").unlink(missing_ok=True)
        shutil.rmtree(self.work / "class", ignore_errors=True)
        for learner, made in notebooks.items():
            folder = self.work / "class" / learner
            folder.mkdir(parents=True, exist_ok=True)
            folder.joinpath(f"{NAME}.ipynb").write_text(json.dumps(made))
        command = [sys.executable, "-c", GRADE, str(self.work)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            subprocess.run(command, timeout=limit or LIMIT, check=False, cwd=ROOT, **quiet)
            return True
        except subprocess.TimeoutExpired:
            return False

    def scores(self) -> dict[str, float | None]:
        with closing(sqlite3.connect(self.work / "marks.db")) as book:
            found = dict(book.execute("select learner, score from marks").fetchall())
        return {learner: found.get(learner) for learner in ("eve", "zoe")}
