"""Steps as a page of HTML for a notebook: all words and numbers are from here, step.js only shows them.

Where scripts do not run, the timeline, the source with its heat and the steps as text are there all the same.
"""

import json
import secrets
from html import escape
from itertools import groupby, pairwise
from pathlib import Path

SHOWN = 1000  # steps in one picture; a slice shows others
DRAWN = 4  # accesses of one step: an unrolled loop may have hundreds
SCRIPT, STYLE = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("step.js", "step.css"))


def picture(steps) -> str:
    """One <div> with its own style, data and script; its ids are its own. steps: step.Steps."""
    shown, name = steps[:SHOWN], f"glass-step-{secrets.token_hex(6)}"
    runs = {}
    for step in shown:
        runs[step.line] = runs.get(step.line, 0) + 1
    data = json.dumps(_data(shown), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    left = len(steps) - len(shown)
    rest = f"This picture shows the first {SHOWN:,} of {len(steps):,} steps; steps[{SHOWN}:] shows the others."
    ending = "".join(f'<p class="end">{escape(words)}</p>' for words in (rest if left else "", steps.end) if words)
    return f"""<div class="glass-step" id="{name}" data-lm-suppress-shortcuts="true">
<style>{STYLE}</style>
<p class="title"><b>{escape(steps.kernel)}</b> {escape(steps.title.removeprefix(steps.kernel))}</p>
<div class="live controls" role="group" aria-label="Steps"></div>
<div class="timeline">{_timeline(shown)}</div>
<div class="live step"></div>
<div class="source" tabindex="0" role="region" aria-label="Source of the kernel">{_source(shown, runs)}</div>
<div class="live memory"></div>
{ending}<details><summary>The steps as text</summary><pre tabindex="0">{escape(shown.listing(SHOWN))}</pre></details>
<script type="application/json">{data}</script>
<script>{SCRIPT}</script>
</div>"""


def _timeline(steps) -> str:
    """Time runs to the right, lane 0 is on top; below it the line of the source."""
    wide = max(1, len(steps))
    lanes = [f'<rect width="{wide}" height="{steps.threads}" class="off"/>']
    at = 0
    for mask, same in groupby(step.lanes for step in steps):
        long = len(list(same))
        for first, count in _bands(mask):
            lanes.append(f'<rect x="{at}" y="{first}" width="{long}" height="{count}" class="on"/>')
        at += long
    order = {line: row for row, line in enumerate(sorted({step.line for step in steps}))}
    marks = "".join(f"M{i} {order[step.line] + 0.5}h1" for i, step in enumerate(steps))
    say = f"Which of the 32 lanes run in each of {wide} steps, time to the right, lane 0 on top"
    return (
        f'<svg class="lanes" viewBox="0 0 {wide} 32" preserveAspectRatio="none" role="img" aria-label="{say}">'
        f"{''.join(lanes)}</svg>"
        f'<svg class="lines" viewBox="0 0 {wide} {max(1, len(order))}" preserveAspectRatio="none" role="img" '
        f'aria-label="The line of the source in each step, the first line on top"><path d="{marks}"/></svg>'
    )


def _bands(mask: int):
    """The runs of neighbouring lanes in a mask, as (first, how many)."""
    bits = [0, *(mask >> lane & 1 for lane in range(32)), 0]
    edges = [lane for lane, (a, b) in enumerate(pairwise(bits)) if a != b]
    return [(first, end - first) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _source(steps, runs) -> str:
    """The lines from the first to the last that ran; the hotter, the more often."""
    known = [line for line in runs if line]
    if not known:
        return ""
    most, died = max(4, *runs.values()), steps.fault.line if steps.fault else 0
    rows = []
    for number in range(min(known), min(max(known), len(steps.source)) + 1):
        times = runs.get(number, 0)
        heat = f' style="background-color: rgba(230, 120, 30, {0.1 + 0.4 * times / most:.2f})"' if times else ""
        kind = ' class="died"' if number == died else ""
        count = f"{times}×" if times else ""
        cells = f'<td class="number">{number}</td><td class="times">{count}</td>'
        code = f'<td class="code"{heat}>{escape(steps.source[number - 1].rstrip()) or " "}</td>'
        rows.append(f'<tr data-line="{number}"{kind}>{cells}{code}</tr>')
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _data(steps) -> dict:
    return {
        "threads": steps.threads,
        "thread": [str(steps.thread(lane)) for lane in range(steps.threads)],
        "steps": [
            {
                "n": step.number,
                "line": step.line,
                "lanes": step.lanes,
                "did": step.instructions,
                "say": step.notes,
                "touch": [_access(access) for access in step.accesses[:DRAWN]],
                "more": max(0, len(step.accesses) - DRAWN),
            }
            for step in steps
        ],
    }


def _access(access) -> dict:
    """at: where each lane begins, or first and stride where that says it; values: of each lane, or the one of all."""
    offsets = list(access.offsets.values())
    values = [", ".join(map(_number, access.values[lane])) for lane in access.values]
    strides = {b - a for a, b in pairwise(offsets)}
    return {
        "say": str(access),
        "of": access.array or "",
        "space": access.space,
        "element": access.element,
        "size": access.size,
        "origin": access.origin % 128,
        "lanes": sum(1 << lane for lane in access.offsets),
        **({"at": offsets} if len(strides) > 1 else {"first": offsets[0], "stride": sum(strides)}),
        "outside": access.outside,
        **({"value": values[0]} if len(set(values)) == 1 else {"values": values}),
    }


def _number(value) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
