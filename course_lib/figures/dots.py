"""Several values of each thing, on one line: a mark for each series."""

from course_lib.figures.picture import BLUE, GREY, INK, ORANGE, Picture, axes, picture

APART = 0.18  # of a row, from one series down to the next: so that no mark hides another one of like value
MARKS = ((BLUE, "o"), (ORANGE, "s"), (INK, "^"), (BLUE, "D"), (ORANGE, "v"))


def dots(
    rows: dict[str, dict[str, float]], xlabel: str, line: float, xscale: str = "log", form: str = ".3g"
) -> Picture:
    """`rows`: thing -> {series: value}; a thing may lack some. At most five series, told apart by shape too.

    line    a value to compare with, drawn as an upright line
    xscale  "log" or "linear"
    form    how the words for who cannot see it say a value, as in format()
    """
    series = list(dict.fromkeys(name for values in rows.values() for name in values))
    figure, ax = axes(7.2, 1.2 + 0.3 * len(rows))
    places = dict(zip(rows, range(len(rows), 0, -1), strict=True))
    for name, (color, mark) in zip(series, MARKS, strict=False):
        points = [
            (values[name], places[row] + APART * ((len(values) - 1) / 2 - list(values).index(name)))
            for row, values in rows.items()
            if name in values
        ]
        ax.plot(*zip(*points, strict=True), mark, color=color, markersize=7, label=name, alpha=0.85)
    ax.axvline(line, color=GREY, linestyle="--", linewidth=1)
    ax.set_yticks(list(places.values()), list(places))
    ax.grid(color=GREY, alpha=0.25)
    ax.set(xlabel=xlabel, xscale=xscale, ylim=(0.4, len(rows) + 0.6))
    if xscale == "linear":
        ax.set_xlim(left=0)
        ax.xaxis.set_major_formatter(lambda x, _: format(x, form))
    else:
        ax.xaxis.set_major_formatter("{x:g}")
    if len(series) > 1:
        fit = sum(map(len, series)) < 60
        figure.legend(loc="outside upper center", ncols=len(series) if fit else 2, frameon=False, fontsize=9)
    said = "; ".join(
        f"{row}: " + ", ".join(f"{s} {v:{form}}" for s, v in values.items()) for row, values in rows.items()
    )
    return picture(figure, f"{xlabel}. {said}.")
