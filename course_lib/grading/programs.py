"""A learner's distributed program on the glass cluster: advanced where the answers are, run where the test is.

The half beside the answers (`Programs`) only advances generators, and tells as plain data what they yielded. The other
half (`run`) is the cluster: clock, links, event log and deadlocks. So bytes, rounds and waiting are counted where no
answer reaches, whatever an answer says of itself; and what a rank knows, it was sent.

A generator is advanced until it needs an answer, so that one request brings many commands, of many ranks.
"""

import copy
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from types import CodeType, FunctionType

import numpy as np

from course_lib.cluster import program, simulated
from course_lib.cluster.network import Network
from course_lib.cluster.trace import Trace
from course_lib.errors import UserError
from course_lib.grading import names
from course_lib.grading.spec import AnswerError

KINDS = {"compute": program.Compute, "send": program.Send, "recv": program.Recv, "clock": program.Clock}
WORDS = {kind: word for word, kind in KINDS.items()}
ANSWERED = ("recv", "clock")  # what a generator cannot be advanced beyond, before the cluster knows the answer
MOST_AHEAD = 64  # commands of one rank in one reply
MOST_REPLY = 4 << 20  # bytes of payloads in one reply, or in one request, from which on no more are added
MOST_SENT = 128 << 20  # bytes of payloads in one run
MOST_COMMANDS = 300_000
LIMIT = 10.0  # seconds of one run


class Programs:
    """The generators of a run, beside the answers in `namespace`."""

    def __init__(self, namespace: dict):
        self._namespace = namespace
        self._running: dict[int, tuple[Generator, dict]] = {}  # rank -> its generator, its global names
        self._p = 0

    def start(self, p: int, ranks: list) -> None:
        """ranks: (rank, name of its function, arguments) of those that run here. Raises AnswerError."""
        self._running, self._p = {}, p
        for rank, name, args in ranks:
            function = _with_own_memory(names.find_function(self._namespace, name), self._namespace)
            memory = getattr(function, "__globals__", self._namespace)
            try:
                made = function(*args)
            except (Exception, SystemExit) as error:  # noqa: BLE001  a learner's code may raise anything
                raise names.told(error, memory) from None
            if not isinstance(made, Generator):
                came = names.describe(names.plain(made))
                raise AnswerError(f"{name} should be a generator: it yields what it does; but {came} came", "TypeError")
            self._running[rank] = made, memory

    def advance(self, resumed: list) -> list:
        """(rank, what it is resumed with) -> (rank, its next commands), of as many of them as fit into a reply."""
        told, size = [], 0
        for rank, value in resumed:
            commands = self._commands(rank, program.Message(*value) if type(value) is tuple else value)
            told.append((rank, commands))
            size += sum(program.size_of(command[2]) for command in commands if command[0] == "send")
            if size > MOST_REPLY:
                break
        return told

    def _commands(self, rank: int, value) -> list[tuple]:
        commands, size, (worker, memory) = [], 0, self._running[rank]
        while len(commands) < MOST_AHEAD and size < MOST_REPLY // 4:
            try:
                command = worker.send(value)
                size += program.checked(command, rank, self._p)
                commands.append((WORDS[type(command)], *map(names.plain, command)))
            except StopIteration as stop:
                commands.append(("ended", names.plain(stop.value)))
            except program.ProgramError as error:
                commands.append(("raised", f"{error}{program.where(worker)}", "ProgramError"))
            except (Exception, SystemExit) as error:  # noqa: BLE001  a learner's code may raise anything
                failed = names.told(error, memory)
                commands.append(("raised", f"in rank {rank}, {failed}", failed.kind))
            if commands[-1][0] not in ("compute", "send"):
                break
            value = None
        return commands


def _with_own_memory(function: Callable, namespace: dict) -> Callable:
    """The function with its own copies of the lists, dicts, sets and arrays that the notebook's functions name.

    Ranks are other machines: what one of them writes into a global name or into a default argument, no other sees.
    """
    functions = {name: each for name, each in namespace.items() if _is_own(each, namespace)}
    used = {name for each in functions.values() for name in _names_in(each.__code__)}
    mine = {name: _own(value) if name in used else value for name, value in namespace.items()}
    for name, each in functions.items():
        mine[name] = FunctionType(each.__code__, mine, each.__name__, _own(each.__defaults__), each.__closure__)
        mine[name].__kwdefaults__ = _own(each.__kwdefaults__)
    found = [name for name, each in functions.items() if each is function]
    return mine[found[0]] if found else function


def _is_own(value, namespace: dict) -> bool:
    return type(value) is FunctionType and value.__globals__ is namespace


def _names_in(code: CodeType) -> set[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return {*code.co_names, *(name for each in inner for name in _names_in(each))}


def _own(value):
    try:
        return copy.deepcopy(value) if type(value) in (list, dict, set, tuple, np.ndarray) else value
    except Exception:  # noqa: BLE001  it holds what has no copy, such as a module
        return value


def run(programs: Sequence[tuple], network: Network | None, how: dict, halves: list, owner: Sequence[int]) -> Trace:
    """Run `programs`, for each rank (name of the learner's function, *arguments), or a function of the test's own.

    how     further arguments of simulated.simulate
    halves  functions (what, *arguments) that ask a Programs to start or advance
    owner   rank -> which of them holds it

    Raises AnswerError, also for a deadlock and whatever else a program may do wrong.
    """
    try:
        remote = _Remote(programs, halves, owner)
        return simulated.simulate(len(programs), remote.step, network, **{"most_commands": MOST_COMMANDS, **how})
    except UserError as error:
        raise AnswerError(str(error), type(error).__name__, place=_place(error)) from None


def _place(said) -> tuple[str]:
    """What tells one mistake from another of its kind: who did what, or waits for whom, in whatever line."""
    return (str(said).partition(" (line ")[0].partition(" (in your line ")[0],)


class _Remote:
    """The generators as the cluster sees them, wherever they are. It believes nothing of what it is told.

    A rank that waits for one other rank can be given its message as soon as that is known, long before the cluster's
    clock is there, for it can be given no other. So each request takes along all ranks that can go on.
    """

    def __init__(self, programs: Sequence[tuple], halves: list, owner: Sequence[int]):
        self._halves, self._owner = halves, owner
        self._own = {rank: made(*args) for rank, (made, *args) in enumerate(programs) if callable(made)}
        self._told: list[deque] = [deque() for _ in programs]  # commands that the cluster has not seen yet
        self._waits: dict[int, program.Recv] = {}  # rank -> what it has asked for, from one other rank
        self._posted: dict[tuple, list] = {}  # (source, to) -> the messages that `to` has not been given
        self._sent, self._end = 0, time.monotonic() + LIMIT
        theirs = [(rank, name, tuple(args)) for rank, (name, *args) in enumerate(programs) if rank not in self._own]
        for half, ask in enumerate(halves):
            if ranks := [each for each in theirs if owner[each[0]] == half]:
                ask("start", len(programs), ranks)

    def step(self, resumed: list) -> list:
        lacking = [(rank, value) for rank, value in resumed if rank not in self._own and not self._told[rank]]
        for rank, value in lacking:
            self._waits.pop(rank, None)
            if type(value) is program.Message:
                self._take(rank, program.Recv(value.source, value.tag, None))
        if lacking:
            lacking += [(rank, message) for rank, wants in self._waits.items() if (message := self._take(rank, wants))]
        for half, ask in enumerate(self._halves):
            self._advance(ask, [each for each in lacking if self._owner[each[0]] == half])
        return [self._next(rank, value) for rank, value in resumed]

    def _take(self, rank: int, wants: program.Recv) -> program.Message | None:
        """The first that was posted to a rank and fits, if there is one: those of one rank arrive in order."""
        posted = self._posted.get((wants.source, rank), [])
        for place, message in enumerate(posted):
            if wants.tag in (program.ANY, message.tag):
                return posted.pop(place)
        return None

    def _next(self, rank: int, value):
        if rank in self._own:
            return simulated.advance(self._own[rank], rank, value)
        command = self._told[rank].popleft()
        if isinstance(command, AnswerError):
            raise command
        return command

    def _advance(self, ask: Callable, resumed: list) -> None:
        while resumed:
            if time.monotonic() > self._end:
                raise AnswerError(f"the program had not ended after {LIMIT:g} seconds", "Lost")
            request, size = [], 0
            for rank, value in resumed:
                message = type(value) is program.Message
                size += program.size_of(value.payload) if message else 0
                request.append((rank, tuple(value) if message else value))
                if size > MOST_REPLY:
                    break
            told = ask("advance", request)
            if type(told) is not list or not 0 < len(told) <= len(request):
                raise AnswerError("its process broke the protocol: no commands came", "Lost")
            for each, (rank, _) in zip(told, request, strict=False):
                self._hear(each, rank)
            resumed = resumed[len(told) :]

    def _hear(self, told, rank: int) -> None:
        """Note the commands of one rank, made anew from what was told."""
        if type(told) is not tuple or len(told) != 2 or told[0] != rank or type(told[1]) is not list or not told[1]:
            raise AnswerError("its process broke the protocol: commands of another rank came", "Lost")
        commands = [self._command(*each) if type(each) is tuple and each else None for each in told[1][:MOST_AHEAD]]
        self._told[rank].extend(commands)
        for command in commands:
            if type(command) is program.Send and type(command.to) is int:
                copy = program.Message(rank, program.copied(command.payload), command.tag)
                self._posted.setdefault((rank, command.to), []).append(copy)
        self._waits.pop(rank, None)
        if type(last := commands[-1]) is program.Recv and type(last.source) is int and last.within is None:
            self._waits[rank] = last

    def _command(self, word, *rest):
        if word == "ended" and len(rest) == 1:
            return simulated.Ended(rest[0])
        if word == "raised" and len(rest) == 2 and all(type(each) is str for each in rest):
            return AnswerError(rest[0][:2000], rest[1][:80], place=_place(rest[0]))
        kind = KINDS.get(word) if type(word) is str else None
        if kind is None or len(rest) != len(kind._fields):
            return None  # which no worker may yield
        if kind is program.Send:
            self._sent += program.size_of(rest[1])
            if self._sent > MOST_SENT:
                raise AnswerError(f"the program sent more than {MOST_SENT >> 20} MiB", "MemoryError")
        return kind(*rest)
