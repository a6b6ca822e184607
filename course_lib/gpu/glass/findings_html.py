"""What `kernel.check` found, as HTML for a notebook: the findings as a list, then the source with their lines marked.

Of a long source only the neighbourhood of the findings shows; the rest is folded. No script; light or dark.
"""

from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("findings.css").read_text(encoding="utf-8")
NEAR = 4  # lines shown before and after a marked one
SHORT = 40  # lines of a source that is shown whole


def html(report) -> str:
    """The whole report. report: findings.Report."""
    head, *_ = repr(report).split("\n")
    parts = [f"<p><strong>{escape(head)}</strong></p>"]
    if report:
        parts.append(f"<ol>{''.join(f'<li>{_sentence(finding)}</li>' for finding in report)}</ol>")
    parts += [f"<p>note: {escape(note)}</p>" for note in report.notes]
    if report:
        parts.append(_listing(report))
    return f'<div class="glass-check"><style>{STYLE}</style>{"".join(parts)}</div>'


def _sentence(finding):
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    return f"<strong>{escape(finding.kind)}</strong>{times}: {escape(finding.text)}"


def _listing(report):
    """The source; lines of findings are marked with their numbers, and what is far from all of them is folded."""
    marks: dict[int, list[str]] = {}
    for number, finding in enumerate(report, 1):
        for line in {finding.line, finding.other_line} - {None, 0}:
            marks.setdefault(line, []).append(str(number))
    lines = report.source.rstrip("\n").split("\n")
    near = {at for line in marks for at in range(line - NEAR, line + NEAR + 1)}
    shown = [len(lines) <= SHORT or at in near for at in range(1, len(lines) + 1)]
    pieces, begun = [], 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or shown[at] != shown[begun]:
            rows = "".join(_row(i + 1, lines[i], marks.get(i + 1, [])) for i in range(begun, at))
            table = f'<table class="lines">{rows}</table>'
            many = f"lines {begun + 1} to {at}" if at > begun + 1 else f"line {at}"
            folded = f"<details><summary>{many}</summary>{table}</details>"
            pieces.append(table if shown[begun] else folded)
            begun = at
    told = f"source of {report.kernel}, the lines of findings marked with their numbers"
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(told)}">{"".join(pieces)}</div>'


def _row(number, text, marks):
    kind = ' class="marked"' if marks else ""
    note = f"{', '.join(marks)} &rarr;" if marks else ""
    cells = f'<td class="number">{number}</td><td class="marks">{note}</td><td>{escape(text)}</td>'
    return f"<tr{kind}>{cells}</tr>"
