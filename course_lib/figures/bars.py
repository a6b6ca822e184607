"""Bars on a logarithmic scale: things of very different size, side by side."""

from collections.abc import Callable

from course_lib.figures.picture import BLUE, GREY, INK, ORANGE, Picture, axes, picture


def three_digits(value: float) -> str:
    """A number rounded to three digits, with no power of ten."""
    return f"{float(f'{value:.3g}'):,.15g}"


def bars(groups: dict[str, dict[str, float]], xlabel: str, words: Callable[[float], str] = three_digits) -> Picture:
    """At most three groups, each name -> a positive number. `words` says a number beside its bar.

    Groups are told apart by colour and, where there are several, by their name in front of each bar's own.
    """
    rows = [(group, name, value) for group, values in groups.items() for name, value in values.items()]
    figure, ax = axes(7.2, 0.75 + 0.31 * len(rows))
    colors = dict(zip(groups, (BLUE, ORANGE, GREY), strict=False))
    labels = [f"{group}: {name}" if len(groups) > 1 else name for group, name, _ in rows]
    places = range(len(rows), 0, -1)
    ax.barh(places, [value for *_, value in rows], color=[colors[group] for group, *_ in rows], height=0.66)
    ax.set_yticks(places, labels)
    for place, (*_, value) in zip(places, rows, strict=True):
        ax.annotate(f" {words(value)}", (value, place), va="center", color=INK)
    least, most = min(value for *_, value in rows), max(value for *_, value in rows)
    ax.set(xscale="log", xlabel=xlabel, xlim=(least / 3, most * 30))
    said = "; ".join(f"{label} {words(value)}" for label, (*_, value) in zip(labels, rows, strict=True))
    return picture(figure, f"{xlabel}, on a logarithmic scale: {said}.")
