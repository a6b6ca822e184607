"""Curves over training steps."""

from collections.abc import Sequence

from course_lib.figures.picture import BLUE, INK, ORANGE, Picture, axes, picture


def training(curves: dict[str, Sequence[float]], ylabel: str, xlabel: str = "step") -> Picture:
    """At most three lines, one for each name, told apart by dashes too. Values start at step 0."""
    figure, ax = axes(6.4, 2.8)
    for (name, values), color, dashes in zip(curves.items(), (BLUE, ORANGE, INK), ("-", "--", ":"), strict=False):
        ax.plot(
            range(len(values)),
            values,
            color=color,
            linestyle=dashes,
            linewidth=2,
            label=f"{name}, at last {values[-1]:.3g}",
        )
    longest = max(len(values) for values in curves.values())
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(0, max(longest - 1, 1)))
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    said = "; ".join(f"{name} from {values[0]:.3g} to {values[-1]:.3g}" for name, values in curves.items())
    return picture(figure, f"{ylabel} over {longest} {xlabel}s: {said}.")
