"""The rules of a term, as a table: when an exercise is due, what lateness costs, which questions are extra.

    exercise,due,free_days,percent_per_day,closed_after_days,extra
    ex02_matrix_multiplication,2027-03-01T23:59+01:00,2,10,7,host words

extra names questions whose points are added to a score and are not part of its total. When a notebook came is told by
another table, which the learning platform writes and no learner can:

    learner,exercise,received
    ann,ex02_matrix_multiplication,2027-03-03T08:00+01:00

Every field but the names may be empty: no rule then. A time without a zone is in UTC.
"""

import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from course_lib.errors import UserError


class TermsError(UserError):
    """A table that cannot be used; the sentence names the line."""


@dataclass(frozen=True)
class Rule:
    due: datetime | None = None
    free_days: float = 0
    percent_per_day: float = 0
    closed_after_days: float = math.inf
    extra: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Final:
    """What counts: a score (None without a mark) of a total, and what was done to it."""

    score: float | None
    total: float
    note: str = ""


@dataclass(frozen=True)
class Terms:
    rules: dict[str, Rule]
    received: dict[tuple[str, str], datetime]  # (learner, exercise) -> when

    def final(self, row: dict) -> Final:
        """The score of a gradebook's row under these rules."""
        rule = self.rules.get(row["exercise"], Rule())
        extra = sum(test["points"] for test in row["tests"] if test["question"] in rule.extra)
        total, score = row["points"] - extra, row["score"]
        if score is None:
            return Final(None, total, row["status"])
        days = self._days_late(row, rule)
        if days == 0:
            return Final(score, total)
        if days > rule.closed_after_days:
            return Final(0.0, total, f"{days} days late: closed {rule.closed_after_days:g} days after it was due")
        counted = max(days - rule.free_days, 0)
        share = max(100 - rule.percent_per_day * counted, 0)
        return Final(round(score * share / 100, 2), total, f"{days} days late: {share:g} % of {score:g}")

    def fit(self, rows: list[dict], course: list[str]) -> str:
        """Raise TermsError for a name that is none, for its line would silently change no mark.

        rows: of the gradebook; course: the names of all exercises. Returns a remark on learners without a row, or "".
        """
        there = {row["exercise"] for row in rows}
        for name in [*self.rules, *(exercise for _, exercise in self.received)]:
            if name not in {*there, *course}:
                known = ", ".join(sorted({*there, *course}))
                raise TermsError(f"a table names the exercise {name!r}, and there is none; the exercises are: {known}")
        for name, rule in self.rules.items():
            questions = {test["question"]: None for row in rows if row["exercise"] == name for test in row["tests"]}
            if unknown := sorted(rule.extra - {*questions}) if questions else []:
                known = ", ".join(questions)
                raise TermsError(f"{unknown[0]!r} is extra in {name}, which has no such question; it has {known}")
        names = {row["learner"] for row in rows}
        strange = [learner for learner, exercise in self.received if exercise in there and learner not in names]
        if not strange:
            return ""
        told = f"of {len(strange)} notebooks that were received nobody is in the gradebook, the first is {strange[0]!r}"
        return f"{told}: they change no mark; the names are those of the submissions' folders"

    def _days_late(self, row: dict, rule: Rule) -> int:
        """Whole days begun after it was due; 0 if nothing is known of it."""
        when = self.received.get((row["learner"], row["exercise"]))
        return max(math.ceil((when - rule.due) / timedelta(days=1)), 0) if when and rule.due else 0


def read(rules: Path | None = None, received: Path | None = None) -> Terms:
    """The two tables. Raises TermsError."""
    made, came = {}, {}
    for place, line in _lines(rules, ("exercise", "due", "free_days", "percent_per_day", "closed_after_days", "extra")):
        _only_once(line["exercise"], made, place)
        made[line["exercise"]] = Rule(
            _time(line["due"], place) if line["due"] else None,
            _number(line["free_days"] or "0", place),
            _number(line["percent_per_day"] or "0", place, 100),
            _number(line["closed_after_days"] or "inf", place),
            frozenset(line["extra"].split()),
        )
    for place, line in _lines(received, ("learner", "exercise", "received")):
        _only_once((line["learner"], line["exercise"]), came, place)
        came[line["learner"], line["exercise"]] = _time(line["received"], place)
    return Terms(made, came)


def _lines(path: Path | None, columns: tuple[str, ...]):
    """(where, {column: text}) of each line of a table."""
    if path is None:
        return
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            header, lines = table.fieldnames or [], list(table)
    except (OSError, ValueError, csv.Error) as error:
        raise TermsError(f"{path} cannot be read as a table ({error}); it is a CSV file in UTF-8") from None
    ragged = [number for number, line in enumerate(lines, 2) if None in line or None in line.values()]
    if wrong := ragged[:1] if set(columns) <= {*header} else [1]:
        raise TermsError(f"{path}, line {wrong[0]}: its columns must be {','.join(columns)}")
    for number, line in enumerate(lines, 2):
        yield f"{path}, line {number}", {column: line[column].strip() for column in columns}


def _time(text: str, place: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise TermsError(f"{place}: {text!r} is no time; write it as 2027-03-01T23:59+01:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _only_once(name, before: dict, place: str) -> None:
    if name in before:
        said = " ".join(name) if isinstance(name, tuple) else name
        raise TermsError(f"{place}: there is a line for {said} above; leave the one that counts")


def _number(text: str, place: str, most: float = math.inf) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= most:
        bounds = "of at least 0" if most == math.inf else f"from 0 to {most:g}"
        raise TermsError(f"{place}: {text!r} is no number {bounds}")
    return found
