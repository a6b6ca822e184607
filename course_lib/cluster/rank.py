"""What runs in the process of one rank: its worker, and a mailbox that others reach through TCP.

The parent (processes.py) writes to its standard input: a dict with rank, p, key and the pickled worker; then the ports
of all and when the clock began. It answers on what was its standard output: its port; each line that it prints; what it
waits for, when that takes a while; and in the end its result and events. When the parent is gone, it ends.
"""

import io
import os
import pickle
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

from course_lib.cluster import program
from course_lib.cluster.program import ANY, Bytes, Clock, Compute, Message, Recv, Send
from course_lib.cluster.trace import Event

HOST = "127.0.0.1"
A_WHILE = 0.2  # seconds after which the parent is told of a wait


def main() -> None:
    requests, replies, lock = sys.stdin.buffer, os.fdopen(os.dup(1), "wb"), threading.Lock()
    os.dup2(2, 1)  # what a C library prints shall not disturb

    def say(*message):
        frame = pickle.dumps(message)  # whole before a byte of it is written, for it may fail
        with lock:
            replies.write(frame)
            replies.flush()

    sys.stdout = _Lines(say)
    job = pickle.load(requests)
    mailbox = _Mailbox(job["key"], job["p"])
    say("port", mailbox.port)
    ports, begun = pickle.load(requests)
    threading.Thread(target=_end_with_parent, args=(requests,), daemon=True).start()
    rank = job["rank"]
    try:
        _Runner(rank, ports, begun, job["key"], mailbox, say).run(pickle.loads(job["worker"]))
    except program.ProgramError as error:
        say("raised", True, str(error))
    except BaseException as error:  # noqa: BLE001  a worker may raise anything
        say("raised", False, f"rank {rank} raised {type(error).__name__}: {error}{_line(error)}")
    threading.Event().wait()  # others may still send to it; the parent ends it


def _end_with_parent(requests) -> None:
    requests.read()
    os._exit(1)


def _line(error: BaseException) -> str:
    """Where the worker was, which is the last line of its traceback."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return f" (line {trace.tb_lineno} of {trace.tb_frame.f_code.co_name})"


class _Runner:
    def __init__(self, rank: int, ports: dict[int, int], begun: float, key: bytes, mailbox: "_Mailbox", say):
        self.rank, self.ports, self.begun, self.key, self.mailbox, self.say = rank, ports, begun, key, mailbox, say
        self.events: list[Event] = []
        self.sent = [0] * len(ports)
        self.lines: dict = {}  # rank -> the connection to it
        self.sender = ThreadPoolExecutor(1)

    def now(self) -> float:
        return time.monotonic() - self.begun

    def run(self, worker) -> None:
        generator, value = program.started(worker, self.rank), None
        while True:
            resumed = self.now()
            try:
                command = generator.send(value)
            except StopIteration as stop:
                result = stop.value
                break
            try:
                size = program.checked(command, self.rank, len(self.ports))
            except program.ProgramError as error:
                raise program.ProgramError(f"{error}{program.where(generator)}") from None
            value = self.do(command, size, resumed)
        self.sender.shutdown()
        self.say("ended", result, self.events, self.sent, self.mailbox.unread(), self.now())

    def do(self, command, size: int, resumed: float):
        kind = type(command)
        if kind is Send:
            to, payload, tag, wait = command
            self.sent[to] += 1
            filling = bytes(size if type(payload) is Bytes else 0)
            frame = pickle.dumps((Message(self.rank, payload, tag), filling), protocol=5)
            under_way = self.sender.submit(self.send, to, frame, size, tag)
            return under_way.result() if wait else None
        if kind is Recv:
            start, message = self.now(), self.receive(command)
            source, tag, size = command.source, command.tag, 0
            if message:
                source, payload, tag = message
                size = program.size_of(payload)
            self.events.append(Event("recv", self.rank, start, self.now(), source, size, tag))
            return message
        if kind is Compute:
            time.sleep(command.seconds or 0)
            self.events.append(Event("compute", self.rank, resumed, self.now()))
        return self.now() if kind is Clock else None

    def send(self, to: int, frame: bytes, size: int, tag) -> None:
        start = self.now()
        try:
            if to not in self.lines:
                self.lines[to] = Client((HOST, self.ports[to]), authkey=self.key)
            self.lines[to].send_bytes(frame)
        except (OSError, EOFError):
            pass  # its process has died, as the parent will notice
        self.events.append(Event("send", self.rank, start, self.now(), to, size, tag))

    def receive(self, wants: Recv) -> Message | None:
        deadline = None if wants.within is None else time.monotonic() + wants.within
        told = None
        while True:
            left = A_WHILE if deadline is None else min(A_WHILE, max(deadline - time.monotonic(), 0))
            message = self.mailbox.take(wants, left)
            if message or (deadline is not None and time.monotonic() >= deadline):
                break
            if told != (told := self.mailbox.come):
                self.say("waits", wants, told, self.mailbox.unread(), list(self.sent))
        if told is not None:
            self.say("goes on")
        return message


class _Mailbox:
    """Messages that have come and were not yet read; one thread for each rank that writes."""

    def __init__(self, key: bytes, p: int):
        self._listener = Listener((HOST, 0), backlog=p, authkey=key)
        self.port = self._listener.address[1]
        self.come = 0
        self._messages: list[Message] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (AuthenticationError, EOFError, OSError):
                continue  # a stranger without the key
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection) -> None:
        try:
            while True:
                message, _ = pickle.loads(connection.recv_bytes())
                with self._changed:
                    self.come += 1
                    self._messages.append(message)
                    self._changed.notify()
        except (EOFError, OSError):
            connection.close()

    def take(self, wants: Recv, seconds: float) -> Message | None:
        """The first that fits, if there is one within so many seconds."""

        def found():
            for place, message in enumerate(self._messages):
                if wants.source in (ANY, message.source) and wants.tag in (ANY, message.tag):
                    return self._messages.pop(place)
            return None

        with self._changed:
            return self._changed.wait_for(found, seconds)

    def unread(self) -> list[tuple]:
        with self._changed:
            return [(message.source, message.tag) for message in self._messages]


class _Lines(io.TextIOBase):
    """Hands whole lines to the parent, so that those of two ranks do not mix."""

    def __init__(self, say):
        self._say, self._begun = say, ""

    def write(self, text: str) -> int:
        *whole, self._begun = (self._begun + text).split("\n")
        if whole:
            self._say("print", "".join(f"{line}\n" for line in whole))
        return len(text)
