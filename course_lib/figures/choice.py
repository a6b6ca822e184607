"""A map of winners: which of several ways is the fastest at each size, and by how much."""

from collections.abc import Mapping, Sequence

from course_lib.figures.drawing import GREY, INK, PAPER, QUIET, Drawing, box, drawing, text

SIDE, TALL, LEFT, HEAD, LINE = 66, 36, 92, 30, 16  # pixels; SIDE, TALL: of a size
FILLS = tuple(
    (fill, PAPER if dark else INK)
    for fill, dark in (
        *((GREY, False), ("#8fd0f5", False), ("#0072b2", True), ("#d55e00", True), ("#f5c86a", False)),
        *(("#00785a", True), ("#8c3f70", True), ("#555555", True), ("#f0e442", False), ("#bfe5d5", False)),
    )
)


def choice(
    panels: Mapping[str, Mapping[tuple, tuple[str, float]]], names: Sequence[str], down: str, across: Sequence[str]
) -> Drawing:
    """For each panel, (what varies down, *what varies across) -> (the winner, how many times as fast as names[0]).

    names   at most ten ways, the first of which is what the others are compared with; each has a colour, and its name
            stands in its places
    down    what varies down; across: what varies across, a line of numbers above the columns for each
    A size that no winner is given for stays empty.
    """
    keys = [key for places in panels.values() for key in places]
    rows, columns = sorted({key[0] for key in keys}), sorted({key[1:] for key in keys})
    fills, parts, y = dict(zip(names, FILLS, strict=False)), [], 14
    for title, places in panels.items():
        parts.append(text(14, y + 14, title, font_weight="bold"))
        y += HEAD
        for line, what in enumerate(across):
            parts.append(text(LEFT - 12, y + LINE * line, what, "end", QUIET))
            for j, column in enumerate(columns):
                parts.append(text(LEFT + (j + 0.5) * SIDE, y + LINE * line, column[line], "middle", QUIET))
        y += LINE * len(across) - 6
        for row in rows:
            parts.append(text(LEFT - 12, y + TALL / 2 + 4, f"{down} {row}", "end"))
            for j, column in enumerate(columns):
                parts += _place(LEFT + j * SIDE, y, places.get((row, *column)), fills)
            y += TALL
        y += 20
    return drawing(LEFT + len(columns) * SIDE + 14, y, "Which is the fastest", _in_words(panels, down, across), parts)


def _place(x, y, found, fills) -> list[str]:
    if found is None:
        return [box(x, y, SIDE - 3, TALL - 3, PAPER, GREY)]
    name, gain = found
    fill, ink = fills[name]
    middle = x + (SIDE - 3) / 2
    return [
        box(x, y, SIDE - 3, TALL - 3, fill),
        text(middle, y + 15, name, "middle", ink, font_size=11),
        text(middle, y + 28, f"{gain:.2g}×" if gain < 10 else f"{gain:.0f}×", "middle", ink, font_size=10),
    ]


def _in_words(panels, down, across) -> str:
    said = []
    for title, places in panels.items():
        each = []
        for (row, *column), (name, gain) in sorted(places.items()):
            where = ", ".join(f"{what} {value}" for what, value in zip(across, column, strict=True))
            each.append(f"{down} {row}, {where}: {name}, {gain:.2g}")
        said.append(f"{title}: {'; '.join(each) or 'nothing measured'}")
    return "Fastest, and how many times as fast as the first way. " + ". ".join(said) + "."
