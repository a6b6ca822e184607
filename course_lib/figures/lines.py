"""Lines through points: how one quantity follows another."""

from collections.abc import Sequence

from matplotlib.ticker import LogLocator, NullFormatter

from course_lib.figures.picture import BLUE, GREY, INK, ORANGE, Picture, axes, picture

STYLES = ((BLUE, "-", "o"), (ORANGE, "--", "s"), (INK, ":", "^"), (GREY, "-.", "d"))


def lines(
    curves: dict[str, tuple[Sequence[float], Sequence[float]]],
    xlabel: str,
    ylabel: str,
    xscale: str = "log",
    yscale: str = "log",
    points: bool = True,
) -> Picture:
    """At most four curves, name -> (x, y), told apart by dashes and by the shape of their points too.

    xscale, yscale  "log" (to base 2 or 10, as it fits) or "linear"
    points          whether to mark each point: yes for what was measured, no for a formula
    """
    figure, ax = axes(6.8, 3.3)
    for (name, (x, y)), (color, dashes, mark) in zip(curves.items(), STYLES, strict=False):
        style = {"marker": mark, "markersize": 5} if points else {}
        ax.plot(x, y, color=color, linestyle=dashes, linewidth=2, label=name, **style)
    if xscale == "log":
        powers = all(int(value) == value and int(value).bit_count() == 1 for x, _ in curves.values() for value in x)
        ax.set_xscale("log", base=2 if powers else 10)
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale=yscale)
    if yscale == "log":
        heights = [value for _, y in curves.values() for value in y]
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if max(heights) < 100 * min(heights) else (1,)))
        ax.yaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_formatter("{x:g}")
    if xscale == "log":
        ax.xaxis.set_major_formatter("{x:g}")
    ax.grid(color=GREY, alpha=0.3)
    ax.legend(frameon=False)
    said = "; ".join(
        f"{name} from {y[0]:.3g} at {x[0]:.4g} to {y[-1]:.3g} at {x[-1]:.4g}" for name, (x, y) in curves.items()
    )
    return picture(figure, f"{ylabel} over {xlabel}: {said}.")
