"""Matrix products as rectangles: which sides meet, and which one is summed away."""

from math import sqrt
from typing import NamedTuple

from course_lib.figures.drawing import BLUE, INK, PALE, QUIET, Drawing, box, drawing, text

LEFT, TOP, GAP, BETWEEN = 34, 34, 30, 62  # pixels; GAP: within a product, BETWEEN: from one to the next
LEAST = 680  # the width of the picture at least: a page stretches a narrow one until its words are giants


class Matrix(NamedTuple):
    """name; rows, columns: what a side is called, and its length."""

    name: str
    rows: tuple[str, int]
    columns: tuple[str, int]


def products(made: list[tuple[Matrix, Matrix, Matrix]]) -> Drawing:
    """Each (result, left, right), side by side. The side that is summed is thick. Longer sides are drawn longer, but
    not to scale, so that 10 can be seen beside 784."""
    tallest = max(_length(matrix.rows[1]) for product in made for matrix in product)
    parts, x = [], LEFT
    for product in made:
        for matrix, sign in zip(product, ("", "=", "·"), strict=True):
            if sign:
                parts.append(text(x - GAP + 1, TOP + tallest / 2 + 5, sign, "middle", font_size=18))
            parts += _drawn(matrix, x, TOP + (tallest - _length(matrix.rows[1])) / 2)
            x += _length(matrix.columns[1]) + GAP + 14
        _, left, right = product
        begin = x - 2 * (GAP + 14) - _length(left.columns[1]) - _length(right.columns[1])
        parts += _summed(left, right, begin, tallest)
        x += BETWEEN - GAP
    parts.append(text(LEFT, TOP + tallest + 58, "thick: the side that is summed away", fill=BLUE))
    wide = x - BETWEEN + LEFT
    width = max(wide, LEAST)
    parts = [f'<g transform="translate({(width - wide) / 2:.0f} 0)">', *parts, "</g>"]
    return drawing(width, TOP + tallest + 70, "Matrix products", " ".join(map(_in_words, made)), parts)


def _length(size: int) -> float:
    return 10 + 4.4 * sqrt(size)


def _drawn(matrix: Matrix, x: float, y: float) -> list[str]:
    (row, rows), (column, columns) = matrix.rows, matrix.columns
    wide, tall = _length(columns), _length(rows)
    return [
        box(x, y, wide, tall, PALE, QUIET),
        text(x + wide / 2, y - 7, column, "middle", QUIET, font_style="italic"),
        text(x - 5, y + tall / 2 + 4, row, "end", QUIET, font_style="italic"),
        text(x + wide / 2, y + tall + 17, matrix.name, "middle", INK, font_weight="bold"),
        text(x + wide / 2, y + tall + 32, f"{rows} × {columns}", "middle", QUIET, font_size=10),
    ]


def _summed(left: Matrix, right: Matrix, x: float, tallest: float) -> list[str]:
    """The two sides that meet: along the top of the left matrix, down the right one."""
    wide, down = _length(left.columns[1]), _length(right.rows[1])
    above, start = (TOP + (tallest - _length(left.rows[1])) / 2), TOP + (tallest - down) / 2
    other = x + wide + GAP + 14
    return [
        f'<path d="{way}" stroke="{BLUE}" stroke-width="4" fill="none"/>'
        for way in (f"M{x:.1f} {above:.1f}h{wide:.1f}", f"M{other:.1f} {start:.1f}v{down:.1f}")
    ]


def _in_words(product: tuple[Matrix, Matrix, Matrix]) -> str:
    result, left, right = (f"{m.name}, {m.rows[0]} by {m.columns[0]} ({m.rows[1]} by {m.columns[1]})" for m in product)
    summed, length = product[1].columns
    return f"{result}, is {left}, times {right}; {summed}, {length} long, is summed away."
