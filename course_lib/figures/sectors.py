"""What one request of a warp moves: every sector that it touches, and how much of it was asked for."""

from course_lib.figures.drawing import BLUE, GREY, QUIET, Drawing, box, drawing, text

SECTOR, WORD = 32, 4  # bytes
LEFT, TOP, ROW, TALL, WIDE, GAP = 176, 12, 28, 16, 1.75, 2  # pixels; WIDE: a word


def sectors(requests: dict[str, tuple[list[int], int]]) -> Drawing:
    """`requests`: what it is called -> (the byte address of each lane, bytes that each lane asks for).

    A row shows the sectors of 32 bytes that are moved, in the order of memory; blue words are asked for.
    """
    rows = {name: _touched(*request) for name, request in requests.items()}
    most = max(map(len, rows.values()))
    parts, said, side = [], [], SECTOR / WORD * WIDE + GAP
    for number, (name, touched) in enumerate(rows.items()):
        y, moved = TOP + number * ROW, SECTOR * len(touched)
        used = sum(map(len, touched.values()))
        parts.append(text(LEFT - 12, y + TALL - 3, name, "end"))
        for place, sector in enumerate(sorted(touched)):
            x = LEFT + place * side
            parts.append(box(x, y, side - GAP, TALL, GREY))
            for word in sorted({byte // WORD for byte in touched[sector]}):
                parts.append(box(x + (word - sector * SECTOR // WORD) * WIDE, y, WIDE - 0.25, TALL, BLUE))
        words = f"{len(touched)} sector{'s' if len(touched) > 1 else ''}, {100 * used / moved:.3g}% used"
        parts.append(text(LEFT + len(touched) * side + 8, y + TALL - 3, words, fill=QUIET))
        said.append(f"{name}: {words} ({used} of {moved} bytes)")
    width, height = LEFT + most * side + 158, TOP + ROW * len(rows) + 4
    return drawing(width, height, "Sectors that a request of a warp moves", "; ".join(said) + ".", parts)


def _touched(addresses: list[int], size: int) -> dict[int, set[int]]:
    """Sector -> the bytes of it that are asked for."""
    found = {}
    for address in addresses:
        for byte in range(address, address + size):
            found.setdefault(byte // SECTOR, set()).add(byte)
    return found
