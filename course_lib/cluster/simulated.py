"""The glass cluster: any number of workers in one process, on a simulated clock. Everything that happens is an event.

    ran = run([ring(rank, 8, x[rank]) for rank in range(8)], network.shared_switch(latency=1e-5, bandwidth=1e9))
    ran.results, ran.seconds, ran.events, ran.bytes_sent(0)

Workers are generators (program.py). What a worker does between two yields takes no simulated time: only what it says
it computes does. The same workers, network and seed give the same events.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush

import numpy as np

from course_lib.cluster import network as networks
from course_lib.cluster import program
from course_lib.cluster.deadlock import Deadlock, explain
from course_lib.cluster.program import ANY, Clock, Compute, Message, Recv, Send
from course_lib.cluster.trace import Event, Trace
from course_lib.errors import UserError

MOST_COMMANDS = 10_000_000  # that workers yield
_made = tuple.__new__  # a named tuple's own way to be made takes three times as long


class SimulationError(UserError, ValueError):
    """A cluster that cannot be simulated, or a program without end."""


class Ended:
    """In place of a command: the worker has returned."""

    def __init__(self, result):
        self.result = result


def run(workers: Sequence, network: networks.Network | None = None, **how) -> Trace:
    """Run workers, generators or functions without arguments that make them, to their end; see simulate.

    Raises Deadlock, ProgramError, SimulationError, and whatever a worker raises, with a note that names its rank.
    """
    generators = [program.started(worker, rank) for rank, worker in enumerate(workers)]

    def step(resumed):
        return [advance(generators[rank], rank, value) for rank, value in resumed]

    def at(rank):
        return program.where(generators[rank])

    return simulate(len(generators), step, network, at=at, **how)


def advance(worker, rank: int, value):
    """What a generator yields next, or Ended."""
    try:
        return worker.send(value)
    except StopIteration as stop:
        return Ended(stop.value)
    except Exception as error:
        error.add_note(f"raised in rank {rank}")
        raise


def simulate(
    p: int,
    step: Callable,
    network: networks.Network | None = None,
    flops: float = 1e9,
    slow: Mapping[int, float] | Callable | None = None,
    fails: Mapping[int, float] | None = None,
    seed: int = 0,
    most_commands: int = MOST_COMMANDS,
    at: Callable = lambda rank: "",
) -> Trace:
    """Simulate p workers that are somewhere else.

    step     list of (rank, value to resume it with) -> list of what each yields next, or Ended
    network  how they are connected; network.fully_connected() if it is None
    flops    floating-point operations that a rank does in a second
    slow     rank -> how many times as long its computing takes, or a function (rank, rng) that gives it each time
    fails    rank -> when it fails: it does nothing more, what it was sending is lost, what is sent to it is lost
    seed     of the random numbers that `slow` is handed, a generator for each rank
    at       rank -> where in its program it is, for messages
    """
    return _Cluster(p, step, network or networks.fully_connected(), flops, slow, fails, seed, most_commands, at).run()


def _fits(wants: Recv, message: Message) -> bool:
    return wants.source in (ANY, message.source) and wants.tag in (ANY, message.tag)


class _Cluster:
    def __init__(self, p, step, network, flops, slow, fails, seed, most_commands, at):
        if p < 1 or not flops > 0:
            raise SimulationError(f"a cluster has 1 worker or more that do some flops a second, not {p} and {flops}")
        for what, ranks in (("slow", slow), ("fails", fails)):
            for rank in ranks if isinstance(ranks, Mapping) else ():
                if rank not in range(p) or not 0 <= ranks[rank] < math.inf:
                    raise SimulationError(
                        f"{what} gives rank {rank} {ranks[rank]!r}, but the ranks are 0 to {p - 1}, and a finite "
                        "number from 0 on was expected"
                    )
        self.p, self.step, self.network, self.flops, self.slow, self.at = p, step, network, flops, slow, at
        self.rngs = [np.random.default_rng([seed, rank]) for rank in range(p)] if callable(slow) else []
        self.most = self.left = most_commands
        self.now, self.end, self.tickets = 0.0, 0.0, 0
        self.agenda: list[tuple] = []  # (time, ticket, what then, its arguments)
        self.ready: list[tuple] = [(rank, None) for rank in range(p)]  # (rank, value to resume it with)
        self.inbox: list[list[tuple]] = [[] for _ in range(p)]  # (Message, its bytes), arrived and not yet received
        self.asleep: dict[int, tuple] = {}  # rank -> (since, Recv, ticket)
        self.sending, self.receiving = [0.0] * p, [0.0] * p  # until when a port is busy
        self.shared: dict = {}  # the same of what messages share
        self.ways: dict = {}  # (source, to) -> (fixed seconds, narrowest bandwidth, shared parts)
        self.results, self.ended, self.failed = [None] * p, set(), {}
        self.events: list[Event] = []
        for rank, time in (fails or {}).items():
            self.later(float(time), self.fail, rank)

    def run(self) -> Trace:
        while True:
            while self.ready:
                resumed, self.ready = self.ready, []
                if self.failed:
                    resumed = [each for each in resumed if each[0] not in self.failed]
                for (rank, _), command in zip(resumed, self.step(resumed), strict=True):
                    self.do(rank, command)
                self.left -= len(resumed)
                if self.left < 0:
                    raise SimulationError(f"the workers have yielded more than {self.most} commands; do they end?")
            if not self.agenda:
                break
            self.now = self.agenda[0][0]
            while self.agenda and self.agenda[0][0] == self.now:
                _, _, then, arguments = heappop(self.agenda)
                then(*arguments)
        if self.asleep:
            waiting = {rank: wants for rank, (_, wants, _) in self.asleep.items()}
            who = explain(waiting, self.ended, self.failed, self.unread())
            raise Deadlock(f"deadlock at {self.now:.6g} s: {who}", self.trace())
        return self.trace()

    def later(self, time: float, then: Callable, *arguments) -> None:
        self.tickets += 1
        heappush(self.agenda, (time, self.tickets, then, arguments))

    def do(self, rank: int, command) -> None:
        """What a rank has yielded."""
        if type(command) is Ended:
            self.results[rank], self.end = command.result, self.now
            self.ended.add(rank)
            return
        try:
            size = program.checked(command, rank, self.p)
        except program.ProgramError as error:
            raise program.ProgramError(f"{error}{self.at(rank)}") from None
        kind = type(command)
        if kind is Send:
            self.send(rank, command, size)
        elif kind is Recv:
            self.recv(rank, command)
        elif kind is Compute:
            seconds = command.seconds if command.flops is None else command.flops / self.flops
            end = self.now + float(seconds) * self.slowness(rank)
            self.events.append(_made(Event, ("compute", rank, self.now, end, None, 0, None)))
            self.later(end, self.resume, rank)
        elif kind is Clock:
            self.ready.append((rank, self.now))

    def slowness(self, rank: int) -> float:
        if callable(self.slow):
            factor = float(self.slow(rank, self.rngs[rank]))
            if not 0 <= factor < math.inf:
                raise SimulationError(f"slow gives {factor} for rank {rank}; a factor from 0 on was expected")
            return factor
        return self.slow.get(rank, 1.0) if self.slow else 1.0

    def resume(self, rank: int, value=None) -> None:
        self.ready.append((rank, value))

    def send(self, rank: int, command: Send, size: int) -> None:
        to, payload, tag, wait = command
        fixed, narrowest, shared = self.ways.get((rank, to)) or self.way(rank, to)
        start = max(self.now, self.sending[rank], self.receiving[to])
        for part, _ in shared:
            start = max(start, self.shared.get(part, 0.0))
        end = start + fixed + size / narrowest
        self.sending[rank] = self.receiving[to] = end
        for part, bandwidth in shared:
            self.shared[part] = start + size / bandwidth
        self.events.append(_made(Event, ("send", rank, start, end, to, size, tag)))
        self.later(end, self.arrive, to, _made(Message, (rank, program.copied(payload), tag)), size, wait)
        if not wait:
            self.ready.append((rank, None))

    def way(self, source: int, to: int) -> tuple:
        hops, shared = self.network.way(source, to, self.p)
        narrowest = min([self.network.bandwidth, *(bandwidth for _, bandwidth in shared)])
        self.ways[source, to] = hops * self.network.latency, narrowest, shared
        return self.ways[source, to]

    def arrive(self, to: int, message: Message, size: int, wait: bool) -> None:
        if message.source in self.failed:
            return
        if to in self.asleep and _fits(self.asleep[to][1], message):
            self.give(to, message, size, self.asleep.pop(to)[0])
        elif to not in self.failed:
            self.inbox[to].append((message, size))
        if wait:
            self.ready.append((message.source, None))

    def recv(self, rank: int, wants: Recv) -> None:
        for place, (message, size) in enumerate(self.inbox[rank]):
            if _fits(wants, message):
                del self.inbox[rank][place]
                self.give(rank, message, size, self.now)
                return
        self.asleep[rank] = self.now, wants, self.tickets
        if wants.within is not None:
            self.later(self.now + wants.within, self.give_up, rank, self.tickets)

    def give(self, rank: int, message: Message, size: int, since: float) -> None:
        self.events.append(_made(Event, ("recv", rank, since, self.now, message.source, size, message.tag)))
        self.ready.append((rank, message))

    def give_up(self, rank: int, ticket: int) -> None:
        if rank in self.asleep and self.asleep[rank][2] == ticket:
            since, wants, _ = self.asleep.pop(rank)
            self.events.append(Event("recv", rank, since, self.now, wants.source, 0, wants.tag))
            self.ready.append((rank, None))

    def fail(self, rank: int) -> None:
        if rank not in self.ended:
            self.failed[rank] = self.now
            self.asleep.pop(rank, None)
            self.inbox[rank].clear()
            self.events.append(Event("failed", rank, self.now, self.now))

    def unread(self) -> list[tuple]:
        return [(message.source, to, message.tag) for to in range(self.p) for message, _ in self.inbox[to]]

    def trace(self) -> Trace:
        gone = self.failed.get
        events = [e._replace(end=min(e.end, gone(e.rank))) if e.rank in self.failed else e for e in self.events]
        events = sorted((e for e in events if e.start <= e.end), key=lambda event: event.start)
        return Trace(self.results, events, self.end, self.failed, self.unread())
