"""The workers of the glass cluster run on real processes too: same results, same messages, and nothing hangs."""

import os
import time
from functools import partial

import cluster_programs as programs
import numpy as np
import pytest

from course_lib.cluster import processes, simulated
from course_lib.cluster.deadlock import Deadlock
from course_lib.cluster.processes import WorkerError, run
from course_lib.cluster.program import Bytes, ProgramError, clock, compute, recv, send


def messages(ran):
    """Who sent what to whom: the order among ranks is a matter of time, that of each rank is not."""
    sends = [(e.rank, e.peer, e.bytes, e.tag) for e in ran.events if e.kind == "send"]
    return sorted(sends, key=lambda each: each[0])


@pytest.mark.parametrize(
    ("algorithm", "p"), [(programs.ring, 3), (programs.tree, 2), (programs.rabenseifner, 3), (programs.flat, 1)]
)
def test_both_machines_send_the_same_messages_and_find_the_same_sum(algorithm, p):
    x = [np.random.default_rng(rank).integers(-9, 9, 12).astype("f8") for rank in range(p)]
    workers = [partial(algorithm, rank, p, x[rank]) for rank in range(p)]
    glass, real = simulated.run(workers), run(workers)
    assert all(np.array_equal(result, sum(x)) for result in real.results)
    assert messages(glass) == messages(real) and real.unread == [] and real.seconds > 0
    assert [event.start for event in real.events] == sorted(event.start for event in real.events)
    assert all(0 <= event.start <= event.end <= real.seconds for event in real.events)


def test_a_server_takes_what_comes_first_from_whomever_it_comes():
    w, target = np.zeros(4), np.arange(4.0)

    def first():
        yield from programs.worker(w, target, 2, 0.01)
        yield send(2, None)

    def second():
        yield recv(1)
        yield from programs.worker(w, target, 2, 0.05)

    ran = run([partial(programs.server, 2, w, 2), first, second])
    assert ran.results[0][1] == [1, 1, 2, 2]
    assert ran.spent(1, "compute") >= 0.02 and ran.spent(2, "compute") >= 0.1


def test_large_payloads_blanks_prints_and_clocks(capfd):
    x = np.arange(1 << 20, dtype="f4")

    def left():
        yield send(1, x, wait=False)
        yield send(1, Bytes(3 << 20), "blank")
        print("left has", len(x))
        return (yield clock())

    def right():
        nothing = yield recv(0, "no such", within=0.05)
        blank = yield recv(0, "blank")
        came = yield recv(0)
        yield compute(flops=1)
        return nothing, blank.payload, float(came.payload.sum())

    ran = run([left, right])
    assert ran.results[0] > 0 and ran.results[1] == (None, Bytes(3 << 20), float(x.sum()))
    assert ran.bytes_sent(0) == 7 << 20 and capfd.readouterr().out == f"left has {1 << 20}\n"


def waits(*wants):
    for want in wants:
        yield recv(*want)


def dies():
    yield compute(0)
    os._exit(7)


def raises():
    yield compute(0)
    raise ValueError("no such luck")


def returns_what_cannot_move():
    yield compute(0)
    return lambda: 1


def loops():
    yield compute(0)
    time.sleep(600)


WAITING = partial(waits, (1,))
BROKEN = {
    "deadlock: rank 0 waits for rank 1, rank 1 waits for rank 0": (Deadlock, [WAITING, partial(waits, (0,))]),
    "the process of rank 1 died, with exit code 7": (WorkerError, [WAITING, dies]),
    "rank 1 raised ValueError: no such luck (line": (WorkerError, [WAITING, raises]),
    "rank 0 raised AttributeError: Can't ": (WorkerError, [returns_what_cannot_move]),  # pickle, since 3.13 get
    "local object 'returns_what_cannot_move.<locals>.<lambda>'": (WorkerError, [returns_what_cannot_move]),
    "the program had not ended after 2 s: rank 0 waits for rank 1": (WorkerError, [WAITING, loops]),
    "rank 0 receives from itself": (ProgramError, [partial(waits, (0,)), loops]),
    "rank 0 should be a generator": (ProgramError, [lambda: 3]),
}
SAID = [pytest.param(said, *rest, id=said) for said, rest in BROKEN.items()]


@pytest.mark.parametrize(("said", "kind", "workers"), SAID)
def test_what_goes_wrong_is_named_and_nothing_is_left(said, kind, workers, monkeypatch):
    made, begin = [], processes.subprocess.Popen
    monkeypatch.setattr(processes.subprocess, "Popen", lambda *a, **k: made.append(begin(*a, **k)) or made[-1])
    with pytest.raises(kind) as caught:
        run(workers, limit=2 if loops in workers else 60)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert len(made) == len(workers) and all(process.returncode is not None for process in made)


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ([], "1 worker or more"),
        ([programs.tree(0, 1, np.ones(1))], "no process can be handed an object of type generator"),
        ([3], "no process can be handed an object of type int"),
        ([partial(waits, (i for i in range(3)))], "cannot be handed to a process"),
    ],
)
def test_what_no_process_can_run_is_refused(workers, said):
    with pytest.raises((ProgramError, WorkerError), match=said):
        run(workers)
