"""What a network needs, counted from shapes alone: nothing is computed, so the largest is counted in a moment.

count(net).parameters
memory(net, batch=128).total
"""

import math
from typing import NamedTuple

from course_lib.nn.joins import Flatten
from course_lib.nn.layer import whole
from course_lib.nn.net import Net, require_net


class Row(NamedTuple):
    """One node: what it has, and what it does for one example.

    macs         multiplications, each with its addition, of weighted sums
    connections  terms of those sums, biases among them
    activations  numbers that go out
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    macs: int
    connections: int
    activations: int


class Count(NamedTuple):
    """Of a network and one example. neurons: the activations of the nodes that compute weighted sums."""

    rows: list[Row]
    parameters: int
    macs: int
    connections: int
    activations: int
    neurons: int

    def __repr__(self):
        head = f"{'node':18}{'shape':>18}{'parameters':>14}{'MACs':>18}{'activations':>14}"
        lines = [f"{r.name:18}{r.shape!s:>18}{r.parameters:14,}{r.macs:18,}{r.activations:14,}" for r in self.rows]
        total = f"{'total':36}{self.parameters:14,}{self.macs:18,}{self.activations:14,}"
        return "\n".join([head, *lines, total])


def count(net: Net) -> Count:
    """A row for each node, and their sums. Raises LayerError."""
    require_net(net)
    rows = [
        Row(
            node.name,
            node.shape,
            node.own.stop - node.own.start,
            node.layer.macs(node.before),
            node.layer.connections(node.before),
            math.prod(node.shape),
        )
        for node in net.nodes
    ]
    sums = (sum(getattr(row, name) for row in rows) for name in ("parameters", "macs", "connections", "activations"))
    return Count(rows, *sums, sum(row.activations for row in rows if row.connections))


class Memory(NamedTuple):
    """Bytes of one training step.

    data            D: the input and every array that a node makes of it
    gradients       dD: the gradient of each of them
    weights         W
    dweights        dW
    optimiser       what the steps remember, such as momentum
    workspace       of the node that needs most beside its own arrays
    """

    data: int
    gradients: int
    weights: int
    dweights: int
    optimiser: int
    workspace: int

    @property
    def total(self) -> int:
        return sum(self)


def memory(net: Net, batch: int, itemsize: int = 4, vectors: int = 1) -> Memory:
    """Of training with a batch; vectors: how many of w's size the optimiser keeps (1 with momentum or Adagrad).

    D + W + dD + dW, as textbooks have it, plus the optimiser's state and the workspace. It is what a step needs that
    keeps all gradients until its end; this library's backward pass frees each as soon as it was used.
    """
    require_net(net)
    batch, itemsize, vectors = whole("batch", batch), whole("itemsize", itemsize), whole("vectors", vectors, 0)
    made = [math.prod(node.shape) for node in net.nodes if not isinstance(node.layer, Flatten)]  # which is a view
    data = itemsize * batch * (math.prod(net.input_shape) + sum(made))
    w = itemsize * net.size
    workspace = max((node.layer.workspace(node.before, batch, itemsize) for node in net.nodes), default=0)
    return Memory(data, data, w, w, vectors * w, workspace)
