"""What a run of a distributed program leaves: results, and every event, whichever machine it ran on."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One bar of the time line of a rank.

    kind   compute; send, while its port is busy; recv, from asking to having (or giving up); failed
    start  seconds since the program began; end
    peer   the other rank of a message, None where there is none
    """

    kind: str
    rank: int
    start: float
    end: float
    peer: int | None = None
    bytes: int = 0
    tag: int | str | None = None


@dataclass(repr=False)
class Trace:
    """results: what each rank returned, None if it failed; events in the order of their start."""

    results: list[Any]
    events: list[Event]
    seconds: float  # until the last rank had ended
    failed: dict[int, float] = field(default_factory=dict)  # rank -> when
    unread: list[tuple[int, int, int | str]] = field(default_factory=list)  # (source, to, tag) of messages left over

    def __repr__(self):
        failed = f", {len(self.failed)} failed" if self.failed else ""
        ranks, messages = len(self.results), self.sent()
        return f"{ranks} ranks{failed}: {messages} messages, {self.bytes_sent()} bytes, {self.seconds:.6g} s"

    def sent(self, rank: int | None = None) -> int:
        """How many messages a rank sent, or all of them did."""
        return len(self._sends(rank))

    def bytes_sent(self, rank: int | None = None) -> int:
        return sum(event.bytes for event in self._sends(rank))

    def spent(self, rank: int, kind: str) -> float:
        """Seconds that a rank spent on events of a kind."""
        return sum(event.end - event.start for event in self.events if event.rank == rank and event.kind == kind)

    def _sends(self, rank: int | None) -> list[Event]:
        return [event for event in self.events if event.kind == "send" and rank in (None, event.rank)]
