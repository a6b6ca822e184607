"""The thread-to-data picture as SVG: A on the left, B on top, C between them, under a grid of blocks."""

from html import escape
from math import ceil

from course_lib.widgets.launch_grid import WARP, LaunchGrid, Thread

# Colours that stay apart for colour-blind readers (Okabe and Ito); hatching and outlines say the same without colour.
INK, PAPER, QUIET = "#1b1f24", "#ffffff", "#57606a"
WRITTEN, MISSED, IDLE, IN_WARP, CHOSEN = "#cfe6f7", "#d55e00", "#e3e3e3", "#f7d774", "#0b4f8a"

PATTERNS = f"""<defs>
<pattern id="thread-map-missed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" fill="#fbe3d3"/><line y2="6" stroke="{MISSED}" stroke-width="3"/></pattern>
<pattern id="thread-map-idle" width="5" height="5" patternUnits="userSpaceOnUse">
<rect width="5" height="5" fill="{IDLE}"/><circle cx="2" cy="2" r="0.9" fill="{QUIET}"/></pattern></defs>"""

LEFT, TOP = 88, 96  # the corner of C: room for A and B, in pixels
STRIP = 56  # thickness of A and B: their inner length k is not to scale
WIDEST, TALLEST = 420, 310
LEGEND = 224


def scale(grid: LaunchGrid) -> float:
    """Pixels per element of C."""
    return min(WIDEST / max(grid.n, grid.size[0]), TALLEST / max(grid.m, grid.size[1]), 26.0)


def draw(grid: LaunchGrid, thread: Thread | None) -> str:
    """The picture as one <svg> with role, title and description. Rows run down, columns across."""
    s = scale(grid)
    high = max(grid.m, grid.size[1]) * s
    across, down = LEFT + WIDEST + 24 + LEGEND, max(TOP + high + 34, 330)
    style = f"width:100%;max-width:{across}px;display:block"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down:.0f}" role="img" style="{style}">',
        "<title>Which thread computes which element of C</title>",
        f"<desc>{escape(grid.describe())} {escape(grid.describe_thread(thread))}</desc>",
        PATTERNS,
        f'<rect width="{across}" height="{down:.0f}" rx="6" fill="{PAPER}"/>',
        f'<g transform="translate({LEFT} {TOP})" font-family="system-ui, sans-serif" font-size="12">',
        *_elements(grid, s),
        *_blocks(grid, s),
        *(_chosen(grid, thread, s) if thread else ()),
        *_matrices(grid, thread, s),
        *_axes(grid, s),
        *_legend(grid),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts)


def _rect(x, y, width, height, fill="none", **attributes) -> str:
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill}"{extra}/>'


def _text(x, y, words, anchor="middle", **attributes) -> str:
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{extra}>{escape(str(words))}</text>'


def _elements(grid: LaunchGrid, s: float):
    """What is written, what is missed, and the threads outside."""
    (gx, gy), (m, n) = grid.size, (grid.m, grid.n)
    yield _rect(0, 0, gx * s, gy * s, "url(#thread-map-idle)")
    yield _rect(0, 0, n * s, m * s, "url(#thread-map-missed)")
    yield _rect(0, 0, min(n, gx) * s, min(m, gy) * s, WRITTEN)
    if s >= 5:
        lines = [f"M{c * s:.2f} 0V{max(m, gy) * s:.2f}" for c in range(1, max(n, gx))]
        lines += [f"M0 {r * s:.2f}H{max(n, gx) * s:.2f}" for r in range(1, max(m, gy))]
        yield f'<path d="{"".join(lines)}" stroke="{PAPER}" stroke-width="1" fill="none"/>'


def _blocks(grid: LaunchGrid, s: float):
    (gx, gy), (wide, high) = grid.blocks, grid.size
    lines = [f"M{b * grid.bx * s:.2f} 0V{high * s:.2f}" for b in range(gx + 1)] if gy else []
    lines += [f"M0 {b * grid.by * s:.2f}H{wide * s:.2f}" for b in range(gy + 1)] if gx else []
    yield f'<path d="{"".join(lines)}" stroke="{QUIET}" stroke-width="1.2" fill="none"/>'


def _chosen(grid: LaunchGrid, thread: Thread, s: float):
    """The thread, its warp and its block."""
    x0, y0 = thread.block[0] * grid.bx * s, thread.block[1] * grid.by * s
    for x, y, width, height in lanes(grid, thread.warp):
        yield _rect(x0 + x * s, y0 + y * s, width * s, height * s, IN_WARP, fill_opacity=0.85)
    for start in range(WARP, grid.bx * grid.by, WARP):
        y, x = divmod(start, grid.bx)
        edge = f"M{x0 + grid.bx * s:.2f} {y0 + y * s:.2f}H{x0 + x * s:.2f}"
        step = f"V{y0 + (y + 1) * s:.2f}H{x0:.2f}" if x else ""
        yield f'<path d="{edge}{step}" stroke="#8a6d00" stroke-width="1.2" stroke-dasharray="3 2" fill="none"/>'
    yield _rect(x0, y0, grid.bx * s, grid.by * s, stroke=INK, stroke_width=2.4)
    size = max(s, 6)
    corner = thread.col * s + (s - size) / 2, thread.row * s + (s - size) / 2
    yield _rect(*corner, size, size, CHOSEN, stroke=PAPER, stroke_width=1)


def lanes(grid: LaunchGrid, warp: int) -> list[tuple[int, int, int, int]]:
    """The warp's threads inside their block as rectangles (x, y, width, height), in threads: one to three of them."""
    start, stop = warp * WARP, min((warp + 1) * WARP, grid.bx * grid.by)
    pieces = []
    while start < stop:
        y, x = divmod(start, grid.bx)
        whole_rows = (stop - start) // grid.bx if x == 0 else 0
        width = min(grid.bx - x, stop - start)
        pieces.append((x, y, width, max(whole_rows, 1)))
        start += width * max(whole_rows, 1)
    return pieces


def _matrices(grid: LaunchGrid, thread: Thread | None, s: float):
    """A, B and the outline of C; the row and the column that the thread reads, and the way they meet."""
    m, n = grid.m, grid.n
    yield _rect(-STRIP - 14, 0, STRIP, m * s, "#f3f4f6", stroke=INK)
    yield _rect(0, -STRIP - 14, n * s, STRIP, "#f3f4f6", stroke=INK)
    if thread and thread.inside:
        y, x, bar = thread.row * s, thread.col * s, max(s, 3)
        guide = f"M-14 {y + s / 2:.2f}H{x:.2f}M{x + s / 2:.2f} -14V{y:.2f}"
        yield f'<path d="{guide}" stroke="{CHOSEN}" stroke-dasharray="2 2" fill="none"/>'
        yield _rect(-STRIP - 14, y, STRIP, bar, CHOSEN)
        yield _rect(x, -STRIP - 14, bar, STRIP, CHOSEN)
    yield _rect(0, 0, n * s, m * s, stroke=INK, stroke_width=1.6)
    yield _text(-STRIP / 2 - 14, -8, f"A: {m} x k")
    yield _text(0, -STRIP - 22, f"B: k x {n}", "start")


def _axes(grid: LaunchGrid, s: float):
    """Block numbers: x under the grid, y on its right; some are left out where they would touch."""
    if not grid.threads:
        return
    (gx, gy), bx, by = grid.blocks, grid.bx * s, grid.by * s
    wide, high = max(grid.n, grid.size[0]) * s, max(grid.m, grid.size[1]) * s
    for b in range(0, gx, ceil(20 / bx)):
        yield _text((b + 0.5) * bx, high + 14, b)
    for b in range(0, gy, ceil(14 / by)):
        yield _text(wide + 5, (b + 0.5) * by + 4, b, "start")
    yield _text(gx * bx / 2, high + 29, "blockIdx.x", font_family="monospace")
    at = f"{wide + 26:.1f} {max(gy * by / 2, 34):.1f}"
    yield _text(0, 0, "blockIdx.y", font_family="monospace", transform=f"translate({at}) rotate(90)")


def _legend(grid: LaunchGrid):
    rows = [
        (WRITTEN, "element of C with a thread"),
        ("url(#thread-map-missed)", "element with no thread"),
        ("url(#thread-map-idle)", "thread outside C"),
        (IN_WARP, "its warp: 32 threads in step"),
        (CHOSEN, "the selected thread,"),
    ]
    x, bottom = WIDEST + 48, 24 * len(rows)
    yield _text(x, -14, f"C: {grid.m} x {grid.n}", "start", font_weight="bold")
    for i, (fill, words) in enumerate(rows):
        yield _rect(x, 24 * i, 14, 14, fill, stroke=QUIET, stroke_width=0.8)
        yield _text(x + 21, 24 * i + 11, words, "start")
    yield _text(x + 21, bottom + 3, "its row of A, column of B", "start")
    yield _rect(x, bottom + 16, 14, 14, stroke=INK, stroke_width=2.4)
    yield _text(x + 21, bottom + 27, "its block", "start")
