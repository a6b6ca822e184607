"""A training while it runs: how far it is, the loss of every batch, and how much is right after every epoch."""

from collections.abc import Callable
from html import escape

from IPython.display import display

from course_lib.figures.learning import learning
from course_lib.figures.picture import Picture


class LiveTraining:
    """Call it after every epoch: it measures, and draws itself anew in the cell where it was called first.

    epochs      how many there will be
    measure     called after each of them; gives name -> the share that is right, 0 to 1

        train(…, epochs=12, progress=LiveTraining(12, lambda: {"new digits": accuracy(…)}))

    An epoch has a `number`, from 1, and the `losses` of its batches.
    """

    def __init__(self, epochs: int, measure: Callable[[], dict[str, float]]):
        self.epochs, self.measure = epochs, measure
        self.losses: list[list[float]] = []
        self.right: dict[str, list[float]] = {}
        self._shown = None

    def __call__(self, epoch) -> None:
        self.losses.append(list(epoch.losses))
        for name, share in self.measure().items():
            self.right.setdefault(name, []).append(share)
        if self._shown is None:
            self._shown = display(self, display_id=True)
        else:
            self._shown.update(self)

    @property
    def picture(self) -> Picture:
        return learning(self.losses, self.right, self.epochs)

    def __repr__(self) -> str:
        last = self.losses[-1]
        right = ", ".join(f"{shares[-1]:.1%} of {name} right" for name, shares in self.right.items())
        return f"epoch {len(self.losses)} of {self.epochs}: loss {sum(last) / len(last):.3f}, {right}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        words, drawn = escape(repr(self)), self.picture._repr_mimebundle_()
        bar = f'<progress value="{len(self.losses)}" max="{self.epochs}" aria-label="{words}"></progress> {words}'
        return {"text/plain": repr(self), "text/html": f"<div>{bar}</div>{drawn['text/html']}"}
