"""An image and the matrix that im2col makes of it: a window becomes a row, and a number is there several times."""

from collections.abc import Sequence

from course_lib.figures.drawing import BLUE, GREY, INK, PALE, PAPER, QUIET, Drawing, box, drawing, text

SIDE, LEFT, TOP, GAP = 27, 20, 52, 92  # pixels; SIDE: of a number


def unrolled(
    image: Sequence[Sequence[int]], taps: tuple[int, int], window: tuple[int, int], number: int, stride: int = 1
) -> Drawing:
    """`image`: rows of different whole numbers; `taps`: (height, width) of a window; `window`: (row, column) of the
    result whose window is framed; `number`: the one that is filled wherever it occurs."""
    (R, S), (p, q) = taps, window
    P, Q = (len(image) - R) // stride + 1, (len(image[0]) - S) // stride + 1
    rows = [
        [image[i * stride + r][j * stride + s] for r in range(R) for s in range(S)] for i in range(P) for j in range(Q)
    ]
    height = max(len(image), len(rows)) * SIDE
    top, right = TOP + (height - len(image) * SIDE) / 2, LEFT + len(image[0]) * SIDE + GAP
    below = TOP + (height - len(rows) * SIDE) / 2
    parts = [text(LEFT, top - 12, f"the image, {len(image)} × {len(image[0])}", font_weight="bold")]
    parts += _numbers(image, LEFT, top, number)
    parts.append(_frame(LEFT + q * stride * SIDE, top + p * stride * SIDE, S, R))
    parts.append(text(right, below - 12, f"its windows, {len(rows)} × {R * S}", font_weight="bold"))
    parts += _numbers(rows, right, below, number)
    parts.append(_frame(right, below + (p * Q + q) * SIDE, R * S, 1))
    parts += [
        text(right - 8, below + (i * Q + j + 0.66) * SIDE, f"y[{i}, {j}]", "end", QUIET, font_size=11)
        for i in range(P)
        for j in range(Q)
    ]
    times = sum(row.count(number) for row in rows)
    said = f"The framed window is the framed row; {number} is there {times} time{'s'[: times != 1]}."
    parts.append(text(LEFT, TOP + height + 24, said, fill=INK))
    alt = (
        f"An image of {len(image)} by {len(image[0])} numbers, and the matrix of its {len(rows)} windows, a row of "
        f"{R * S} numbers each: {len(image) * len(image[0])} numbers have become {len(rows) * R * S}. The window of "
        f"y[{p}, {q}] is row {p * Q + q}: {', '.join(map(str, rows[p * Q + q]))}. The number {number} is there {times} "
        f"time{'s'[: times != 1]}."
    )
    return drawing(right + R * S * SIDE + LEFT, TOP + height + 38, "im2col: windows become rows", alt, parts)


def _numbers(rows, x: float, y: float, number: int) -> list[str]:
    parts = []
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            mine = value == number
            parts.append(box(x + j * SIDE, y + i * SIDE, SIDE - 1, SIDE - 1, PALE if mine else PAPER, GREY))
            weight = {"font_weight": "bold"} if mine else {}
            middle = x + (j + 0.5) * SIDE, y + (i + 0.66) * SIDE
            parts.append(text(*middle, value, "middle", BLUE if mine else INK, **weight))
    return parts


def _frame(x: float, y: float, columns: int, rows: int) -> str:
    size = f'width="{columns * SIDE - 1}" height="{rows * SIDE - 1}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="none" stroke="{BLUE}" stroke-width="3"/>'
