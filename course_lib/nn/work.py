"""What each node of a network asks of a machine in a forward pass: operations, and bytes that must be moved.

rows = work(net, batch=64, each={"ReLU": 1, "BatchNorm": 8})
by_kind(rows, lambda row: row.bytes, ("Convolution", "ReLU"))     # {"Convolution": ..., "ReLU": ..., "rest": ...}
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from course_lib.nn.joins import Flatten
from course_lib.nn.layer import LayerError, whole
from course_lib.nn.net import Net, require_net


class Work(NamedTuple):
    """One node. kind: the name of its class; bytes: its inputs, its output and its parameters, each once."""

    node: str
    kind: str
    operations: float
    bytes: int

    def seconds(self, peak: float, bandwidth: float) -> float:
        """The least that a machine needs, with arithmetic and memory at work at the same time (the roofline)."""
        return max(self.operations / peak, self.bytes / bandwidth)


def work(net: Net, batch: int, each: Mapping[str, float], itemsize: int = 4) -> list[Work]:
    """Of every node that computes; each: operations for one element of the output, by kind of layer.

    A layer that has multiply-adds makes two operations for each of them; one of a kind that `each` lacks makes none.
    """
    if not isinstance(each, Mapping):
        raise LayerError(f"each names kinds of layers, such as {{'ReLU': 1}}; it is {each!r}")
    require_net(net)
    batch, itemsize = whole("batch", batch), whole("itemsize", itemsize)
    rows = []
    for node in net.nodes:
        layer, kind = node.layer, type(node.layer).__name__
        if isinstance(layer, Flatten):  # which is a view
            continue
        came = node.before if layer.joins else (node.before,)
        read, written = sum(map(math.prod, came)), math.prod(node.shape)
        one = 2 * layer.macs(node.before) or each.get(kind, 0) * written
        moved = batch * (read + written) + (node.own.stop - node.own.start)
        rows.append(Work(node.name, kind, batch * one, itemsize * moved))
    return rows


def by_kind(rows: Iterable[Work], value: Callable[[Work], float], kinds: Iterable[str]) -> dict[str, float]:
    """The sum of value(row) for each of these kinds; what is of another kind makes up the rest."""
    sums = dict.fromkeys((*kinds, "rest"), 0)
    for row in rows:
        sums[row.kind if row.kind in sums else "rest"] += value(row)
    return sums
