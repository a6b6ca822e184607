"""How the marks of a class are spread, as SVG that needs no script."""

import statistics

WIDTH, HEIGHT = 640, 250  # of the picture; LEFT, TOP, RIGHT and BOTTOM are the room around the bars
LEFT, TOP, RIGHT, BOTTOM = 56, 34, 16, 48


def histogram(percents: list[float]) -> str:
    """How many of these, each from 0 to 100, are in each tenth, and their median; "" without any.

    Its numbers are also in its title, in words.
    """
    if not percents:
        return ""
    bins = [0] * 10
    for percent in percents:
        bins[min(int(percent / 10), 9)] += 1
    step = _step(max(bins))
    top = -(-max(bins) // step) * step
    wide, tall = (WIDTH - LEFT - RIGHT) / 10, HEIGHT - TOP - BOTTOM

    def height(count: float) -> float:
        return TOP + tall * (1 - count / top)

    def label(x: float, y: float, text: object, more: str = 'text-anchor="middle"') -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{text}</text>'

    def line(kind: str, x: tuple[float, float], y: tuple[float, float]) -> str:
        return f'<line class="{kind}" x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="{y[0]:.1f}" y2="{y[1]:.1f}"/>'

    floor, middle = HEIGHT - BOTTOM, TOP + tall / 2
    drawn = []
    for count in range(0, top + 1, step):
        drawn.append(line("grid", (LEFT, WIDTH - RIGHT), (height(count),) * 2))
        drawn.append(label(LEFT - 8, height(count) + 4, count, 'text-anchor="end"'))
    for number, count in enumerate(bins):
        left, size = LEFT + number * wide, f'width="{wide - 4:.1f}" height="{floor - height(count):.1f}"'
        drawn.append(f'<rect class="bar" x="{left + 2:.1f}" y="{height(count):.1f}" {size}/>')
        drawn.append(label(left + wide / 2, height(count) - 5, count) if count else "")
    drawn += [label(LEFT + tenth * wide, floor + 18, 10 * tenth) for tenth in range(11)]
    drawn.append(label(LEFT + 5 * wide, HEIGHT - 8, "percent of the points"))
    drawn.append(label(14, middle, "learners", f'text-anchor="middle" transform="rotate(-90 14 {middle:.1f})"'))
    median = statistics.median(percents)
    x, side, aside = LEFT + median / 10 * wide, *(("end", -6) if median > 50 else ("start", 6))
    drawn.append(line("median", (x, x), (4, floor)))
    drawn.append(label(x + aside, 14, f"median {median:.0f} %", f'class="of-median" text-anchor="{side}"'))
    words = ", ".join(f"{10 * i} to {10 * i + 10} %: {count}" for i, count in enumerate(bins) if count)
    title = f"Learners for each tenth of the points: {words}; median {median:.0f} %"
    return (
        f'<svg role="img" aria-label="{title}" viewBox="0 0 {WIDTH} {HEIGHT}"><title>{title}</title>'
        f"{''.join(drawn)}</svg>\n"
    )


def _step(most: int) -> int:
    """Between the lines of the grid: 1, 2 or 5 times a power of ten, at most five of them."""
    scale = 1
    while True:
        for factor in (1, 2, 5):
            if 5 * factor * scale >= most:
                return factor * scale
        scale *= 10
