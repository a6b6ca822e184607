"""A profile as HTML for a notebook: one piece with its own style and script, readable without them.

The script sorts and colours the table (report.js); where a notebook is not trusted, JupyterLab drops it, and the table
stays as it is. Colours are JupyterLab's own, light or dark.
"""

from html import escape
from math import log10
from pathlib import Path

from course_lib.gpu.glass import estimate as model
from course_lib.gpu.glass.report_text import COLUMNS, amount, facts, judgement, roofline, table, title

STYLE, SCRIPT = (Path(__file__).with_name(f"report.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
HEAT = "instructions"  # the column that colours the source at first
DECADES = 5  # of flops a byte that the roofline shows, from 0.01 on
WIDTH, HEIGHT, LEFT, TOP = 420, 210, 60, 12


def html(profile) -> str:
    """The whole report."""
    found = profile.estimate
    heads, rows = table(profile)
    parts = [
        f"<p><strong>{escape(title(profile))}</strong></p>",
        _choice(heads),
        f'<div class="scroll">{_table(profile, heads, rows)}</div>',
        _list(facts(profile)),
        f"<details><summary>Judged for one {escape(found.machine.name)}, by a model: {escape(found.verdict)}</summary>",
        f"{_list(judgement(profile))}{_bars(found)}{_roofline(found)}</details>",
        f"<details><summary>What the columns and the model say</summary>{_legend(heads)}</details>",
    ]
    inside = f"<style>{STYLE}</style>{''.join(parts)}<script>{{{SCRIPT}}}</script>"
    return f'<div class="glass-profile">{inside}</div>'


def _list(sentences):
    return f"<ul>{''.join(f'<li>{escape(s.strip())}</li>' for s in sentences)}</ul>"


def _choice(heads):
    options = "".join(
        f'<option value="{i + 2}"{" selected" if head == HEAT else ""}>{escape(head)}</option>'  # behind the source
        for i, head in enumerate(heads[1:])
    )
    return f"<label hidden>colour the source by <select>{options}</select></label>"


def _table(profile, heads, rows):
    first, *others = (f'<th scope="col" title="{escape(COLUMNS[h][0])}">{_breakable(h)}</th>' for h in heads)
    head = "".join([first, '<th scope="col" class="code">source</th>', *others])
    most = max((row[heads.index(HEAT)][1] for row in rows), default=1)
    body = "".join(
        _row(line, row, row[heads.index(HEAT)][1] / most) for line, row in zip(profile.listing(), rows, strict=True)
    )
    return f'<table class="lines"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _breakable(head):
    """A long head takes two lines, so that all columns are in sight on a narrow screen."""
    return escape(head).replace("/", "/&#8203;")


def _row(line, row, heat):
    """The hotter a line, the deeper its colour; the number in the chosen column says the same."""
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in line.kinds.most_common())
    first, *others = (f'<td data-value="{value!r}">{escape(shown)}</td>' for shown, value in row)
    told = escape(f"{line.source.strip()}\n{kinds}")
    text = line.source.expandtabs(4)
    depth = len(text) - len(text.lstrip()) + 3  # a line that wraps goes on two further in
    style = f"background: rgba(230, 120, 30, {0.5 * heat:.2f}); padding-left: {depth}ch"
    source = f'<td class="code" style="{style}" title="{told}">{escape(text.strip())}</td>'
    return f"<tr>{first}{source}{''.join(others)}</tr>"


def _legend(heads):
    columns = "".join(f"<dt>{escape(h)}</dt><dd>{escape(COLUMNS[h][0])}</dd>" for h in heads)
    return f"<dl>{columns}</dl><pre>{escape((model.__doc__ or '').strip())}</pre>"


def _bars(found):
    """The time of each unit; memory's bar goes on, thin, to what it would be without caches."""
    most = max([found.uncached, *found.times.values(), 1e-12])
    rows, label = [], 130
    for i, (unit, time) in enumerate(sorted(found.times.items(), key=lambda item: -item[1])):
        y, length = 18 * i, (WIDTH - label) * time / most
        rows.append(f'<text x="{label - 6}" y="{y + 12}" text-anchor="end">{escape(unit)}</text>')
        rows.append(f'<rect class="bar" x="{label}" y="{y + 2}" width="{max(1, length):.1f}" height="12"/>')
        said = model.seconds(time)
        if unit == model.MEMORY and found.uncached > time:
            length = (WIDTH - label) * found.uncached / most
            rows.append(f'<line class="range" x1="{label}" x2="{label + length:.1f}" y1="{y + 8}" y2="{y + 8}"/>')
            said += f" … {model.seconds(found.uncached)}"
        rows.append(f'<text x="{label + length + 6:.1f}" y="{y + 12}">{said}</text>')
    told = "time that each unit would need alone; memory: with perfect caches … without any"
    return _picture(WIDTH + 130, 18 * len(found.times) + 4, told, rows)


def _roofline(found):
    """Flops/s over flops a byte, both logarithmic; the kernel is a line from no caches to perfect ones."""
    if found.peak is None:
        return ""
    top = log10(found.peak) + 0.3
    bottom = top - 4

    def x(intensity):
        return LEFT + (WIDTH - LEFT) * min(max(log10(max(intensity, 1e-9)) + 2, 0), DECADES) / DECADES

    def y(rate):
        return TOP + (HEIGHT - TOP) * min(max(top - log10(max(rate, 1)), 0), top - bottom) / (top - bottom)

    ridge, bandwidth = found.peak / found.machine.bandwidth, found.machine.bandwidth
    parts = []
    for decade in range(-2, DECADES - 1):
        at = x(10.0**decade)
        parts.append(f'<line class="guide" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT}"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT + 14}" text-anchor="middle">{10.0**decade:g}</text>')
    lowest = max(0.01, 10**bottom / bandwidth)
    points = (
        f"{x(lowest):.1f},{y(lowest * bandwidth):.1f} {x(ridge):.1f},{y(found.peak):.1f} {WIDTH},{y(found.peak):.1f}"
    )
    parts.append(f'<polyline class="roof" points="{points}"/>')
    parts.append(f'<text x="{LEFT - 4}" y="{y(found.peak) + 4:.1f}" text-anchor="end">{amount(found.peak)}</text>')
    (a, b), (low, high) = found.intensities, found.attainable
    turn = [(ridge, found.peak)] if a < ridge < b else []
    ends = " ".join(f"{x(i):.1f},{y(r):.1f}" for i, r in [(a, low), *turn, (b, high)])
    parts.append(f'<polyline class="range" fill="none" points="{ends}"/>')
    parts += [f'<circle class="bar" cx="{x(i):.1f}" cy="{y(r):.1f}" r="5"/>' for i, r in ((a, low), (b, high))]
    axis = "flops a byte: without caches … perfect ones"
    parts.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT + 30}" text-anchor="middle">{axis}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 1}">{escape(found.kind)} flop/s</text>')
    return _picture(WIDTH + 20, HEIGHT + 36, "; ".join(roofline(found)), parts)


def _picture(width, height, told, parts):
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg role="img" {size} aria-label="{escape(told)}"><title>{escape(told)}</title>{"".join(parts)}</svg>'
