"""The pages of a report: one for each learner, one for the class.

Nothing that a learner wrote gets onto a page but as text, and the pages run no script and load nothing from anywhere:
their Content-Security-Policy says so to the browser. What a learner's page tells of a failure comes from public inputs
(judge.feedback).
"""

import html
import unicodedata

from course_lib.grading.terms import Final

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem; vertical-align: top;
border-bottom: 1px solid #ccc } td.n, th.n { text-align: right } pre { white-space: pre-wrap; overflow-wrap: anywhere;
margin: 0 } .failed { border-left: 4px solid #c25700 } .passed { border-left: 4px solid #2e7d32 }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #eee } a { color: #8ab4f8 } }
"""
LABELS = {"asked": "asked", "expected": "expected", "came": "came", "likely": "likely", "cell": "its cell"}
BAR, HEIGHT = 28, 120  # of the histogram: width and height of a full bar, in pixels


def clean(text, most: int = 2000) -> str:
    """Text that is safe in HTML: escaped, and without characters that control, hide or turn the text around."""
    kept = str(text)[:most] + ("…" if len(str(text)) > most else "")
    return html.escape("".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "\ufffd" for c in kept))


def learner(name: str, rows: list[tuple[dict, Final]]) -> str:
    """The page of one learner: every exercise, every test, and what is told of those that failed."""
    return _document(clean(name), "".join(_exercise(row, final) for row, final in rows))


def group(rows: list[tuple[dict, Final]], links: dict[str, str]) -> str:
    """The page of the class: the marks' distribution, which test failed how often, and everybody's score."""
    parts = []
    for exercise in dict.fromkeys(row["exercise"] for row, _ in rows):
        own = [(row, final) for row, final in rows if row["exercise"] == exercise]
        parts.append(f"<h2>{clean(exercise)}</h2>{_counts(own)}{_histogram(own)}{_tests(own)}{_scores(own, links)}")
    return _document("Marks of the class", "".join(parts) or "<p>The gradebook is empty.</p>")


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n{body}</body></html>\n"
    )


def _exercise(row: dict, final: Final) -> str:
    score = "no mark yet" if final.score is None else f"{final.score:g} of {final.total:g} points"
    notes = "".join(f"<p>{clean(note)}</p>" for note in [final.note, *row["notes"]] if note)
    tests = "".join(_test(test) for test in row["tests"])
    head = '<tr><th>question<th>test<th class="n">points</tr>'
    table = f"<table><thead>{head}</thead><tbody>{tests}</tbody></table>" if tests else ""
    return f"<h2>{clean(row['exercise'])}: {score}</h2>{notes}{table}<p>Marked in {row['seconds']:g} s.</p>\n"


def _test(test: dict) -> str:
    told = "".join(
        f"<div><b>{label}</b> <pre>{clean(test['told'][key])}</pre></div>"
        for key, label in LABELS.items()
        if test["told"].get(key)
    )
    state = "passed" if test["earned"] else "failed"
    points = f"{test['earned']:g} of {test['points']:g}"
    return (
        f'<tr class="{state}"><td>{clean(test["question"])}<td>{clean(test["claim"])}{told}<td class="n">{points}</tr>'
    )


def _counts(rows: list[tuple[dict, Final]]) -> str:
    states = [row["status"] for row, _ in rows]
    counts = ", ".join(f"{states.count(state)} {clean(state)}" for state in dict.fromkeys(states))
    modes = ", ".join(sorted({row["mode"] for row, _ in rows}))
    return f"<p>{len(rows)} submissions: {counts}. Sandbox: {clean(modes)}.</p>"


def _histogram(rows: list[tuple[dict, Final]]) -> str:
    """How many learners have each tenth of the points, as inline SVG with its numbers in words."""
    shares = [final.score / final.total for _, final in rows if final.score is not None and final.total]
    bins = [0] * 10
    for share in shares:
        bins[min(int(share * 10), 9)] += 1
    if not shares:
        return ""
    words = ", ".join(f"{10 * i} to {10 * i + 10} %: {count}" for i, count in enumerate(bins) if count)
    bars = ""
    for i, count in enumerate(bins):
        tall, left = HEIGHT * count // max(bins), i * (BAR + 4)
        bars += f'<rect x="{left}" y="{HEIGHT + 16 - tall}" width="{BAR}" height="{tall}" fill="#3b6ea5"/>'
        bars += f'<text x="{left + BAR / 2}" y="{HEIGHT + 12 - tall}" text-anchor="middle">{count or ""}</text>'
        bars += f'<text x="{left}" y="{HEIGHT + 32}">{10 * i}</text>'
    size = f'width="{10 * (BAR + 4) + 30}" height="{HEIGHT + 40}" font-size="12" fill="currentColor"'
    title = f"Learners for each tenth of the points: {words}"
    return f'<svg role="img" aria-label="{title}" {size}><title>{title}</title>{bars}</svg><p>percent of the points</p>'


def _tests(rows: list[tuple[dict, Final]]) -> str:
    """Which test failed how often."""
    count, failed, claims = 0, {}, {}
    for row, _ in rows:
        count += row["status"] == "graded"
        for test in row["tests"]:
            key = test["question"], test["claim"]
            claims[key] = None
            failed[key] = failed.get(key, 0) + (test["earned"] == 0)
    lines = "".join(
        f'<tr><td>{clean(question)}<td>{clean(claim)}<td class="n">{failed[question, claim]} of {count}</tr>'
        for question, claim in claims
    )
    return f'<table><thead><tr><th>question<th>test<th class="n">failed</tr></thead><tbody>{lines}</tbody></table>'


def _scores(rows: list[tuple[dict, Final]], links: dict[str, str]) -> str:
    lines = ""
    for row, final in rows:
        score = "" if final.score is None else f"{final.score:g} of {final.total:g}"
        link = f'<a href="{clean(links[row["learner"]])}">{clean(row["learner"])}</a>'
        note = clean(final.note or "; ".join(row["notes"]))
        lines += f'<tr><td>{link}<td>{clean(row["status"])}<td class="n">{score}<td>{note}<td class="n">'
        lines += f"{row['seconds']:g} s</tr>"
    head = '<tr><th>learner<th>status<th class="n">score<th>note<th class="n">time</tr>'
    return f"<table><thead>{head}</thead><tbody>{lines}</tbody></table>"
