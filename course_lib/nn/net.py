"""A network: layers over one flat vector w of all parameters, in a list or any graph without cycles.

    net = Net((1, 28, 28), Convolution(6, 5), ReLU(), Flatten(), Linear(10))
    w = net.initial(seed=0)
    loss, dw = net.gradient(x, labels, w)

A graph is built node by node; add() gives a node's name, for others to read from:

    stem = net.add(Convolution(64, 3, padding=1))
    net.add(Add(), stem, net.chain(stem, ReLU(), Convolution(64, 3, padding=1)))
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.arrays import floats
from course_lib.errors import UserError
from course_lib.nn.initial import he
from course_lib.nn.layer import Layer, LayerError, Tensor, views, whole
from course_lib.nn.softmax import cross_entropy

INPUT = "input"


class Node(NamedTuple):
    """A layer in its place. before: the shape of one example that comes in (of a join: a tuple of shapes); shape: of
    one that goes out; tensors: the parts of its parameters, which lie at `own` in w."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    before: tuple
    shape: tuple
    tensors: dict[str, Tensor]
    own: slice


class Net:
    """shape: of one example, such as (1, 28, 28). What no other node reads is an output.

    A layer at two places has parameters at each of them. What a layer remembers beside them, as BatchNorm does, is not
    in w: pickle.dumps((net, w)) keeps both.
    """

    def __init__(self, shape: tuple[int, ...], *layers: Layer):
        if not isinstance(shape, tuple) or not shape:
            raise LayerError(f"shape should be that of one example, such as (1, 28, 28); it is {shape!r}")
        shape = tuple(whole("each number of the shape of one example", n) for n in shape)
        self.input_shape, self.nodes, self.size = shape, [], 0
        self._last: dict[str, Node] = {}  # the last node to read from this one
        self._learns = {INPUT: False}  # whether there are parameters in a node, or before it
        self.chain(INPUT, *layers)

    def add(self, layer: Layer, *inputs: str, name: str | None = None) -> str:
        """Append a layer that reads from the named nodes, by default from the last one; its name, by default its kind
        and a number, as relu2. Raises LayerError, naming the node."""
        if not isinstance(layer, Layer):
            raise LayerError(f"a layer was expected, such as ReLU(), but {layer!r} came")
        shapes = {INPUT: self.input_shape} | {node.name: node.shape for node in self.nodes}
        name = name or self._free_name(type(layer), shapes)
        inputs = inputs or (list(shapes)[-1],)
        for given in (name, *inputs):
            if not isinstance(given, str):
                raise LayerError(
                    f"nodes are given by their names, such as 'relu1', one after the other; {given!r} came"
                )
        if name in shapes:
            raise LayerError(f"there is a node {name!r} already; give this one another name")
        for read in inputs:
            if read not in shapes:
                raise LayerError(f"{name} reads from {read!r}, but the nodes are {', '.join(shapes)}")
        if len(inputs) > 1 and not layer.joins:
            raise LayerError(f"{name} takes one input, but {len(inputs)} came: {', '.join(inputs)}; join them first")
        if layer.remembers and any(node.layer is layer for node in self.nodes):
            raise LayerError(
                f"{name}: this {layer!r} has a place in the network, and remembers its numbers; make another one"
            )
        before = tuple(shapes[read] for read in inputs)
        before = before if layer.joins else before[0]
        try:
            shape, tensors = layer.shape(before), layer.tensors(before)
        except UserError as error:
            raise LayerError(f"{name}: {error}") from None
        size = sum(tensor.size for tensor in tensors.values())
        node = Node(name, layer, inputs, before, shape, tensors, slice(self.size, self.size + size))
        self.nodes.append(node)
        self.size += size
        self._last |= dict.fromkeys(inputs, node)
        self._learns[name] = bool(tensors) or any(self._learns[read] for read in inputs)
        return name

    def _free_name(self, kind, taken):
        number = 1 + sum(type(node.layer) is kind for node in self.nodes)
        while (name := f"{kind.__name__.lower()}{number}") in taken:
            number += 1
        return name

    def chain(self, start: str, *layers: Layer) -> str:
        """Append layers one after the other, the first reading from `start`; the name of the last."""
        if not isinstance(start, str):
            raise LayerError(f"a chain starts from the name of a node, such as 'input', but {start!r} came")
        for layer in layers:
            start = self.add(layer, start)
        return start

    @property
    def outputs(self) -> list[str]:
        """The nodes that no other reads."""
        return [node.name for node in self.nodes if node.name not in self._last]

    def node(self, name: str) -> Node:
        """Raises LayerError, naming those that there are."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise LayerError(f"there is no node {name!r}; the nodes are {', '.join(node.name for node in self.nodes)}")

    def initial(self, seed: int = 0, spread: Callable[[int, int], float] = he, dtype="f4"):
        """w to start from: weights drawn from a normal distribution (see initial.py), the rest as their layers say."""
        try:
            rng, w = np.random.default_rng(seed), np.empty(self.size, dtype)
        except (TypeError, ValueError) as error:
            raise LayerError(
                f"a seed such as 0 and a dtype such as 'f4' were expected; {seed!r}, {dtype!r} came: {error}"
            ) from None
        floats(w=w)
        if not callable(spread):
            raise LayerError(f"spread should be a function such as initial.he; it is {spread!r}")
        for node in self.nodes:
            for name, part in self.parts(w, node.name).items():
                tensor = node.tensors[name]
                if tensor.start is not None:
                    part[...] = tensor.start
                    continue
                K, *each = part.shape
                part[...] = rng.standard_normal(part.shape, "f4")
                part *= spread(*(tensor.fans or (math.prod(each), K * math.prod(each[1:]))))
        return w

    def parts(self, w, name: str) -> dict:
        """The parameters of one node, by their names: views into w (or into dw, or anything of its shape)."""
        node = self.node(name)
        floats(w=w)
        self._require_w(w)
        return views(w[node.own], node.tensors)

    def forward(self, x, w, train=False, each: Callable | None = None) -> tuple:
        """y, and what backward needs. Of several outputs, y is a tuple.

        x N … ; train as for a layer; each(name, y): called with every node's output as soon as it is there.
        """
        floats(x=x, w=w)
        if not self.nodes:
            raise LayerError("the network has no layers yet, so that nothing answers; add some first")
        self._require_w(w)
        self._require_shape("x", x, self.input_shape)
        there, kept, outputs = {INPUT: x}, [], dict.fromkeys(self.outputs)
        for node in self.nodes:
            inputs = tuple(there[name] for name in node.inputs)
            try:
                came = node.layer.forward(inputs if node.layer.joins else inputs[0], w[node.own], train)
            except UserError as error:
                raise LayerError(f"{node.name}: {error}") from None
            y, keep = _two(f"{node.name}: forward should give y and what backward needs", came)
            self._require_shape(f"{node.name}: y, as its method `shape` says,", y, node.shape)
            kept.append(keep)
            there[node.name] = y
            for name in node.inputs:
                if self._last[name] is node:
                    there.pop(name, None)
            if each is not None:
                each(node.name, y)
        came = tuple(there[name] for name in outputs)
        return (came if len(came) != 1 else came[0]), kept

    def backward(self, dy, kept, w, want_dx: bool = False, each: Callable | None = None) -> tuple:
        """dx (None unless it is wanted) and dw, from dL/dy: of several outputs a tuple, with None for one that L does
        not depend on. each(name, dy): called with the gradient of every node's output, once all of it has arrived."""
        outputs, dys = self.outputs, dy if isinstance(dy, tuple) else (dy,)
        if len(dys) != len(outputs):
            raise LayerError(f"a gradient for each of {', '.join(outputs)} was expected, but {len(dys)} came")
        gradients = {name: given for name, given in zip(outputs, dys, strict=True) if given is not None}
        if not gradients:
            raise LayerError("dy is None, and so would dw be; a loss gives the gradient of one output at least")
        dw = floats(w=w, **{f"dy of {name}": given for name, given in gradients.items()}).zeros_like(w)
        self._require_w(w)
        for name, given in gradients.items():
            self._require_shape(f"dy of {name}", given, self.node(name).shape)
        if not isinstance(kept, list) or len(kept) != len(self.nodes):
            raise LayerError("kept should be the list that this network's forward(x, w) gave beside y")
        for node, keep in zip(reversed(self.nodes), reversed(kept), strict=True):
            arrived = gradients.pop(node.name, None)
            if arrived is None:
                continue
            if each is not None:
                each(node.name, arrived)
            wanted = [name if want_dx or self._learns[name] else None for name in node.inputs]
            try:
                dx = node.layer.backward(arrived, keep, w[node.own], dw[node.own], any(wanted))
            except UserError as error:
                raise LayerError(f"{node.name}: {error}") from None
            parts, shapes = (dx, node.before) if node.layer.joins else ((dx,), (node.before,))
            for name, part, shape in zip(wanted, parts, shapes, strict=True):
                if name is not None:
                    self._require_shape(f"{node.name}: dx", part, shape)
                    gradients[name] = gradients[name] + part if name in gradients else part
        return gradients.get(INPUT), dw

    def gradient(self, x, labels, w, train=False, loss: Callable = cross_entropy) -> tuple:
        """The loss of a batch, and dw. loss(y, labels) gives the loss and dy. Raises LayerError."""
        if not callable(loss):
            raise LayerError(f"loss should be a function of y and labels, such as cross_entropy; it is {loss!r}")
        if len(self.outputs) > 1 and loss is cross_entropy:
            raise LayerError(
                f"this network has {len(self.outputs)} outputs, {self.outputs}, and cross_entropy takes one; give a "
                "loss(y, labels) of all of them"
            )
        y, kept = self.forward(x, w, train)
        value, dy = _two("loss(y, labels) should give the loss and its gradient dy", loss(y, labels))
        if getattr(value, "shape", ()) != ():
            raise LayerError(f"the loss of a batch should be one number, but an array of shape {value.shape} came")
        return value, self.backward(dy, kept, w)[1]

    def activations(self, x, w) -> dict:
        """Every node's output, by its name, for pictures."""
        found = {}
        self.forward(x, w, each=found.__setitem__)
        return found

    @staticmethod
    def _require_shape(what, array, one):
        came = getattr(array, "shape", None)
        if came is None or came[1:] != one:
            raise LayerError(f"{what} should have the shape (N, {', '.join(map(str, one))}), but it is {came}")

    def _require_w(self, w):
        if w.shape != (self.size,):
            raise LayerError(f"w should be a vector of this network's {self.size} parameters; its shape is {w.shape}")

    def __repr__(self):
        lines = [f"{node.name:16} {node.shape!s:18} {node.layer!r}" for node in self.nodes]
        return "\n".join([f"{INPUT:16} {self.input_shape!s:18}", *lines])


def _two(what, came):
    if not isinstance(came, (tuple, list)) or len(came) != 2:
        raise LayerError(f"{what}, a tuple of two, but {came if came is None else type(came).__name__} came")
    return came


def require_net(net) -> None:
    """Raises LayerError unless it is a network."""
    if not isinstance(net, Net):
        raise LayerError(f"a network was expected, such as lenet.modern(), but a {type(net).__name__} came")
