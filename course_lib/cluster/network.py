"""Links between ranks.

Every rank has one port that sends and one that receives, both at once. A message of n bytes occupies the sender's and
the receiver's for

    hops * latency + n / bandwidth          alpha + n beta, where there is one hop

with the bandwidth of the narrowest part on its way. What many messages share on their way, such as a switch, each of
them occupies for n / its own bandwidth. A part that is busy lets messages through in the order in which they were sent.

With a latency of 1 and a bandwidth of math.inf the seconds of a run count its rounds.
"""

import itertools
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from course_lib.errors import UserError

LATENCY, BANDWIDTH = 1e-6, 1e9  # alpha, s; 1 / beta, bytes/s


class NetworkError(UserError, ValueError):
    """A network that cannot be."""


@dataclass(frozen=True)
class Network:
    """way(source, to, p) -> (hops, shared parts on the way as (name, bandwidth))"""

    name: str
    latency: float
    bandwidth: float  # of a port
    way: Callable[[int, int, int], tuple[int, list[tuple[Hashable, float]]]]

    def __post_init__(self):
        _require(0 <= self.latency < math.inf, f"a latency is a finite number of seconds from 0 on, not {self.latency}")
        _require(self.bandwidth > 0, f"a bandwidth is a positive number of bytes per second, not {self.bandwidth}")


def fully_connected(latency: float = LATENCY, bandwidth: float = BANDWIDTH) -> Network:
    """A link between every two ranks: messages meet at ports only."""
    return Network("fully connected", latency, bandwidth, lambda source, to, p: (1, []))


def shared_switch(latency: float = LATENCY, bandwidth: float = BANDWIDTH, backplane: float | None = None) -> Network:
    """All messages cross one switch of bandwidth `backplane`, which is that of one port unless it is given."""
    shared = [("switch", bandwidth if backplane is None else backplane)]
    _require(shared[0][1] > 0, f"a backplane has a positive number of bytes per second, not {backplane}")
    return Network("shared switch", latency, bandwidth, lambda source, to, p: (1, shared))


def ring(latency: float = LATENCY, bandwidth: float = BANDWIDTH) -> Network:
    """Links between neighbours only, p - 1 and 0 among them; a message goes the shorter way, link by link."""

    def way(source, to, p):
        ahead = (to - source) % p
        step, hops = (1, ahead) if 2 * ahead <= p else (-1, p - ahead)
        stops = [(source + step * hop) % p for hop in range(hops + 1)]
        return hops, [(("link", *pair), bandwidth) for pair in itertools.pairwise(stops)]

    return Network("ring", latency, bandwidth, way)


def tree(latency: float = LATENCY, bandwidth: float = BANDWIDTH, children: int = 2, widen: float = 1.0) -> Network:
    """Ranks are the leaves of a tree of switches with `children` each: up to the common switch, and down.

    A level's links have `widen` times the bandwidth of those below; widen=children makes a full fat tree.
    """
    _require(
        children > 1 and widen > 0, f"a tree has 2 children or more and widens by a factor, not {children}, {widen}"
    )

    def way(source, to, p):
        level, parts = 0, []
        while source != to:
            wide = bandwidth * widen**level
            parts += [(("up", level, source), wide), (("down", level, to), wide)]
            source, to, level = source // children, to // children, level + 1
        return 2 * level, parts

    return Network("tree", latency, bandwidth, way)


def pcie_roots(
    latency: float = LATENCY, bandwidth: float = BANDWIDTH, per_root: int = 4, between: float | None = None
) -> Network:
    """GPUs below PCIe roots, `per_root` each; two roots share one link of bandwidth `between` for each direction."""
    width = bandwidth if between is None else between
    _require(per_root > 0 and width > 0, f"a root has 1 GPU or more and a bandwidth, not {per_root} and {between}")

    def way(source, to, p):
        here, there = source // per_root, to // per_root
        return (1, []) if here == there else (2, [(("roots", here, there), width)])

    return Network("PCIe roots", latency, bandwidth, way)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise NetworkError(sentence)
