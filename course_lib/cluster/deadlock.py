"""Who waits for whom, in a sentence."""

from course_lib.cluster.program import ANY, Recv
from course_lib.errors import UserError

MOST = 6  # ranks that the sentence names


class Deadlock(UserError):
    """Ranks that wait for messages which nobody will send. trace: what had happened until then, if it is known."""

    def __init__(self, text: str, trace=None):
        super().__init__(text)
        self.trace = trace


def explain(waiting: dict[int, Recv], ended: set[int], failed: dict[int, float], unread: list[tuple]) -> str:
    """waiting: rank -> what it waits for; unread: (source, to, tag) of messages that arrived and fit no wait."""
    circle = _circle(waiting)
    named = circle or sorted(waiting)[:MOST]
    more = len(waiting) - len(named)
    parts = [_who(rank, waiting[rank], ended, failed, unread) for rank in named[: 2 * MOST]]
    if len(named) > 2 * MOST:
        parts.append(f"and so on round a circle of {len(named)}")
    if more:
        parts.append(f"and {more} more {'waits' if more == 1 else 'wait'}")
    return ", ".join(parts)


def _who(rank: int, wants: Recv, ended: set[int], failed: dict[int, float], unread: list[tuple]) -> str:
    text = f"rank {rank} waits for {wants}"
    if wants.source in failed:
        text += f" (which failed at {failed[wants.source]:.6g} s)"
    elif wants.source in ended:
        text += " (which has ended)"
    other = [(source, tag) for source, to, tag in unread if to == rank]
    fitting = [each for each in other if wants.source in (ANY, each[0])] or other
    if fitting:
        source, tag = fitting[0]
        text += f" (but has one from rank {source} with tag {tag!r})"
    return text


def _circle(waiting: dict[int, Recv]) -> list[int]:
    """The first ranks of which each waits for the next and the last for the first."""
    seen: set[int] = set()
    for rank in sorted(waiting):
        path: list[int] = []
        while rank in waiting and rank not in seen:
            seen.add(rank)
            path.append(rank)
            rank = waiting[rank].source
        if rank in path:
            return path[path.index(rank) :]
    return []
