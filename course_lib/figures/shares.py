"""What each part has of several wholes: one bar for each whole, as long as all others."""

from course_lib.figures.drawing import GREY, INK, PALE, QUIET, Drawing, box, drawing, text

COLORS = (("#0072b2", "#ffffff"), (PALE, INK), ("#f2d9c6", INK), (GREY, INK), ("#ffffff", INK))  # fill, words on it
LEFT, TOP, WIDTH, ROW, HEIGHT = 190, 14, 560, 44, 30  # pixels
LETTER = 6.6  # pixels, about


def shares(wholes: dict[str, dict[str, float]], title: str) -> Drawing:
    """`wholes`: name -> {part: number, 0 or more}, with the same parts in each, at most five, in the same order.

    A part is named inside its box, as far as words fit; the order tells parts apart as well as the colour does.
    """
    parts = []
    for number, (whole, values) in enumerate(wholes.items()):
        y, x, total = TOP + number * ROW, LEFT, sum(values.values())
        parts.append(text(LEFT - 12, y + 20, whole, "end"))
        for (part, value), (fill, ink) in zip(values.items(), COLORS, strict=False):
            width = WIDTH * value / total
            parts.append(box(x, y, width, HEIGHT, fill, QUIET))
            words = _fitting((f"{part} {value / total:.0%}", part, f"{value / total:.0%}"), width)
            if words:
                parts.append(text(x + width / 2, y + 20, words, "middle", ink))
            x += width
    height = TOP + ROW * len(wholes)
    said = "; ".join(f"{whole}: {_in_words(values)}" for whole, values in wholes.items())
    return drawing(LEFT + WIDTH + 20, height, title, f"{title}. {said}.", parts)


def _fitting(choices: tuple[str, ...], width: float) -> str:
    return next((words for words in choices if LETTER * len(words) + 6 <= width), "")


def _in_words(values: dict[str, float]) -> str:
    total = sum(values.values())
    return ", ".join(f"{part} {value / total:.1%}" for part, value in values.items())
