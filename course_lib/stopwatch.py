"""Check, then time. A time is only worth something beside another one taken in the same run, so it comes as a ratio.

    watch = compare({"naive": f, "tiled": g}, check=lambda result: …, clock=gpu.clock())
    watch.ratio("tiled", "naive")

Rounds are paired: each round runs every entry once, so that a busy moment of the machine hits all of them, and the
ratio is the median over rounds of the ratio within a round.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from course_lib.errors import UserError


class WrongResult(UserError):
    """A program that computes the wrong thing has no speed."""


class Clock(NamedTuple):
    """measure(run) -> (result, seconds); label: what the seconds are, to be printed beside every one of them."""

    label: str
    measure: Callable


def _wall(run):
    begun = time.perf_counter()
    result = run()
    return result, time.perf_counter() - begun


HOST = Clock("wall time of this computer", _wall)


@dataclass(frozen=True)
class Comparison:
    """seconds: entry -> one time a round; label: of the clock."""

    label: str
    seconds: dict[str, list[float]]

    def ratio(self, entry: str, baseline: str) -> float:
        """How many times as long as the baseline the entry takes: below 1 is faster."""
        for name in (entry, baseline):
            if name not in self.seconds:
                raise UserError(f"there is no entry {name!r}; the entries are {', '.join(self.seconds)}")
        return median(a / b for a, b in zip(self.seconds[entry], self.seconds[baseline], strict=True))

    def __repr__(self):
        first = next(iter(self.seconds))
        lines = [f"{name}: {self.ratio(name, first):.2f} x {first}" for name in self.seconds]
        return "\n".join([*lines, f"({self.label}; medians of {len(self.seconds[first])} paired rounds)"])


def compare(
    entries: dict[str, Callable], check: Callable | None = None, clock: Clock = HOST, rounds: int = 5
) -> Comparison:
    """Time zero-argument functions against each other.

    check(result) -> bool is asked once for each entry before anything is timed; that first run also warms up
    compilers and caches. Raises WrongResult, naming the entry, if it says False.
    """
    if not entries or rounds < 1:
        raise UserError(f"compare() needs at least one entry and one round, but {len(entries)} and {rounds} came")
    for name, run in entries.items():
        if not callable(run):
            raise UserError(f"the entry {name!r} is a function without arguments, but {type(run).__name__} came")
        result = run()
        if check is not None and not check(result):
            raise WrongResult(f"{name!r} gives a wrong result, so it was not timed; mend it first")
    seconds = {name: [] for name in entries}
    for _ in range(rounds):
        for name, run in entries.items():
            seconds[name].append(clock.measure(run)[1])
    return Comparison(clock.label, seconds)
