"""The glass cluster: every message takes what it should, everything is logged, and no program waits in vain unseen."""

from functools import partial

import cluster_programs as programs
import numpy as np
import pytest

from course_lib.cluster import network
from course_lib.cluster.program import Bytes, clock, compute, recv, send
from course_lib.cluster.simulated import run
from course_lib.errors import UserError


def test_events_say_who_did_what_from_when_to_when():
    def left():
        yield compute(2.0)
        yield send(1, np.zeros(4), "w")
        return (yield clock())

    def right():
        message = yield recv(0)
        yield compute(flops=6e9)
        return message.source, message.tag, message.payload.sum()

    ran = run([left(), right()], network.fully_connected(1.0, 16.0), flops=2e9)
    assert ran.results == [5.0, (0, "w", 0.0)] and ran.seconds == 8.0
    assert [tuple(event) for event in ran.events] == [
        ("compute", 0, 0.0, 2.0, None, 0, None),
        ("recv", 1, 0.0, 5.0, 0, 32, "w"),
        ("send", 0, 2.0, 5.0, 1, 32, "w"),
        ("compute", 1, 5.0, 8.0, None, 0, None),
    ]
    assert repr(ran) == "2 ranks: 1 messages, 32 bytes, 8 s"
    assert ran.spent(1, "recv") == 5.0 and ran.spent(0, "compute") == 2.0


def test_what_is_written_after_a_send_is_not_received():
    def first():
        x = [np.zeros(3), {"w": np.zeros(2)}]
        yield send(1, x, wait=False)
        x[0][:], x[1]["w"][:] = 7, 7
        x.append(1)
        yield compute(1)

    def second():
        return (yield recv()).payload

    x, w = run([first(), second()]).results[1]
    assert not x.any() and not w["w"].any()


def test_a_sender_that_does_not_wait_computes_meanwhile():
    def busy(wait):
        yield send(1, Bytes(10), wait=wait)
        yield send(1, Bytes(10), wait=wait)
        yield compute(25)
        return (yield clock())

    def other():
        first = yield recv()
        yield recv()
        return first.payload, (yield clock())

    net = network.fully_connected(0, 1)
    assert run([busy(True), other()], net).results == [45, (Bytes(10), 20)]
    assert run([busy(False), other()], net).results == [25, (Bytes(10), 20)]


def exchange(rank, p, pairs):
    """Those of `pairs` (source, to) send 100 bytes at once, and the others get them; when each was done."""
    for source, to in pairs:
        if rank == source:
            yield send(to, Bytes(100), wait=False)
    for source, to in pairs:
        if rank == to:
            yield recv(source)
    return (yield clock())


NETWORKS = {  # network, p, who sends to whom, when the last has it (100 bytes, 10 bytes/s, latency 1)
    "apart": (network.fully_connected(1, 10), 4, [(0, 1), (2, 3)], 11),
    "both ways at once": (network.fully_connected(1, 10), 2, [(0, 1), (1, 0)], 11),
    "two into one port": (network.fully_connected(1, 10), 3, [(1, 0), (2, 0)], 22),
    "two out of one port": (network.fully_connected(1, 10), 3, [(0, 1), (0, 2)], 22),
    "one shared wire": (network.shared_switch(1, 10), 4, [(0, 1), (2, 3)], 21),
    "a switch that is wide enough": (network.shared_switch(1, 10, 1e9), 4, [(0, 1), (2, 3)], 11.0000001),
    "a narrow switch": (network.shared_switch(1, 10, 5), 4, [(0, 1)], 21),
    "neighbours of a ring": (network.ring(1, 10), 5, [(0, 1), (1, 2), (4, 0)], 11),
    "round a ring, the shorter way": (network.ring(1, 10), 5, [(0, 3)], 12),
    "over a link that is taken": (network.ring(1, 10), 7, [(0, 1), (6, 2)], 23),
    "siblings in a tree": (network.tree(1, 10), 8, [(0, 1), (2, 3)], 12),
    "through the root of a tree": (network.tree(1, 10), 8, [(0, 7)], 16),
    "two through the root": (network.tree(1, 10), 8, [(0, 7), (1, 6)], 26),
    "two through a fat root": (network.tree(1, 10, widen=2), 8, [(0, 7), (1, 6)], 21),
    "four children": (network.tree(1, 10, children=4), 8, [(0, 3)], 12),
    "below one PCIe root": (network.pcie_roots(1, 10), 8, [(0, 3), (4, 7)], 11),
    "between PCIe roots": (network.pcie_roots(1, 10), 8, [(0, 4), (1, 5)], 22),
    "between them, slowly": (network.pcie_roots(1, 10, between=2), 8, [(0, 4), (4, 0)], 52),
}


@pytest.mark.parametrize(("net", "p", "pairs", "seconds"), list(NETWORKS.values()), ids=list(NETWORKS))
def test_messages_wait_for_what_they_share(net, p, pairs, seconds):
    assert run([exchange(rank, p, pairs) for rank in range(p)], net).seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: network.fully_connected(-1),
        lambda: network.ring(bandwidth=0),
        lambda: network.tree(children=1),
        lambda: network.tree(widen=0),
        lambda: network.pcie_roots(per_root=0),
        lambda: network.shared_switch(backplane=0),
        lambda: run([]),
        lambda: run([exchange(0, 1, [])], flops=0),
        lambda: run([exchange(0, 1, [])], slow={3: 2.0}),
        lambda: run([exchange(0, 1, [])], fails={0: -1.0}),
        lambda: run([exchange(0, 1, [])], slow={0: float("nan")}),
        lambda: run([yields_one()], slow=lambda rank, rng: -1.0),
    ],
)
def test_a_cluster_that_cannot_be_is_refused(mistake):
    with pytest.raises(UserError):
        mistake()


def yields_one():
    yield compute(1)


def parameter_server(p, pushes=3, **how):
    w, target = np.zeros(4), np.arange(4.0)
    workers = [programs.worker(w, target, pushes) for _ in range(p)]
    return run([programs.server(p, w, pushes), *workers], **how)


def test_a_server_takes_gradients_from_any_rank_in_the_order_in_which_they_come():
    ran = parameter_server(5, slow={3: 10.0})
    w, order = ran.results[0]
    assert order[-1] == 3 and sorted(order) == sorted([1, 2, 3, 4, 5] * 3)
    assert 0 < np.abs(w - np.arange(4.0)).max() < 3
    assert ran.spent(3, "compute") == pytest.approx(0.03) and ran.spent(2, "compute") == pytest.approx(0.003)


def test_the_same_seed_gives_the_same_events_and_another_seed_others():
    def jitter(rank, rng):
        return rng.lognormal(0, 0.5)

    events = [parameter_server(5, slow=jitter, seed=seed).events for seed in (1, 1, 2)]
    assert events[0] == events[1] != events[2]


def test_a_straggler_delays_a_ring_by_what_it_is_slower():
    def worker(rank, p):
        for _ in range(10):
            yield compute(1.0)
            yield from programs.ring(rank, p, np.zeros(p))

    even, slow = (run([worker(rank, 4) for rank in range(4)], slow=slow).seconds for slow in (None, {2: 1.5}))
    assert slow - even == pytest.approx(10 * 0.5)


def test_what_a_failed_rank_was_sending_is_lost_and_the_others_go_on():
    def worker(seconds):
        yield compute(seconds)
        yield send(0, seconds)

    def server():
        came = []
        while (message := (yield recv(within=2.5))) is not None:
            came.append(message.source)
        return came, (yield clock())

    workers = [server(), worker(1.0), worker(1.5), worker(3.0)]
    ran = run(workers, network.fully_connected(0.25, 1e9), fails={2: 1.6, 3: 9.0})
    assert ran.results[0][0] == [1, 3] and ran.failed == {2: 1.6} and ran.results[2] is None
    assert ran.results[0][1] == pytest.approx(5.75)
    assert [event.end for event in ran.events if event.rank == 2] == [1.5, 1.6, 1.6]
    assert [event for event in ran.events if event.kind == "recv"][-1].peer is None


def test_asking_without_waiting_finds_what_is_there():
    def asks():
        nothing = yield recv(within=0)
        yield compute(5)
        return nothing, (yield recv(within=0)).payload

    def tells():
        yield send(0, "here")

    assert run([asks(), tells()]).results[0] == (None, "here")


def test_messages_are_chosen_by_source_and_tag():
    def two(tag):
        yield send(0, f"{tag}1", tag)
        yield send(0, f"{tag}2", tag + 1)

    def picks():
        yield compute(9)
        first = yield recv(2, 8)
        second = yield recv(tag=8)
        third = yield recv(1)
        fourth = yield recv()
        return [each.payload for each in (first, second, third, fourth)]

    assert run([picks(), two(7), two(8)]).results[0] == ["81", "72", "71", "82"]


def test_functions_without_arguments_do_as_well_as_generators():
    x = [np.arange(3.0) + rank for rank in range(3)]
    ran = run([partial(programs.ring, rank, 3, x[rank]) for rank in range(3)])
    assert np.array_equal(ran.results[2], sum(x))


@pytest.mark.parametrize("algorithm", [programs.tree, programs.rabenseifner], ids=lambda f: f.__name__)
def test_a_thousand_workers_reduce(algorithm):
    x = [np.full(512, float(rank)) for rank in range(1000)]
    ran = run([algorithm(rank, 1000, x[rank]) for rank in range(1000)])
    assert all((result == 999 * 500).all() for result in ran.results) and len(ran.events) > 4000
