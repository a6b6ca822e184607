"""How many warps hide the time that each of them waits for memory: Little's law as a picture."""

from course_lib.figures.drawing import BLUE, GREY, INK, PALE, QUIET, Drawing, box, drawing, text

WAITING, READY, COMPUTING = range(3)
FILLS = {WAITING: GREY, READY: PALE, COMPUTING: BLUE}
CLOCKS, LEFT, SIDE, ROW = 64, 118, 9, 13  # clocks drawn; pixels


def schedule(warps: int, work: int, wait: int, clocks: int = CLOCKS) -> list[list[int]]:
    """What each warp does at each clock, one list a warp, when a core has room for one of them at a time.

    A warp computes for `work` clocks, asks memory for something, waits `wait` clocks for it, and so on. The core goes
    on with the warp that it has, then with the one that has been ready longest.
    """
    ready_at, left, current = [0] * warps, [work] * warps, None
    rows = [[] for _ in range(warps)]
    for clock in range(clocks):
        if current is None:
            ready = [warp for warp in range(warps) if ready_at[warp] <= clock]
            current = min(ready, key=lambda warp: (ready_at[warp], warp), default=None)
        for warp in range(warps):
            rows[warp].append(COMPUTING if warp == current else READY if ready_at[warp] <= clock else WAITING)
        if current is not None:
            left[current] -= 1
            if not left[current]:
                ready_at[current], left[current], current = clock + 1 + wait, work, None
    return rows


def busy(rows: list[list[int]]) -> float:
    """The share of clocks at which some warp computes."""
    return sum(COMPUTING in clock for clock in zip(*rows, strict=True)) / len(rows[0])


def waiting(counts: list[int], work: int = 2, wait: int = 14) -> Drawing:
    """One panel for each number of warps: their clocks, and below them the clocks of the core."""
    parts, said, y = [], [], 14
    for count in counts:
        rows = schedule(count, work, wait)
        name = "1 warp" if count == 1 else f"{count} warps"
        said.append(f"with {name} the core computes {busy(rows):.0%} of the time")
        parts.append(text(14, y + 11, name, font_weight="bold"))
        for row in rows:
            parts += _cells(y, row)
            y += ROW
        y += 4
        parts.append(text(LEFT - 10, y + 11, "the core", "end", QUIET))
        parts += _cells(y, [COMPUTING if COMPUTING in clock else None for clock in zip(*rows, strict=True)])
        parts.append(text(LEFT + CLOCKS * SIDE + 10, y + 11, f"{busy(rows):.0%} busy", fill=INK))
        y += ROW + 20
    x = LEFT
    for state, words in ((COMPUTING, "computes"), (WAITING, "waits for memory"), (READY, "is ready, waits its turn")):
        parts += [box(x, y, 11, 11, FILLS[state], QUIET), text(x + 17, y + 10, words)]
        x += 40 + 7 * len(words)
    parts.append(text(LEFT + CLOCKS * SIDE, y + 10, "time →", "end", QUIET))
    alt = f"Each warp computes for {work} clocks, then waits {wait} for memory: {'; '.join(said)}."
    return drawing(LEFT + CLOCKS * SIDE + 84, y + 24, "Warps that hide each other's waiting", alt, parts)


def _cells(y: float, row: list) -> list[str]:
    """One box for each run of equal clocks; a clock of None is left empty."""
    boxes, start = [], 0
    for clock in range(1, len(row) + 1):
        if clock == len(row) or row[clock] != row[start]:
            if row[start] is not None:
                boxes.append(box(LEFT + start * SIDE, y + 1, (clock - start) * SIDE - 1, ROW - 2, FILLS[row[start]]))
            start = clock
    return boxes
