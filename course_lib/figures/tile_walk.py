"""A tiled product: which tiles a block of threads multiplies, one pair after the other, and who uses their numbers."""

from course_lib.figures.drawing import BLUE, INK, PALE, PAPER, QUIET, Drawing, box, drawing, text

CELL, GAP, LEFT, TOP, LINE = 13, 34, 66, 34, 40  # pixels: a number; between the matrices; margins; lines of the legend
DARK, LIGHT, YELLOW = "#0b4f8a", "#8fc3e8", "#f5d76e"


def tile_walk(tiles: tuple[int, int, int], block: tuple[int, int], step: int, side: int) -> Drawing:
    """C = A B, with B above C and A to its left.

    tiles   of C down, of C across, and along the sum
    block   (row, column) of the tile of C that a block of threads owns
    step    which pair of tiles is in shared memory
    side    numbers along the side of a tile
    """
    (down, across, along), (row, column), tile = tiles, block, side * CELL
    c_left, c_top = LEFT + along * tile + GAP, TOP + along * tile + GAP
    parts = [
        *_matrix(LEFT, c_top, along, down, tile, "A"),
        *_matrix(c_left, TOP, across, along, tile, "B"),
        *_matrix(c_left, c_top, across, down, tile, "C"),
    ]
    own, left, above = (c_left + column * tile, c_top + row * tile), LEFT + step * tile, TOP + step * tile
    for t in range(along):
        fill = YELLOW if t == step else PALE
        for x, y in ((LEFT + t * tile, own[1]), (own[0], TOP + t * tile)):
            parts.append(box(x, y, tile, tile, fill, QUIET))
            if t != step:
                parts.append(text(x + tile / 2, y + tile / 2 + 4, f"t = {t}", "middle", QUIET))
    parts.append(box(*own, tile, tile, PAPER, INK))
    parts.append(box(*own, tile, CELL, LIGHT))
    parts.append(box(*own, CELL, tile, LIGHT))
    for x, y in ((left, own[1]), (own[0], above), own):
        parts += _cells(x, y, side)
    of_a, of_b = (left + (side - 2) * CELL, own[1]), (own[0], above + (side - 2) * CELL)
    for x, y in (of_a, of_b):
        parts.append(box(x, y, CELL, CELL, DARK))
    parts.append(_dotted(of_a[0] + CELL, of_a[1] + CELL / 2, own[0], of_a[1] + CELL / 2))
    parts.append(_dotted(of_b[0] + CELL / 2, of_b[1] + CELL, of_b[0] + CELL / 2, own[1]))
    legend = c_left + across * tile + 30
    parts += _legend(legend, TOP + 20, side)
    alt = (
        f"C = A B in tiles of {side} by {side}. The block that owns tile ({row}, {column}) of C needs the {along} "
        f"tiles of row {row} of A and of column {column} of B, one pair after the other; pair {step} is in shared "
        f"memory. There a number of A serves the {side} threads of a row, a number of B the {side} threads of a column."
    )
    return drawing(legend + 300, c_top + down * tile + 24, "A product, tile by tile", alt, parts)


def _matrix(x: float, y: float, across: int, down: int, tile: int, name: str) -> list[str]:
    frame = [box(x, y, across * tile, down * tile, "#f3f4f6", QUIET)]
    return [*frame, text(x - 10, y + 14, name, "end", font_weight="bold", font_size=15)]


def _cells(x: float, y: float, side: int) -> list[str]:
    """The lines between the numbers of a tile."""
    ways = "".join(
        f"M{x:.1f} {y + i * CELL:.1f}h{side * CELL}M{x + i * CELL:.1f} {y:.1f}v{side * CELL}" for i in range(side + 1)
    )
    return [f'<path d="{ways}" stroke="{QUIET}" stroke-width="0.7" fill="none"/>']


def _dotted(x: float, y: float, to_x: float, to_y: float) -> str:
    return (
        f'<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" stroke="{BLUE}" stroke-width="1.5" '
        'stroke-dasharray="3 3" fill="none"/>'
    )


def _legend(x: float, y: float, side: int) -> list[str]:
    rows = [
        (PAPER, INK, "the block's tile of C:", f"{side} × {side} threads, a sum in each"),
        (PALE, QUIET, "the tiles of A and B that it needs,", "one pair after the other"),
        (YELLOW, QUIET, "the pair in shared memory now: each", "thread fetched one number of each"),
        (DARK, "none", "one number of A, one of B"),
        (LIGHT, QUIET, f"the {side} threads that use it:", "of A's number a row, of B's a column"),
    ]
    parts = []
    for number, (fill, edge, *lines) in enumerate(rows):
        top = y + number * LINE
        parts.append(box(x, top, 14, 14, fill, edge))
        parts += [text(x + 22, top + 11 + 15 * i, words) for i, words in enumerate(lines)]
    return parts
