"""Which lane of a warp holds which element of a piece of a matrix."""

from course_lib.figures.drawing import BLUE, GREY, INK, PALE, PAPER, QUIET, Drawing, box, drawing, text

SIDE, TALL, LEFT, TOP = 54, 24, 64, 54  # pixels; SIDE, TALL: of an element


def fragment(holders: list[list[tuple[int, int]]], shown: int, name: str) -> Drawing:
    """`holders`: for each row, for each column, (lane, which of its registers); `shown`: the lane to point out."""
    rows, columns = len(holders), len(holders[0])
    parts = [text(LEFT, 20, name, font_weight="bold")]
    parts += [text(LEFT + (j + 0.5) * SIDE, TOP - 8, j, "middle", QUIET) for j in range(columns)]
    for i, row in enumerate(holders):
        parts.append(text(LEFT - 10, TOP + (i + 0.65) * TALL, f"row {i}", "end", QUIET))
        for j, (lane, register) in enumerate(row):
            x, y, mine = LEFT + j * SIDE, TOP + i * TALL, lane == shown
            fill = BLUE if mine else PALE if lane // 4 % 2 else PAPER
            color = PAPER if mine else INK
            parts.append(box(x, y, SIDE - 2, TALL - 2, fill, GREY))
            parts.append(text(x + SIDE / 2 - 8, y + 15, lane, "middle", color))
            parts.append(
                text(x + SIDE / 2 + 14, y + 15, f"r{register}", "middle", PAPER if mine else QUIET, font_size=10)
            )
    bottom = TOP + rows * TALL
    places = _places(holders, shown)
    said = f"Lane {shown} holds " + ", ".join(f"({i}, {j}) in r{r}" for r, (i, j) in sorted(places.items()))
    parts.append(text(LEFT, bottom + 20, said, fill=INK))
    width = max(LEFT + columns * SIDE + 14, 560)
    return drawing(width, bottom + 34, name, f"{name}, {rows} rows of {columns}. {said}. {_pattern(holders)}", parts)


def _places(holders, lane) -> dict[int, tuple[int, int]]:
    """Register -> (row, column) of one lane."""
    found = ((i, j, held) for i, row in enumerate(holders) for j, held in enumerate(row))
    return {register: (i, j) for i, j, (owner, register) in found if owner == lane}


def _pattern(holders) -> str:
    first = " ".join(str(lane) for lane, _ in holders[0])
    second = " ".join(str(lane) for lane, _ in holders[1]) if len(holders) > 1 else ""
    return f"Lanes of row 0: {first}." + (f" Lanes of row 1: {second}." if second else "")
