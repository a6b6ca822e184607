"""What answers may use while they are marked: the learner's half of the library, and processes of their own."""

import json
import os

import pytest
import small_exercise as small
from sandboxes import SANDBOXES, THERE

from course_lib.grading import exercises, judge, sandbox, sandboxed, workers
from course_lib.grading.submission import Submission

COURSE = sandbox.ROOT / "course_lib"
FOR_ANSWERS = {"__init__.py", "errors.py", "datasets.py", "stopwatch.py", "gradcheck.py", "hardware.py", "shapes.py"}
FOR_ANSWERS |= {"gpu", "cluster"}
FOR_THE_WORKER = {
    "confine.py",
    "kernels.py",
    "landlock.py",
    "names.py",
    "programs.py",
    "spec.py",
    "wire.py",
    "worker.py",
}


def files(*folders):
    return sorted(str(path.relative_to(COURSE)) for folder in folders for path in folder.rglob("*.py"))


def test_the_learners_half_is_this_and_no_more():
    """A package that is added to the course is not in it."""
    assert {path.name for path in sandbox.learners_half() if path.parent == COURSE} == FOR_ANSWERS
    inner = {path.name for path in sandbox.learners_half() if path.parent != COURSE}
    assert inner >= FOR_THE_WORKER and not inner & {
        "judge.py",
        "answer.py",
        "examine.py",
        "exercises.py",
        "mistakes.py",
    }
    assert {path.parent for path in sandbox.learners_half()} == {COURSE, COURSE / "grading"}


@pytest.mark.parametrize("mode", SANDBOXES)
def test_a_worker_can_open_the_learners_half_and_no_other_file_of_the_course(mode):
    look = """
import os, course_lib
def readable(names):
    found = []
    for name in names:
        try: open(os.path.join(course_lib.__path__[0], name)).close()
        except OSError: continue
        found.append(name)
    return found
"""
    asked = files(COURSE) + [f"../{folder}/{name}" for folder in ("solutions", "tests", "exercises")
                             for name in os.listdir(sandbox.ROOT / folder)]  # fmt: skip
    half = sandbox.learners_half()
    allowed = files(*[path for path in half if path.is_dir()])
    allowed += [str(path.relative_to(COURSE)) for path in half if path.is_file()]
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(30, "cell", look, "look")
        assert sorted(worker.ask(30, "call", "readable", (asked,), {})) == sorted(allowed)
    opened = {name.split("/")[0] for name in allowed}
    assert {"gpu", "cluster", "gradcheck.py", "datasets.py"} < opened and "matmul" not in opened


USES = """
from functools import partial
import numpy as np
from course_lib.cluster import cost, network, processes, simulated
from course_lib.cluster.program import recv, send
from course_lib.datasets import digits
from course_lib.gradcheck import check_gradient

def swap(rank, x):
    yield send(1 - rank, x)
    return (yield recv(1 - rank)).payload

def use():
    workers = [partial(swap, rank, np.full(3, rank)) for rank in range(2)]
    x = digits().x_test[:2]
    worst = check_gradient(lambda x: (x**2).sum(), [x], [2 * x])
    return simulated.run(workers, network.fully_connected()).results[0].tolist(), worst < 1e-3, cost.ring(2, 1, 1, 1)

def really():
    ran = processes.run([partial(swap, rank, np.full(3, rank)) for rank in range(2)])
    return [each.tolist() for each in ran.results]
"""


@pytest.mark.parametrize("mode", SANDBOXES)
def test_answers_may_use_the_cluster_the_data_and_finite_differences(mode):
    with sandboxed.Sandboxed(mode) as worker:
        worker.ask(60, "cell", USES, "uses")
        assert worker.ask(60, "call", "use", (), {}) == ([1, 1, 1], True, 3.0)
        if mode == "bubblewrap":  # in the other there is no network, not even within the machine
            assert worker.ask(60, "call", "really", (), {}) == [[1, 1, 1], [0, 0, 0]]


REDUCE = """
import os
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

def work(rank, x, results):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29512")
    dist.init_process_group("gloo", rank=rank, world_size=2)
    mine = torch.from_numpy(x.copy())
    dist.all_reduce(mine)
    results.put((rank, mine.tolist()))
    dist.destroy_process_group()

def double(x):
    context = mp.get_context("fork")
    results = context.SimpleQueue()
    workers = [context.Process(target=work, args=(rank, x, results)) for rank in range(2)]
    for worker in workers: worker.start()
    sums = dict(results.get() for _ in workers)
    for worker in workers: worker.join()
    return np.array(sums[0]), np.array(sums[1])
"""
TESTS = """
import numpy as np
from course_lib.grading.spec import expect_close, test

@test("double", points=3)
def both_processes_have_the_sum(answer, rng):
    for n in (1, 7):
        x = rng.normal(size=n)
        for came in answer.double(x):
            expect_close(f"the sum over two processes of {n} numbers", came, 2 * x, 1e-12 * np.ones(n))

@test("total", points=1)
def adds_up(answer, rng):
    assert answer.total(np.ones(3)) == 3.0
"""


@pytest.mark.skipif(not THERE["bubblewrap"], reason="bubblewrap does not run here")
def test_an_answer_that_reduces_over_two_processes_of_torch_gets_its_marks(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "CELL", 60.0)  # torch may take long to be imported on a machine that is busy testing
    monkeypatch.setattr(workers, "CALL", 60.0)
    small.write(tmp_path, tests=TESTS)
    exercise = exercises.find(small.NAME, tmp_path / "solutions")
    answers = {"double": REDUCE, "total": small.REFERENCE["total"]}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", b"of the tests only" * 2, "bubblewrap")
    assert row["score"] == row["points"] == 4, json.dumps(row)
