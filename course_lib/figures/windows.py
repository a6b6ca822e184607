"""Which elements each result reads, when a window slides along an array and runs over its end."""

from course_lib.figures.drawing import BLUE, GREY, INK, PALE, PAPER, QUIET, Drawing, box, drawing, text

ORANGE = "#d55e00"
SIDE, ROW, LEFT, TOP, GAP = 34, 27, 60, 62, 30  # pixels
FILLS = {"read": BLUE, "wrapped": ORANGE, "zero": PALE, "": PAPER}


def windows(cases: list[tuple[int, int, int]]) -> Drawing:
    """For each (n, r, zeros), side by side: the r elements that each result of a circular correlation reads, of n
    elements with so many zeros behind them.

    What lies beyond the end is read from the beginning again: drawn in another colour, and with an arrow.
    """
    parts, said, x = [], [], 0
    for n, r, zeros in cases:
        name = f"{n} elements, {r} tap{'s'[: r > 1]}"
        name += f", {zeros} zero{'s'[: zeros > 1]} behind" if zeros else ""
        parts += _panel(x, n, r, zeros, name)
        said.append(f"{name}: {_in_words(n + zeros, r)}")
        x += LEFT + (n + zeros) * SIDE + GAP
    height = TOP + max(n + zeros for n, _, zeros in cases) * ROW + 8
    return drawing(x - GAP + 14, height, "Windows over an array", " ".join(said), parts)


def _panel(x, n, r, zeros, name) -> list[str]:
    length, left = n + zeros, x + LEFT
    parts = [text(x + 14, 22, name, font_weight="bold")]
    for j in range(length):
        parts.append(text(left + (j + 0.5) * SIDE, TOP - 10, f"x{j}" if j < n else "0", "middle", QUIET))
    for i in range(length):
        y = TOP + i * ROW
        parts.append(text(left - 14, y + 17, f"y{i}", "end", ORANGE if i + r > length else INK))
        for j in range(length):
            kind = ("wrapped" if j < i else "read") if (j - i) % length < r else "zero" if j >= n else ""
            parts.append(box(left + j * SIDE, y, SIDE - 2, ROW - 4, FILLS[kind], GREY))
            if kind == "wrapped":  # not by colour alone
                parts.append(text(left + (j + 0.5) * SIDE - 1, y + 16, "↺", "middle", PAPER))
    return parts


def _in_words(length, r) -> str:
    wrapped = [f"y{i}" for i in range(length - r + 1, length)]
    if not wrapped:
        return "every result reads its own element alone."
    runs = "runs" if len(wrapped) == 1 else "run"
    right = f"y0 to y{length - r} read their own" if r < length else "y0 reads its own"
    return f"{right} element and those after it; {', '.join(wrapped)} {runs} over the end, to the beginning."
