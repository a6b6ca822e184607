"""Which elements each result reads, when a window slides along an array and runs over its end."""

from course_lib.figures.drawing import BLUE, GREY, INK, PALE, PAPER, QUIET, Drawing, box, drawing, text

ORANGE = "#d55e00"
SIDE, ROW, LEFT, TOP = 34, 27, 60, 62  # pixels
FILLS = {"read": BLUE, "wrapped": ORANGE, "zero": PALE, "": PAPER}


def windows(n: int, r: int, zeros: int = 0) -> Drawing:
    """The r elements that each result of a circular correlation reads, of n elements with `zeros` zeros behind them.

    What lies beyond the end is read from the beginning again: drawn in another colour, and with an arrow.
    """
    length = n + zeros
    name = f"{n} elements, {r} taps" + (f", {zeros} zeros behind" if zeros else "")
    parts = [text(14, 22, name, font_weight="bold")]
    for j in range(length):
        parts.append(text(LEFT + (j + 0.5) * SIDE, TOP - 10, f"x{j}" if j < n else "0", "middle", QUIET))
    for i in range(length):
        y = TOP + i * ROW
        parts.append(text(LEFT - 14, y + 17, f"y{i}", "end", ORANGE if i + r > length else INK))
        for j in range(length):
            kind = ("wrapped" if j < i else "read") if (j - i) % length < r else "zero" if j >= n else ""
            parts.append(box(LEFT + j * SIDE, y, SIDE - 2, ROW - 4, FILLS[kind], GREY))
            if kind == "wrapped":  # not by colour alone
                parts.append(text(LEFT + (j + 0.5) * SIDE - 1, y + 16, "↺", "middle", PAPER))
    alt = f"{name}: {_in_words(length, r)}"
    return drawing(LEFT + length * SIDE + 14, TOP + length * ROW + 8, "Windows over an array", alt, parts)


def _in_words(length, r) -> str:
    wrapped = [f"y{i}" for i in range(length - r + 1, length)]
    if not wrapped:
        return "every result reads its own element alone."
    which = f"{', '.join(wrapped)} runs" if len(wrapped) == 1 else f"{', '.join(wrapped)} run"
    return f"y0 to y{length - r} read their own element and those after it; {which} over the end, to the beginning."
