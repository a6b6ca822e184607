"""How a training goes: the loss of every batch, and how much is right after every epoch."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from course_lib.figures.picture import BLUE, GREY, INK, ORANGE, Picture, picture


def learning(losses: Sequence[Sequence[float]], right: dict[str, Sequence[float]], epochs: int) -> Picture:
    """losses: for each epoch that is over, those of its batches; right: name -> the share after each of them.

    At most three names, told apart by dashes too; both axes leave room for all `epochs`.
    """
    figure = Figure(figsize=(7.4, 2.7), layout="constrained")
    left, ax = figure.subplots(1, 2)
    at = [number + (i + 1) / len(batch) for number, batch in enumerate(losses) for i in range(len(batch))]
    left.plot(at, [loss for batch in losses for loss in batch], color=GREY, linewidth=0.8, label="each batch")
    means = [sum(batch) / len(batch) for batch in losses]
    left.plot(range(1, len(losses) + 1), means, color=BLUE, linewidth=2, marker="o", markersize=3, label="its epoch")
    left.set(xlabel="epoch", ylabel="loss", xlim=(0, epochs), ylim=(0, None))
    styles = ((BLUE, "-", "o"), (ORANGE, "--", "s"), (INK, ":", "^"))
    for (name, shares), (color, dashes, mark) in zip(right.items(), styles, strict=False):
        at = range(1, len(shares) + 1)
        ax.plot(at, shares, color=color, linestyle=dashes, marker=mark, markersize=4, linewidth=2, label=name)
    least = min((share for shares in right.values() for share in shares), default=0)
    ax.set(xlabel="epoch", ylabel="right", xlim=(0, epochs), ylim=(min(0.9, max(0, least - 0.02)), 1.003))
    ax.yaxis.set_major_formatter(percent)
    for panel in (left, ax):
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(frameon=False, fontsize=9)
    said = "; ".join(f"{name} {shares[-1]:.1%}" for name, shares in right.items() if shares)
    return picture(figure, f"After epoch {len(losses)} of {epochs} the mean loss is {means[-1]:.3g}; right: {said}.")


def percent(share: float, _place: int = 0) -> str:
    """A tick as it is: 97.5% is neither 97% nor 98%."""
    return f"{100 * share:.3g}%"
