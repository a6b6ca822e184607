"""Tiles within tiles: a matrix, a piece of it, a piece of that."""

from typing import NamedTuple

from course_lib.figures.drawing import BLUE, INK, PALE, PAPER, QUIET, Drawing, box, drawing, text

SIDE, GAP, LEFT, TOP, LINE = 168, 62, 20, 40, 17  # pixels


class Level(NamedTuple):
    """name: of the whole; grid: (rows, columns) of pieces; chosen: the one that the next level shows; notes: lines."""

    name: str
    grid: tuple[int, int]
    chosen: tuple[int, int]
    notes: tuple[str, ...] = ()


def nested(levels: list[Level]) -> Drawing:
    """One square for each level, from left to right; the chosen piece of each is the whole of the next."""
    parts, lowest = [], max(len(level.notes) for level in levels)
    bottom = TOP + SIDE
    for number, level in enumerate(levels):
        left, (rows, columns), (row, column) = LEFT + number * (SIDE + GAP), level.grid, level.chosen
        wide, tall = SIDE / columns, SIDE / rows
        parts.append(text(left, TOP - 12, level.name, font_weight="bold"))
        parts.append(box(left - 1, TOP - 1, SIDE + 2, SIDE + 2, PAPER, QUIET))
        gap = 1.0 if min(wide, tall) > 6 else 0.5
        for i in range(rows):
            for j in range(columns):
                fill = BLUE if (i, j) == (row, column) else PALE
                parts.append(box(left + j * wide, TOP + i * tall, wide - gap, tall - gap, fill))
        if number + 1 < len(levels):
            right, start = left + (column + 1) * wide, TOP + row * tall
            for from_, to in ((start, TOP), (start + tall, bottom)):
                end = left + SIDE + GAP
                parts.append(f'<path d="M{right:.1f} {from_:.1f}L{end:.1f} {to:.1f}" stroke="{BLUE}" fill="none"/>')
        for line, words in enumerate(level.notes):
            parts.append(text(left, bottom + 22 + line * LINE, words, fill=INK))
    width = 2 * LEFT + len(levels) * SIDE + (len(levels) - 1) * GAP + 20
    return drawing(width, bottom + 26 + lowest * LINE, "Tiles within tiles", _in_words(levels), parts)


def _in_words(levels: list[Level]) -> str:
    said = []
    for level in levels:
        rows, columns = level.grid
        notes = f": {'; '.join(level.notes)}" if level.notes else ""
        said.append(f"{level.name}, {rows} by {columns} pieces{notes}")
    return ". Within one of them, ".join(said) + "."
