"""How a whole is shared out, for several wholes: one bar of 100 % each."""

from course_lib.figures.picture import BLUE, GREY, INK, ORANGE, PALE, Picture, axes, picture

FILLS = ((BLUE, "white", ""), (PALE, INK, ""), (ORANGE, "white", "//"), (GREY, INK, ".."))


def shares(wholes: dict[str, dict[str, float]], xlabel: str = "share") -> Picture:
    """`wholes`: name -> {part: how much}, at most four parts in all, told apart by hatching too."""
    parts = list(dict.fromkeys(part for whole in wholes.values() for part in whole))
    figure, ax = axes(7.2, 1.1 + 0.42 * len(wholes))
    places = range(len(wholes), 0, -1)
    begin = [0.0] * len(wholes)
    for part, (fill, ink, hatch) in zip(parts, FILLS, strict=False):
        share = [whole.get(part, 0) / sum(whole.values()) for whole in wholes.values()]
        ax.barh(places, share, left=begin, color=fill, hatch=hatch, edgecolor="white", height=0.66, label=part)
        for place, left, width in zip(places, begin, share, strict=True):
            if width > 0.06:
                ax.annotate(f"{width:.1%}", (left + width / 2, place), ha="center", va="center", color=ink, fontsize=9)
        begin = [left + width for left, width in zip(begin, share, strict=True)]
    ax.set_yticks(places, wholes)
    ax.set(xlim=(0, 1), xlabel=xlabel)
    ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{part} {much / sum(whole.values()):.1%}" for part, much in whole.items())
        for name, whole in wholes.items()
    )
    return picture(figure, f"{xlabel}. {said}.")
