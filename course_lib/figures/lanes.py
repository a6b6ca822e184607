"""Which lanes of a warp are at work, line by line."""

from course_lib.figures.drawing import BLUE, GREY, INK, QUIET, Drawing, box, drawing, text

WARP = 32
LEFT, TOP, SIDE, ROW = 268, 34, 14, 24  # pixels


def lanes(rows: list[tuple[str, int]]) -> Drawing:
    """`rows`: (what the warp does there, its mask), from top to bottom; bit l of the mask is lane l."""
    width, height = LEFT + WARP * SIDE + 56, TOP + ROW * len(rows) + 12
    parts = [text(LEFT + (lane + 0.5) * SIDE, TOP - 8, lane, "middle", QUIET) for lane in (*range(0, WARP, 8), 31)]
    parts.append(text(LEFT - 12, TOP - 8, "lane", "end", QUIET))
    for number, (words, mask) in enumerate(rows):
        y = TOP + number * ROW
        parts.append(text(14, y + 14, words, font_family="monospace"))
        for lane in range(WARP):
            on = mask >> lane & 1
            parts.append(box(LEFT + lane * SIDE + 1, y + 2, SIDE - 2, ROW - 6, BLUE if on else GREY))
            if not on:  # not by colour alone
                middle = LEFT + (lane + 0.5) * SIDE
                parts.append(f'<path d="M{middle - 2.5} {y + 11}h5" stroke="{QUIET}"/>')
        parts.append(text(LEFT + WARP * SIDE + 10, y + 14, f"{mask.bit_count()} / 32", fill=INK))
    return drawing(width, height, "Active lanes of a warp", _in_words(rows), parts)


def _in_words(rows: list[tuple[str, int]]) -> str:
    return "; ".join(f"{words.strip()}: {_which(mask)}" for words, mask in rows) + "."


def _which(mask: int) -> str:
    on = [lane for lane in range(WARP) if mask >> lane & 1]
    if len(on) in (0, WARP):
        return "all 32 lanes at work" if on else "no lane at work"
    shown = ", ".join(map(str, on[:4])) + (", …" if len(on) > 4 else "")
    return f"{len(on)} of 32 lanes at work ({shown})"
