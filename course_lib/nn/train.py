"""Training: epochs over shuffled batches, each a step down the gradient of a batch.

history = train(net, w, split.x_train, split.y_train, SGD(0.05, momentum=0.9), epochs=10, progress=print)
accuracy(net, w, split.x_test, split.y_test)
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from course_lib.arrays import namespace, on
from course_lib.errors import UserError
from course_lib.nn.layer import whole
from course_lib.nn.net import Net, require_net
from course_lib.nn.softmax import cross_entropy


class TrainingError(UserError, ValueError):
    """A training that cannot begin, or whose loss is no number any more."""


class Epoch(NamedTuple):
    """number: from 1; losses: of each of its batches, before the step."""

    number: int
    losses: list[float]

    @property
    def loss(self) -> float:
        """The mean over its batches."""
        return sum(self.losses) / len(self.losses)

    def __repr__(self):
        return f"epoch {self.number}: loss {self.loss:.4f}"


def train(
    net: Net,
    w,
    x,
    labels,
    step: Callable,
    epochs: int,
    batch: int = 64,
    seed: int = 0,
    augment: Callable | None = None,
    loss: Callable = cross_entropy,
    progress: Callable[[Epoch], None] | None = None,
    threads: int = 1,
) -> list[Epoch]:
    """Change w in place, and tell how the loss went.

    step(w, dw)      such as SGD or Adagrad
    batch            examples of a step; the last of an epoch may have fewer
    seed             of the order, of dropout, and of augment: all that is random
    augment(x, rng)  makes new images of a batch; without it they are taken as they are
    progress(epoch)  is called after every epoch
    threads          of NumPy's matrix products; a small network's are over before a second thread is awake

    Raises TrainingError where there is nothing to train on, or where the loss becomes infinite or NaN.
    """
    require_net(net), namespace(x), whole("threads", threads)
    if not hasattr(labels, "__len__"):
        raise TrainingError(f"labels should be an array or a list, one for each example; {labels!r} came")
    if len(x) != len(labels) or not len(x) or not _whole(batch, 1) or not _whole(epochs, 0):
        raise TrainingError(
            f"examples and labels of one number, batches of 1 or more and 0 epochs or more were expected, but "
            f"{len(x)}, {len(labels)}, {batch!r} and {epochs!r} came"
        )
    if not callable(step) or isinstance(step, type):
        raise TrainingError(f"a step such as SGD(0.1) was expected, but {step!r} came")
    for what, given in (("augment", augment), ("progress", progress)):
        if given is not None and not callable(given):
            raise TrainingError(f"{what} should be a function, or None for none; it is {given!r}")
    if namespace(x) is not namespace(w):
        kinds = namespace(w).__name__, namespace(x).__name__
        raise TrainingError("w is an array of {}, so x should be one too, but it is one of {}".format(*kinds))
    try:
        rng = np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise TrainingError(f"seed should be a whole number from 0 on; it is {seed!r}") from None
    with threadpool_limits(threads):
        return _epochs(net, w, x, labels, step, epochs, batch, rng, augment, loss, progress)


def _epochs(net, w, x, labels, step, epochs, batch, rng, augment, loss, progress):
    xp, history = namespace(w), []
    labels = on(xp, labels)
    for number in range(1, epochs + 1):
        losses, order = [], rng.permutation(len(x))
        for begin in range(0, len(x), batch):
            chosen = xp.asarray(order[begin : begin + batch])
            images = x[chosen] if augment is None else augment(x[chosen], rng)
            value, dw = net.gradient(images, labels[chosen], w, rng, loss)
            if not np.isfinite(value):
                why = _not_finite(xp, images, w, history or losses)
                raise TrainingError(f"the loss is {value} in epoch {number}, batch {len(losses) + 1}: {why}")
            if (came := step(w, dw)) is not None:
                raise TrainingError(
                    f"a step changes w itself, as w -= 0.1 * dw does, and gives None; {type(came).__name__} came"
                )
            losses.append(value)
        history.append(Epoch(number, losses))
        if progress is not None:
            progress(history[-1])
    return history


def _not_finite(xp, images, w, stepped) -> str:
    """Where a loss that is no number came from."""
    for name, array in (("x", images), ("w", w)):
        if (name == "x" or not stepped) and not bool(xp.isfinite(array).all()):
            return f"{name} holds infinity or NaN"
    return "steps are too large; lower eta" if stepped else "no step was taken yet, so it is x, w or the loss itself"


def _whole(value, least) -> bool:
    return isinstance(value, (int, np.integer)) and value >= least


def predict(net: Net, w, x, batch: int = 256):
    """The class of each example, as the last layer answers (of several outputs the last): most often the column of the
    largest number. Raises TrainingError without examples, or where the output is NaN."""
    require_net(net)
    if not len(x) or not _whole(batch, 1):
        raise TrainingError(f"examples and batches of 1 or more were expected, but {len(x)} and {batch!r} came")
    parts = []
    for begin in range(0, len(x), batch):
        y, _ = net.forward(x[begin : begin + batch], w)
        y = y[-1] if isinstance(y, tuple) else y
        if bool(namespace(y).isnan(y).any()):
            raise TrainingError(
                f"among examples {begin} to {begin + len(y) - 1} the output is NaN: x holds it, or w does"
            )
        parts.append(net.nodes[-1].layer.answer(y))
    return namespace(w).concatenate(parts)


def accuracy(net: Net, w, x, labels, batch: int = 256) -> float:
    """The share of examples, 0 to 1, whose class is their label. Raises TrainingError."""
    if len(x) != len(labels):
        raise TrainingError(f"a label for each example was expected, but {len(x)} and {len(labels)} came")
    said, labels = predict(net, w, x, batch), on(namespace(w), labels)
    if labels.shape != (len(x),) or labels.dtype.kind not in "iu":
        came = f"{labels.dtype} of shape {labels.shape}"
        raise TrainingError(f"a label for each of {len(x)} examples was expected, a whole number; {came} came")
    least, most, classes = int(labels.min()), int(labels.max()), net.nodes[-1].shape[0]
    if least < 0 or most >= classes:
        raise TrainingError(f"labels should be from 0 to {classes - 1}, a class each; they go from {least} to {most}")
    return float((said == labels).mean())
