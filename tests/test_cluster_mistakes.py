"""Mistakes in distributed programs: each is told in one sentence, and none waits for ever."""

import numpy as np
import pytest

from course_lib.cluster import simulated
from course_lib.cluster.deadlock import Deadlock
from course_lib.cluster.program import Bytes, ProgramError, clock, compute, recv, send
from course_lib.cluster.simulated import run


def wait(*wants, sends=()):
    for message in sends:
        yield send(*message)
    for want in wants:
        yield recv(*want)


DEADLOCKS = {
    "rank 0 waits for rank 1, rank 1 waits for rank 2, rank 2 waits for rank 0": lambda: [
        wait((1,)), wait((2,)), wait((0,))
    ],
    "rank 1 waits for rank 2, rank 2 waits for rank 1, and 2 more wait": lambda: [
        wait((1,)), wait((2,)), wait((1,)), wait((0,))
    ],
    "rank 0 waits for rank 1 (which has ended)": lambda: [wait((1,)), wait()],
    "rank 0 waits for any rank": lambda: [wait(()), wait()],
    "rank 0 waits for rank 1 with tag 5 (which has ended) (but has one from rank 1 with tag 4)": lambda: [
        wait((1, 5)), wait(sends=[(0, None, 4)])
    ],
    "rank 0 waits for rank 2 (but has one from rank 1 with tag 0)": lambda: [
        wait((2,)), wait(sends=[(0, 1)]), wait((0,))
    ],
}  # fmt: skip


@pytest.mark.parametrize(("said", "workers"), list(DEADLOCKS.items()), ids=list(DEADLOCKS))
def test_a_deadlock_is_explained(said, workers):
    with pytest.raises(Deadlock) as caught:
        run(workers())
    assert said in str(caught.value) and "deadlock at" in str(caught.value) and caught.value.trace.events is not None


def test_a_deadlock_names_a_rank_that_failed_and_not_a_thousand():
    with pytest.raises(Deadlock, match=r"rank 0 waits for rank 1 \(which failed at 0.5 s\)"):
        run([wait((1,)), wait((0,))], fails={1: 0.5})
    with pytest.raises(Deadlock, match="and so on round a circle of 1000") as caught:
        run([wait(((rank + 1) % 1000,)) for rank in range(1000)])
    assert len(str(caught.value)) < 600


def yields(command):
    def worker():
        yield command

    return worker()


MISUSES = {
    "rank 1 should yield compute(), send(), recv() or clock(), but it yielded None": lambda: None,
    "but it yielded a NumPy array of float64": lambda: np.zeros(3),
    "it yielded a generator: write `yield from` before it": lambda: wait(),
    "rank 1 should compute either so many seconds or so many flops": lambda: compute(),
    "rank 1 should compute either": lambda: compute(1, 1),
    "rank 1 computes -1 seconds": lambda: compute(-1),
    "rank 1 computes nan flops": lambda: compute(flops=float("nan")),
    "rank 1 computes a str; seconds are a number": lambda: compute("1"),
    "rank 1 computes True": lambda: compute(True),
    "rank 1 sends to 2, but the ranks are the whole numbers from 0 to 1": lambda: send(2, 1),
    "rank 1 sends to -1,": lambda: send(-1, 1),
    "rank 1 sends to 0.0,": lambda: send(0.0, 1),
    "rank 1 sends to itself": lambda: send(1, 1),
    "rank 1 sends with tag None": lambda: send(0, 1, None),
    "wait 'no'": lambda: send(0, 1, 0, "no"),
    "but it sent a NumPy array of object": lambda: send(0, np.array([None])),
    "but it sent a function": lambda: send(0, lambda: 1),
    "but it sent a Bytes": lambda: send(0, Bytes(-1)),
    "but it sent a list": lambda: send(0, nested(30)),
    "rank 1 receives from itself": lambda: recv(1),
    "rank 1 receives from 5,": lambda: recv(5),
    "rank 1 receives with tag 1.5": lambda: recv(0, 1.5),
    "rank 1 waits at most -1 seconds": lambda: recv(0, within=-1),
    "rank 1 waits at most inf seconds": lambda: recv(0, within=float("inf")),
}


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(("said", "command"), list(MISUSES.items()), ids=list(MISUSES))
def test_every_misuse_is_told_in_a_sentence_that_names_rank_and_line(said, command):
    with pytest.raises(ProgramError) as caught:
        run([wait(), yields(command())])
    assert said in str(caught.value) and str(caught.value).endswith("of worker)")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("workers", [[3], [lambda: 3], [[compute(1)]], [print]])
def test_what_is_no_worker_is_refused(workers):
    with pytest.raises(ProgramError, match="rank 0 should be a generator"):
        run(workers)


def test_an_error_in_a_worker_names_its_rank():
    def broken():
        yield compute(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        run([wait(), broken()])
    assert caught.value.__notes__ == ["raised in rank 1"]


@pytest.mark.parametrize("command", [compute(0), compute(1), clock(), recv(within=0), send(1, None, wait=False)])
def test_a_program_without_end_is_stopped(command):
    def endless():
        while True:
            yield command

    with pytest.raises(simulated.SimulationError, match="yielded more than 1000 commands; do they end?"):
        run([endless(), yields(compute(1))], most_commands=1000)
