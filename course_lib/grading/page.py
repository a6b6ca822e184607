"""The pages of a report: one for each learner, one for the class.

Nothing that a learner wrote gets onto a page but as text, and the pages run no script and load nothing from anywhere:
their Content-Security-Policy says so to the browser. What a learner's page tells of a failure comes from public inputs
(judge.feedback). The class page has its lists in two orders, by name and by score, since nothing on it can sort.
"""

import html
import statistics
import unicodedata

from course_lib.grading import chart
from course_lib.grading.result import LABELS
from course_lib.grading.terms import Final

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --quiet: #5c5c5c; --paper: #fff; --line: #d8d8d8;
--bar: #3b6ea5; --good: #2e7d32; --bad: #c25700; --warn: #fbe3d0 }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #ececec; --quiet: #a8a8a8; --paper: #161616;
--line: #3a3a3a; --bar: #7fb0e0; --good: #74c278; --bad: #f09a4e; --warn: #4a2f1a } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink);
background: var(--paper) } h1, h2 { line-height: 1.2; overflow-wrap: anywhere } h2 { margin-top: 3rem } h3 { margin:
2rem 0 .4rem } a { color: var(--bar) } .quiet { color: var(--quiet) } .mark { font-size: 1.6rem; margin: .2rem 0 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .6rem; vertical-align: top;
border-bottom: 1px solid var(--line) } th { color: var(--quiet); font-weight: 600 }
tbody th { color: inherit; font-weight: 400; min-width: 7rem; overflow-wrap: anywhere }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto } .none { background: var(--warn) }
.share { background: linear-gradient(to right, var(--bar) var(--part), var(--line) var(--part))
left .6rem bottom 3px / calc(100% - 1.2rem) 3px no-repeat; padding-bottom: .5rem; print-color-adjust: exact }
.told { margin: .4rem 0 .2rem; display: grid; grid-template-columns: max-content 1fr; gap: .15rem .8rem }
.told b { color: var(--quiet); font-weight: 400 } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0;
font: .9em/1.5 ui-monospace, monospace } .likely { font: inherit } td:first-child { border-left: 4px solid transparent }
.failed > td:first-child { border-left-color: var(--bad) } .passed > td:first-child { border-left-color: var(--good) }
summary { cursor: pointer; margin: .8rem 0 } svg { display: block; width: 100%; max-width: 42rem; height: auto; margin:
1rem 0 } svg text { fill: currentColor; font-size: 13px } .bar { fill: var(--bar) } .grid { stroke: var(--line) }
.median { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 4 } svg .of-median { fill: var(--bad) }
@media (max-width: 34rem) { th, td { padding: .3rem } .told { display: block } body { margin-top: 1rem } }
@media print { body { max-width: none; margin: 0; font-size: 11px } section { break-before: page } tr, svg {
break-inside: avoid } section:first-of-type { break-before: auto } }
"""


def clean(text, most: int = 2000) -> str:
    """Text that is safe in HTML: escaped, and without characters that control, hide or turn the text around."""
    kept = str(text)[:most] + ("…" if len(str(text)) > most else "")
    return html.escape("".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "\ufffd" for c in kept))


def learner(name: str, rows: list[tuple[dict, Final]]) -> str:
    """The page of one learner: every exercise, every test, and what is told of those that failed."""
    return _document(clean(name), "".join(_exercise(row, final) for row, final in rows))


def group(rows: list[tuple[dict, Final]], links: dict[str, str]) -> str:
    """The page of the class.

    For each exercise the marks' distribution, which test failed how often, which known mistakes were made, and the
    scores from the lowest; then everybody by name.
    """
    if not rows:
        return _document("Marks of the class", "<p>The gradebook is empty.</p>")
    names = list(dict.fromkeys(row["exercise"] for row, _ in rows))
    ways = [f'<a href="#e{number}">{clean(name)}</a>' for number, name in enumerate(names)]
    parts = [f'<p>{len(links)} learners: {", ".join(ways)}; <a href="#all">everybody by name</a></p>']
    for number, exercise in enumerate(names):
        own = [(row, final) for row, final in rows if row["exercise"] == exercise]
        inside = f"{_counts(own)}{_histogram(own)}{_tests(own)}{_mistakes(own)}{_scores(own, links)}"
        parts.append(f'<section><h2 id="e{number}">{clean(exercise)}</h2>{inside}</section>\n')
    return _document("Marks of the class", "".join([*parts, _everybody(rows, names, links)]))


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n{body}</body></html>\n"
    )


def _table(head: list[str], lines: list[str], numbers: int = 0) -> str:
    """lines: of cells, as HTML. numbers: how many columns from the right hold numbers."""
    plain = len(head) - numbers
    titles = "".join(f'<th scope="col"{" class=n" if i >= plain else ""}>{title}' for i, title in enumerate(head))
    return f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>\n'


def _exercise(row: dict, final: Final) -> str:
    score = "no mark yet" if final.score is None else f"<b>{final.score:g}</b> of {final.total:g} points"
    notes = "".join(f"<p>{clean(note)}</p>" for note in dict.fromkeys([final.note, *row["notes"]]) if note)
    failed = sum(test["earned"] == 0 for test in row["tests"])
    count = f"{len(row['tests']) - failed} of {len(row['tests'])} tests passed. " if row["tests"] else ""
    table = _table(["question", "test", "points"], [_test(test) for test in row["tests"]], 1) if row["tests"] else ""
    return (
        f'<section><h2>{clean(row["exercise"])}</h2><p class="mark">{score}</p>{notes}{table}'
        f'<p class="quiet">{count}Marked in {row["seconds"]:g} s on {clean(row.get("at", "an unknown day"))} UTC.</p>'
        "</section>\n"
    )


def _test(test: dict) -> str:
    told = "".join(
        f"<b>{label}</b><pre{' class=likely' if label == 'likely' else ''}>{clean(test['told'][label])}</pre>"
        for label in (*LABELS, "cell")
        if test["told"].get(label)
    )
    told = f'<div class="told">{told}</div>' if told else ""
    state, sign = ("passed", "✓") if test["earned"] else ("failed", "✗")
    return (
        f'<tr class="{state}"><td>{clean(test["question"])}<td>{sign} {clean(test["claim"])}{told}'
        f'<td class="n">{test["earned"]:g} of {test["points"]:g}</tr>'
    )


def _everybody(rows: list[tuple[dict, Final]], names: list[str], links: dict[str, str]) -> str:
    """A line for each learner, a column for each exercise."""
    finals = {(row["learner"], row["exercise"]): (row, final) for row, final in rows}
    head = ["learner", *(f'<a href="#e{number}">{clean(name)}</a>' for number, name in enumerate(names)), "sum"]
    lines = []
    for name in sorted(links):
        own = [finals.get((name, exercise)) for exercise in names]
        total = sum(final.score for _, final in filter(None, own) if final.score is not None)
        cells = "".join(_cell(*pair) if pair else '<td class="n">' for pair in own)
        lines.append(f'<tr><th scope="row">{_link(name, links)}{cells}<td class="n">{total:g}</tr>')
    table = _table(head, lines, len(names) + 1)
    return f'<section><h2 id="all">Everybody by name</h2><p>A name leads to its learner\'s page.</p>{table}</section>\n'


def _cell(row: dict, final: Final) -> str:
    if final.score is None:
        return f'<td class="n none">{clean(row["status"])}'
    return f'<td class="n share" style="--part: {_percent(final):.0f}%">{final.score:g} of {final.total:g}'


def _link(name: str, links: dict[str, str]) -> str:
    return f'<a href="{clean(links[name])}">{clean(name)}</a>'


def _percent(final: Final) -> float:
    return min(100 * final.score / final.total, 100.0) if final.total else 0.0


def _counts(rows: list[tuple[dict, Final]]) -> str:
    states = [row["status"] for row, _ in rows]
    counts = ", ".join(f"{states.count(state)} {clean(state)}" for state in sorted(set(states)))
    modes = clean(", ".join(sorted({row["mode"] for row, _ in rows})))
    times = [row["seconds"] for row, _ in rows]
    return (
        f"<p>{len(rows)} submissions: {counts}.</p>"
        f'<p class="quiet">Marked in {statistics.median(times):.2g} s each (median; the longest took '
        f"{max(times):.2g} s). Sandbox: {modes}.</p>"
    )


def _histogram(rows: list[tuple[dict, Final]]) -> str:
    return chart.histogram([_percent(final) for _, final in rows if final.score is not None and final.total])


def _tests(rows: list[tuple[dict, Final]]) -> str:
    """Which test failed how often."""
    count, failed = 0, {}
    for row, _ in rows:
        count += row["status"] == "graded"
        for test in row["tests"]:
            key = test["question"], test["claim"]
            failed[key] = failed.get(key, 0) + (test["earned"] == 0)
    lines = [
        f'<tr><td>{clean(question)}<td>{clean(claim)}<td class="n share" style="--part: {100 * often / count:.0f}%">'
        f"{often} of {count}</tr>"
        for (question, claim), often in failed.items()
    ]
    return f"<h3>Which test failed</h3>{_table(['question', 'test', 'failed'], lines, 1)}" if lines else ""


def _mistakes(rows: list[tuple[dict, Final]]) -> str:
    """The known mistakes that were recognised, the most frequent first."""
    made = {}
    for row, _ in rows:
        for key in {(test["question"], test["told"].get("likely", "")) for test in row["tests"]}:
            made[key] = made.get(key, 0) + 1
    found = sorted(((often, *key) for key, often in made.items() if key[1]), key=lambda each: (-each[0], *each[1:]))
    lines = [f'<tr><td>{clean(q)}<td>{clean(likely)}<td class="n">{often}</tr>' for often, q, likely in found]
    return f"<h3>Which mistakes were made</h3>{_table(['question', 'mistake', 'learners'], lines, 1)}" if lines else ""


def _scores(rows: list[tuple[dict, Final]], links: dict[str, str]) -> str:
    """Those without a mark, then from the lowest."""
    lines = []
    for row, final in sorted(
        rows, key=lambda each: (-1 if each[1].score is None else each[1].score, each[0]["learner"])
    ):
        note = clean("; ".join(dict.fromkeys(filter(None, [final.note, *row["notes"]]))))
        seconds = f'<td class="n">{row["seconds"]:g} s</tr>'
        lines.append(f'<tr><th scope="row">{_link(row["learner"], links)}<td>{note}{_cell(row, final)}{seconds}')
    table = _table(["learner", "note", "score", "time"], lines, 2)
    return f"<h3>The scores</h3><details><summary>{len(rows)} scores, the lowest first</summary>{table}</details>"
