"""A network as a graph: who reads from whom, and the gradients on their way back."""

from typing import NamedTuple

from course_lib.figures.drawing import BLUE, INK, PALE, QUIET, Drawing, box, drawing, text

ORANGE = "#d55e00"
LEFT, TOP, WIDE, TALL, ACROSS, DOWN = 16, 46, 92, 40, 66, 74  # pixels: a box, and the room between two of them


class Node(NamedTuple):
    """reads: the names of those before it; value: what goes out is called; weights: what its parameters are called."""

    name: str
    reads: tuple[str, ...] = ()
    value: str = ""
    weights: str = ""
    note: str = ""


def graph(nodes: list[Node], back: bool = False) -> Drawing:
    """Boxes from left to right, each right of all that it reads from; a path keeps its row until paths meet.

    back: beside each arrow another one, orange and dashed, on which the gradient of the value comes back.
    """
    columns, rows = _columns(nodes), _rows(nodes)
    arched = any(_skips(columns, rows, name, node.name) for node in nodes for name in node.reads)
    top = TOP + (46 if arched else 0) - min(rows.values()) * DOWN
    place = {name: (LEFT + columns[name] * (WIDE + ACROSS), top + rows[name] * DOWN) for name in columns}
    parts = [part for node in nodes for name in node.reads for part in _arrow(nodes, place, rows, name, node, back)]
    for node in nodes:
        x, y = place[node.name]
        parts.append(box(x, y, WIDE, TALL, PALE, BLUE))
        parts.append(text(x + WIDE / 2, y + (18 if node.note else 25), node.name, "middle", font_weight="bold"))
        if node.note:
            parts.append(text(x + WIDE / 2, y + 33, node.note, "middle", QUIET, font_size=11))
        if node.weights:
            parts += _weights(x + WIDE / 2, y + TALL, node.weights, back)
    weighted = any(node.weights for node in nodes)
    width = 2 * LEFT + (max(columns.values()) + 1) * (WIDE + ACROSS) - ACROSS
    height = top + max(rows.values()) * DOWN + TALL + (62 if weighted else 24)
    title = "Values forward, gradients backward" if back else "Who reads from whom"
    return drawing(width, height, title, _in_words(nodes, back), [_heads(), *parts])


def _columns(nodes):
    """Name -> how many boxes the longest way to it has."""
    found = {}
    for node in nodes:
        found[node.name] = max((found[name] + 1 for name in node.reads), default=0)
    return found


def _rows(nodes):
    """Name -> its row. Where a path parts, the parts lie below each other; where they meet, in the middle."""
    found = {}
    readers = {node.name: [n.name for n in nodes if n.reads == (node.name,)] for node in nodes}
    for node in nodes:
        if len(node.reads) == 1:
            beside = readers[node.reads[0]]
            found[node.name] = found[node.reads[0]] + beside.index(node.name) - (len(beside) - 1) / 2
        else:
            among = [found[name] for name in node.reads]
            found[node.name] = (min(among) + max(among)) / 2 if among else 0.0
    return found


def _skips(columns, rows, start, end):
    """Whether some box lies on the straight way from one to the other."""
    between = [name for name in columns if columns[start] < columns[name] < columns[end]]
    return rows[start] == rows[end] and any(rows[name] == rows[start] for name in between)


def _arrow(nodes, place, rows, start, node, back):
    """From one box to the next: the value, and with `back` its gradient on the way home."""
    value = next(n.value for n in nodes if n.name == start)
    (x, y), (u, v) = place[start], place[node.name]
    columns = {name: round((at[0] - LEFT) / (WIDE + ACROSS)) for name, at in place.items()}
    if _skips(columns, rows, start, node.name):
        parts = [_path(f"M{x + WIDE / 2} {y}C{x + WIDE / 2} {y - 52} {u + WIDE / 2} {y - 52} {u + WIDE / 2} {y - 3}")]
        middle, high = (x + u + WIDE) / 2, y - 44
        if back:
            a, b = u + WIDE / 2 - 14, x + WIDE / 2 + 14
            parts.append(_path(f"M{a} {v}C{a} {v - 36} {b} {v - 36} {b} {y - 3}", True))
        offset = 34
    else:
        off = 7 if back else 0
        ahead = f"M{x + WIDE} {y + TALL / 2 - off}H{u - ACROSS} " if u - x > WIDE + ACROSS else ""
        parts = [_path(ahead + _bow(max(x + WIDE, u - ACROSS), y + TALL / 2 - off, u - 3, v + TALL / 2 - off))]
        if back:
            parts.append(_path(_bow(u, v + TALL / 2 + off, x + WIDE + 3, y + TALL / 2 + off), True))
        middle, high, offset = (x + WIDE + u) / 2, (y + v + TALL) / 2 - off - 6, 2 * off + 20
    if value:
        parts.append(text(middle, high, value, "middle", BLUE, font_style="italic"))
        if back:
            parts.append(text(middle, high + offset, f"d{value}", "middle", ORANGE, font_style="italic"))
    return parts


def _bow(x, y, u, v):
    middle = (x + u) / 2  # a curve that leaves and arrives level
    return f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {v:.1f} {u:.1f} {v:.1f}"


def _path(d, back=False):
    color, dashes, head = (ORANGE, ' stroke-dasharray="5 3"', "back") if back else (INK, "", "on")
    return f'<path d="{d}" fill="none" stroke="{color}" stroke-width="1.6"{dashes} marker-end="url(#{head})"/>'


def _weights(x, y, name, back):
    """The parameters come in from below; their gradient goes out there."""
    off = 16 if back else 0
    parts = [_path(f"M{x - off} {y + 30}V{y + 3}"), text(x - off, y + 44, name, "middle", BLUE, font_style="italic")]
    if back:
        parts.append(_path(f"M{x + off} {y}V{y + 27}", True))
        parts.append(text(x + off, y + 44, f"d{name}", "middle", ORANGE, font_style="italic"))
    return parts


def _heads():
    return "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{color}"/></marker>'
        for name, color in (("on", INK), ("back", ORANGE))
    )


def _in_words(nodes, back):
    said = []
    for node in nodes:
        reads = f" reads from {' and '.join(node.reads)}" if node.reads else " begins"
        said.append(f"{node.name}{reads}" + (f", with the parameters {node.weights}" if node.weights else ""))
    words = "; ".join(said) + "."
    if back:
        sums = [n.name for n in nodes if sum(n.name in other.reads for other in nodes) > 1]
        words += " Gradients go back along each arrow" + (
            f"; at {', '.join(sums)} several arrive and add." * bool(sums)
        )
    return words
