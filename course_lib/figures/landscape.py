"""Things in a plane of two sizes, both logarithmic, each as large as a third: a map of networks, say."""

import math

from course_lib.figures.bars import three_digits
from course_lib.figures.drawing import BLUE, GREY, INK, PALE, QUIET, Drawing, drawing, text

WIDE, TALL, LEFT, TOP, LARGEST, LINE = (
    600,
    380,
    92,
    26,
    34,
    21,
)  # pixels; LARGEST: the radius of the largest disc; LINE: of a name


def landscape(things: dict[str, tuple[float, float, float]], xlabel: str, ylabel: str, area: str) -> Drawing:
    """`things`: name -> (x, y, size), all positive. A disc of an area in proportion to its size, its centre at (x, y);
    `area` says what it is, with its unit."""
    low, high = zip(*(_decades([thing[axis] for thing in things.values()]) for axis in (0, 1)), strict=True)
    largest = max(size for *_, size in things.values())

    def at(value, axis):
        share = (math.log10(value) - low[axis]) / (high[axis] - low[axis])
        return LEFT + share * WIDE if axis == 0 else TOP + (1 - share) * TALL

    parts = []
    for axis in (0, 1):
        for power in range(low[axis], high[axis] + 1):
            place = at(10.0**power, axis)
            line = f"M{place:.1f} {TOP}V{TOP + TALL}" if axis == 0 else f"M{LEFT} {place:.1f}H{LEFT + WIDE}"
            parts.append(f'<path d="{line}" stroke="{GREY}"/>')
            x, y, anchor = (place, TOP + TALL + 18, "middle") if axis == 0 else (LEFT - 8, place + 4, "end")
            parts.append(text(x, y, _power(power), anchor, QUIET))
    discs = {
        name: (at(x, 0), at(y, 1), max(3.0, LARGEST * math.sqrt(size / largest)))
        for name, (x, y, size) in things.items()
    }
    for x, y, radius in sorted(discs.values(), key=lambda disc: -disc[2]):  # small ones lie on top
        disc = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{PALE}" stroke="{BLUE}"'
        parts.append(f'{disc} fill-opacity="0.75"/>')
    right = {name: y for name, (x, y, _) in discs.items() if x > LEFT + WIDE / 2}
    left = {name: y for name, (_, y, _) in discs.items() if name not in right}
    edge = min((discs[name][0] - discs[name][2] for name in right), default=0)
    for name, row in (_rows(right) | _rows(left)).items():
        x, y, radius = discs[name]
        away, anchor = (edge - 14, "end") if name in right else (x + radius + 14, "start")
        parts.append(f'<path d="M{away:.1f} {row:.1f}L{x:.1f} {y:.1f}" stroke="{QUIET}"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{INK}"/>')
        parts.append(text(away + (4 if anchor == "start" else -4), row + 4, name, anchor, font_weight="bold"))
    parts.append(text(LEFT + WIDE / 2, TOP + TALL + 38, xlabel, "middle"))
    parts.append(text(LEFT, TOP - 9, f"{ylabel}; the area of a disc: {area}"))
    said = "; ".join(f"{name} {' and '.join(map(three_digits, three))}" for name, three in things.items())
    alt = f"{xlabel} and {ylabel}, both on a logarithmic scale, and {area}: {said}."
    return drawing(LEFT + WIDE + 60, TOP + TALL + 50, "A map of sizes", alt, parts)


def _rows(heights):
    """name -> where it is written: not on another, and as much above the discs as below, as far as the page goes."""
    rows, beneath = {}, -math.inf
    for name, y in sorted(heights.items(), key=lambda item: item[1]):
        beneath = rows[name] = max(y, beneath + LINE)
    pushed = (sum(rows.values()) - sum(heights.values())) / max(len(rows), 1)
    up = min([pushed, *(row - TOP for row in rows.values())])
    return {name: row - up for name, row in rows.items()}


def _decades(values):
    """The powers of ten around them."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _power(power: int) -> str:
    names = {0: "1", 3: "thousand", 6: "million", 9: "billion", 12: "trillion"}
    base = power - power % 3
    return f"{10 ** (power - base)} {names.get(base, f'1e{base}')}".replace("1 1", "1").replace(" 1", "")
