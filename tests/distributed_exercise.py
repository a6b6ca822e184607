"""A small exercise about distributed programs for the tests of grading: a ring, and a worker of a parameter server."""

import json
from pathlib import Path

from small_exercise import cell, check_cell, notebook, setup_cell

NAME = "ex91_distributed"
SETUP = "import numpy as np\nfrom course_lib.cluster.program import clock, compute, recv, send"
RING = """
def ring(rank, p, x):
    ### BEGIN SOLUTION
    chunks = np.array_split(x.copy(), p)
    for step in range(2 * (p - 1)):
        yield send((rank + 1) % p, chunks[(rank - step) % p])
        came = (yield recv((rank - 1) % p)).payload
        mine = (rank - step - 1) % p
        chunks[mine] = chunks[mine] + came if step < p - 1 else came
    return np.concatenate(chunks)
    ### END SOLUTION
"""
WORKER = """
def worker(w, target, pushes):
    ### BEGIN SOLUTION
    for _ in range(pushes):
        yield compute(0.001)
        yield send(0, w - target, "push")
        w = (yield recv(0)).payload
    return w
    ### END SOLUTION
"""
REFERENCE = {"ring": RING.strip(), "worker": WORKER.strip()}
TESTS = """
import numpy as np
from course_lib.cluster import network
from course_lib.cluster.program import recv, send
from course_lib.grading.spec import expect_close, expect_value, test


def reduced(answer, rng, p):
    x = [rng.normal(size=4 * p) for _ in range(p)]
    return sum(x), answer.simulate([("ring", rank, p, x[rank]) for rank in range(p)], network.ring())


@test("ring", points=2)
def every_rank_has_the_sum(answer, rng):
    for p in (1, 2, 3, 5):
        total, ran = reduced(answer, rng, p)
        for rank, came in enumerate(ran.results):
            expect_close(f"ring on {p} ranks, in the end at rank {rank}", came, total, 1e-12 * p * np.ones(4 * p))


@test("ring", points=1)
def sends_as_little_as_can_be(answer, rng):
    for p in (2, 3, 8):
        total, ran = reduced(answer, rng, p)
        for rank, came in enumerate(ran.results):
            expect_value(f"ring on {p} ranks: messages that rank {rank} sends", ran.sent(rank), 2 * (p - 1))
            expect_value(f"bytes that rank {rank} sends", ran.bytes_sent(rank), 2 * (p - 1) * total.nbytes // p)
            expect_close(f"ring on {p} ranks, in the end at rank {rank}", came, total, 1e-12 * p * np.ones(4 * p))


def server(workers, w, pushes):
    for _ in range(workers * pushes):
        message = yield recv(tag="push")
        w = w - 0.1 * message.payload
        yield send(message.source, w)
    return w


@test("worker", points=1)
def learns_from_the_server(answer, rng):
    w, target = rng.normal(size=3), rng.normal(size=3)
    for workers in (1, 3):
        ranks = [(server, workers, w, 5), *[("worker", w, target, 5)] * workers]
        ran = answer.simulate(ranks, slow={workers: 3.0}, flops=1e9)
        expect_value(f"messages of a worker of {workers}", ran.sent(1), 5)
        expected = np.maximum(np.abs(w - target), 1e-9)
        expect_close(f"the model of {workers} workers", ran.results[0], target, expected * 0.9 ** (5 * workers) * 1.8)
"""
ALL_TO_ONE = '''"""Everything goes through rank 0."""


def ring(rank, p, x):
    if rank:
        yield send(0, x)
        return (yield recv(0)).payload
    for other in range(1, p):
        x = x + (yield recv(other)).payload
    for other in range(1, p):
        yield send(other, x)
    return x
'''
WRONG_CHUNK = '''"""In the second round each rank passes on the chunk that it has just got a turn too early."""
''' + RING.replace("chunks[(rank - step) % p])", "chunks[(rank - step + (step >= p - 1)) % p])")


def write(root: Path) -> Path:
    """A project folder with the exercise in solutions/; returns the folder."""
    folder = root / "solutions"
    for name, source in {"all_to_one": ALL_TO_ONE, "wrong_chunk": WRONG_CHUNK}.items():
        (folder / "wrong" / NAME / "ring").mkdir(parents=True, exist_ok=True)
        (folder / "wrong" / NAME / "ring" / f"{name}.py").write_text(source)
    cells = [
        cell("# Exercise 91: distributed", kind="markdown"),
        setup_cell("from course_lib.grading import exercise", NAME),
        setup_cell(SETUP, "setup"),
        *(part for name, points in {"ring": 3, "worker": 1}.items()
          for part in (cell(REFERENCE[name], name), check_cell(name, points))),
    ]  # fmt: skip
    (folder / f"{NAME}.py").write_text(TESTS)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook(cells)))
    return folder
