"""Numbers that can only stand on the lines of a grid, step by step, beside the way they should go."""

from collections.abc import Sequence

from course_lib.figures.drawing import BLUE, GREY, INK, QUIET, Drawing, drawing, text

ORANGE = "#d55e00"
STYLES = ((ORANGE, ""), (BLUE, ""), ("#009e73", ""))
LEFT, TOP, WIDTH, RIGHT, GAP = 70, 26, 520, 196, 34  # pixels


def staircase(wanted: Sequence[float], stairs: dict[str, Sequence[float]], unit: str, step: str) -> Drawing:
    """`wanted`: the exact value at each step, in units of the grid; `stairs`: at most three ways to round it.

    unit   the name of a gap of the grid, such as "eps"
    step   what happens at each step, such as "an update of 0.3 eps"
    """
    lines = range(int(max(max(values) for values in [wanted, *stairs.values()])) + 2)
    bottom, count = TOP + GAP * (len(lines) - 1), len(wanted) - 1

    def place(number: int, value: float) -> tuple[float, float]:
        return LEFT + WIDTH * number / count, bottom - GAP * value

    parts = []
    for line in lines:
        y = bottom - GAP * line
        parts.append(f'<path d="M{LEFT} {y}H{LEFT + WIDTH}" stroke="{GREY}" stroke-width="1"/>')
        parts.append(text(LEFT - 10, y + 4, f"{line} {unit}" if line else "0", "end", QUIET))
    ends = {"without rounding": wanted[-1]} | {name: values[-1] for name, values in stairs.items()}
    ways = [("without rounding", INK, 'stroke-dasharray="5 4"', [place(n, v) for n, v in enumerate(wanted)])]
    for (name, values), (color, dashes) in zip(stairs.items(), STYLES, strict=False):
        corners = [place(0, values[0])]
        for number, value in enumerate(values[1:], 1):
            x, y = place(number, value)
            corners += [(x, corners[-1][1]), (x, y)]
        ways.append((name, color, dashes, corners))
    for _, color, more, corners in ways:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2.5" {more}/>')
    heights = sorted(ways, key=lambda way: way[3][-1][1])
    last = -20.0
    for name, color, _, corners in heights:  # names beside the ends, none upon another
        last = max(corners[-1][1] + 4, last + 16)
        parts.append(text(LEFT + WIDTH + 10, last, f"{name}: {ends[name]:g} {unit}", fill=color, font_weight="bold"))
    parts.append(text(LEFT + WIDTH / 2, bottom + 26, f"{count} steps, each {step} →", "middle", QUIET))
    said = "; ".join(f"{name}, it ends at {value:g} {unit}" for name, value in ends.items())
    alt = f"A number takes {count} steps, each {step}, and can only stand at multiples of {unit}: {said}."
    return drawing(LEFT + WIDTH + RIGHT, bottom + 38, "A number on a grid", alt, parts)
