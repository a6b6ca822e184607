"""What the tests of a question said: plain data, as text and as HTML."""

import html
import textwrap
from dataclasses import asdict, dataclass

WIDTH = 100  # of the text, in characters
LABELS = ("asked", "expected", "came", "likely")


@dataclass(frozen=True)
class Row:
    """One test: its claim in words, what it is worth, and if it failed what was asked, expected and what came."""

    claim: str
    points: int
    passed: bool
    asked: str = ""
    expected: str = ""
    came: str = ""
    likely: str = ""  # the misconception that would explain it

    @staticmethod
    def of(test, passed: bool, asked: str = "", expected: str = "", came: str = "", likely: str = "") -> "Row":
        """The row of a test function, whose name or first line of documentation is its claim."""
        claim = (test.__doc__ or test.__name__.replace("_", " ")).strip().splitlines()[0].rstrip(".")
        return Row(claim, test.points, passed, asked, expected, came, likely)


@dataclass(frozen=True)
class Result:
    title: str  # of the exercise
    question: str
    rows: tuple[Row, ...]
    note: str = ""  # about the cell as a whole: missing, twice there, raised an error

    @property
    def points(self) -> int:
        return sum(row.points for row in self.rows)

    @property
    def earned(self) -> int:
        return sum(row.points for row in self.rows if row.passed)

    @property
    def passed(self) -> bool:
        return bool(self.rows) and all(row.passed for row in self.rows)

    def data(self) -> dict:
        """JSON data; see Result.of."""
        return asdict(self)

    @staticmethod
    def of(data: dict) -> "Result":
        return Result(**{**data, "rows": tuple(Row(**row) for row in data["rows"])})

    def details(self) -> list[tuple[Row, list[tuple[str, str]]]]:
        """Each row with (label, text) of what is known of its failure, unless an earlier row tells the same story."""
        told, rows = set(), []
        for row in self.rows:
            texts = [(label, text) for label in LABELS if (text := getattr(row, label))]
            rows.append((row, [] if (row.likely or row.came) in told else texts))
            told.add(row.likely or row.came)
        return rows

    def __str__(self) -> str:
        lines = [f"{self._heading()}, {self.earned} of {self.points} points"]
        lines += textwrap.wrap(self.note, WIDTH, initial_indent="  ", subsequent_indent="  ")
        for row, texts in self.details():
            lines.append(f"  {_mark(row.passed)} {row.claim}")
            for label, text in texts:
                lines += _block(label, text)
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [f"<b>{html.escape(self._heading())}</b>, {self.earned} of {self.points} points"]
        parts += [f"<div>{html.escape(self.note)}</div>"] if self.note else []
        for row, texts in self.details():
            table = "".join(
                f'<div style="opacity:.75">{label}</div><div style="white-space:pre-wrap">{html.escape(text)}</div>'
                for label, text in texts
            )
            table = f'<div style="{GRID}">{table}</div>' if table else ""
            parts.append(f'<div style="margin:.4em 0 0 1em">{_mark(row.passed)} {html.escape(row.claim)}{table}</div>')
        colour = "var(--jp-success-color1, #2e7d32)" if self.passed else "var(--jp-warn-color1, #c25700)"
        style = f"border-left:4px solid {colour};padding:.3em .8em;max-width:60em"
        return f'<div role="status" style="{style}">{"".join(parts)}</div>'

    def _heading(self) -> str:
        return f"{_mark(self.passed)} {self.question}: {'passed' if self.passed else 'not yet'}"


GRID = "display:grid;grid-template-columns:max-content 1fr;column-gap:1em;margin:.2em 0 0 1.4em"


def _mark(passed: bool) -> str:
    return "✓" if passed else "✗"


def _block(label: str, text: str) -> list[str]:
    """A labelled text, wrapped; its own line breaks stay, for a compiler's message has them."""
    lead = " " * 6 + f"{label:<9}"
    lines = []
    for line in text.splitlines():
        lines += textwrap.wrap(line, WIDTH - len(lead), replace_whitespace=False) or [""]
    return [(lead if i == 0 else " " * len(lead)) + line for i, line in enumerate(lines)]
