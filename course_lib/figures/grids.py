"""Small matrices in a row, with their numbers, and what leads from each to the next."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from course_lib.figures.drawing import BLUE, GREY, INK, PALE, PAPER, QUIET, Drawing, box, drawing, text

SIDE, GAP, LEFT, TOP, LINE = 31, 66, 14, 40, 17  # pixels; SIDE: of an element
FILLS = {"given": PAPER, "made": PALE, "result": BLUE}


class Grid(NamedTuple):
    """name: of the matrix; rows: its numbers; kind: "given", "made" or "result"; notes: lines below it."""

    name: str
    rows: Sequence[Sequence[float]]
    kind: str = "given"
    notes: tuple[str, ...] = ()


def grids(parts: list[Grid | str], title: str) -> Drawing:
    """Matrices, and between two of them a sign, such as "→": its first line is large, those below it are small."""
    tallest = max(len(part.rows) for part in parts if isinstance(part, Grid))
    lowest = max(len(part.notes) for part in parts if isinstance(part, Grid))
    drawn, x, middle = [], LEFT, TOP + tallest * SIDE / 2
    for part in parts:
        if isinstance(part, str):
            sign, *small = part.split("\n")
            drawn.append(text(x + GAP / 2, middle + 6, sign, "middle", font_size=20))
            drawn += [
                text(x + GAP / 2, middle + 24 + LINE * i, words, "middle", QUIET) for i, words in enumerate(small)
            ]
            x += GAP
            continue
        high, wide = len(part.rows) * SIDE, len(part.rows[0]) * SIDE
        top = middle - high / 2
        drawn.append(text(x + wide / 2, top - 10, part.name, "middle", font_weight="bold"))
        for i, row in enumerate(part.rows):
            for j, number in enumerate(row):
                ink = PAPER if part.kind == "result" else INK
                left, up = x + j * SIDE, top + i * SIDE
                drawn.append(box(left + 0.5, up + 0.5, SIDE - 1, SIDE - 1, FILLS[part.kind], GREY))
                drawn.append(text(left + SIDE / 2, up + SIDE / 2 + 4, _short(number), "middle", ink, font_size=11))
        below = TOP + tallest * SIDE + 20
        drawn += [text(x + wide / 2, below + LINE * i, words, "middle") for i, words in enumerate(part.notes)]
        x += wide
    height = TOP + tallest * SIDE + 14 + LINE * lowest
    return drawing(x + LEFT, height, title, f"{title}. {_in_words(parts)}", drawn)


def _short(number) -> str:
    """With a minus that is as wide as a plus, and no more digits than fit."""
    number = Fraction(number)
    said = f"{number}" if abs(number.denominator) < 10 and len(f"{number}") < 5 else f"{float(number):.3g}"
    return said.replace("-", "\N{MINUS SIGN}")


def _in_words(parts) -> str:
    said = []
    for part in parts:
        if isinstance(part, str):
            said.append(" ".join(part.split()))
            continue
        rows = "; ".join(" ".join(_short(number) for number in row) for row in part.rows)
        notes = f" ({', '.join(part.notes)})" if part.notes else ""
        said.append(f"{part.name}, {len(part.rows)} by {len(part.rows[0])}{notes}: {rows}")
    return " | ".join(said) + "."
