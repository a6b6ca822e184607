"""Pages and files from a gradebook: every mark is there, and nothing that a learner wrote does anything."""

import csv
import json
import re
from html.parser import HTMLParser

import pytest

from course_lib.grading import chart, page, report, terms
from course_lib.grading.gradebook import Gradebook, GradebookError
from course_lib.grading.terms import TermsError

EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e\x00\ud800=1+1"
WORDS = "html head meta title style body section h1 h2 h3 p table thead tbody tr th td div b pre a svg rect line text"
TAGS = {*WORDS.split(" "), "details", "summary"}


def test_row(question, points, earned, text=""):
    told = {"asked": text, "came": text, "cell": text} if text else {}
    return {"question": question, "claim": f"{question} is right", "points": points, "earned": earned, "told": told}


test_row.__test__ = False


def row(status="graded", score=3.0, notes=(), text=""):
    tests = [test_row("double", 3, 3), test_row("total", 1, 0, text)] if status == "graded" else []
    made = {"key": "k", "status": status, "score": score, "points": 4, "mode": "bubblewrap", "seconds": 0.5}
    return made | {"tests": tests, "notes": list(notes), "output": text}


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.db"
    with Gradebook(path) as made:
        made.put("ex90_small", "ann", row())
        made.put("ex90_small", "=HYPERLINK(1)", row(notes=[EVIL], text=EVIL))
        made.put("ex90_small", "<b>eve</b>", row("missing", None, [EVIL]))
        made.put("ex91_other", "ann", row("infra_error", None))
    return path


class Seen(HTMLParser):
    """Which tags and attributes a page has."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}


def test_pages_hold_what_learners_wrote_as_text_only(book, tmp_path):
    assert report.main(book, tmp_path / "out") == 0
    pages = list((tmp_path / "out").rglob("*.html"))
    assert len(pages) == 4
    for path in pages:
        text = path.read_text(encoding="utf-8")
        seen = Seen(text)
        assert seen.tags <= TAGS, seen.tags - TAGS
        assert not any(name.startswith("on") for name in seen.attributes) and "src" not in seen.attributes
        assert "default-src 'none'" in text and not re.search("[\x00\x1b\u202e\ud800]", text)
        assert not re.search(r"(href|src)=.?(https?:|//)", text)


def test_the_class_page_shows_scores_failed_tests_and_the_distribution(book, tmp_path):
    report.main(book, tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text()
    parts = ["3 of 4", "infra_error", "total is right", "2 of 2", "<svg", "70 to 80 %: 2", "learners/ann.html"]
    for part in [*parts, "median 75 %", "percent of the points", ">learners<"]:
        assert part in text, part


def test_the_class_page_counts_each_learners_mistake_once(tmp_path):
    twice = row()
    twice["tests"][0]["told"] = twice["tests"][1]["told"] = {"likely": "rounded <down>"}
    twice["tests"][1]["question"] = "double"
    with Gradebook(tmp_path / "book.db") as made:
        for learner in ("ann", "bob", "eve"):
            made.put("ex90_small", learner, twice if learner != "eve" else row())
    report.main(tmp_path / "book.db", tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text()
    assert '<tr><td>double<td>rounded &lt;down&gt;<td class="n">2</tr>' in text


def test_the_class_page_lists_the_scores_from_the_lowest_and_everybody_by_name(tmp_path):
    with Gradebook(tmp_path / "book.db") as made:
        for learner, score in (("ann", 4.0), ("bob", 1.0), ("eve", None)):
            made.put("ex90_small", learner, row("graded" if score else "missing", score))
    report.main(tmp_path / "book.db", tmp_path / "out")
    found = re.findall(r">(ann|bob|eve)</a>", (tmp_path / "out" / "index.html").read_text())
    assert found == ["eve", "bob", "ann", "ann", "bob", "eve"]


@pytest.mark.parametrize("percents", [[0.0], [100.0], [99.9, 100.0, 0.0], [50.0] * 7, [float(i) for i in range(101)]])
def test_the_histogram_counts_everybody_once(percents):
    made = chart.histogram(percents)
    words = re.search("<title>(.*)</title>", made)[1]
    assert sum(int(count) for count in re.findall(r"%: (\d+)", words)) == len(percents)
    heights = [float(y) for y in re.findall(r'height="([\d.]+)"/>', made)]
    assert len(heights) == 10 and min(heights) >= 0 and max(heights) <= chart.HEIGHT - chart.TOP - chart.BOTTOM + 0.1
    assert chart.histogram([]) == ""


def test_a_learners_page_never_shows_what_was_printed(book, tmp_path):
    with Gradebook(book) as made:
        made.put("ex90_small", "ann", row() | {"output": "the inputs of marks"})
    report.main(book, tmp_path / "out")
    assert not any("the inputs of marks" in path.read_text() for path in (tmp_path / "out").rglob("*.*"))


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_tables_for_canvas_and_moodle_have_no_formula_and_no_mark_where_there_is_none(book, tmp_path):
    report.main(book, tmp_path / "out")
    canvas, moodle = read(tmp_path / "out" / "canvas.csv"), read(tmp_path / "out" / "moodle.csv")
    assert canvas[0] == ["Student", "ID", "SIS Login ID", "Section", "ex90_small", "ex91_other"]
    assert canvas[1][4:] == ["4", "4"]
    assert moodle[1:] == [["<b>eve</b>", "", ""], ["'=HYPERLINK(1)", "3", ""], ["ann", "3", ""]]
    assert all(cell[:1] not in "=+@" for line in canvas + moodle for cell in line if cell)


def test_gradescope_gets_each_test_and_no_score_without_a_mark(book, tmp_path):
    report.main(book, tmp_path / "out")
    folder = tmp_path / "out" / "gradescope"
    made = json.loads((folder / "ex90_small" / "ann.json").read_text())
    assert made["score"] == 3 and [test["score"] for test in made["tests"]] == [3, 0]
    assert "score" not in json.loads((folder / "ex91_other" / "ann.json").read_text())


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x"])
def test_no_field_of_a_table_is_a_formula(text):
    assert report.field(text) == f"'{text}"
    assert report.field("-3") == "-3" and report.field(-2.5) == "-2.5" and report.field("") == report.field(None) == ""


@pytest.mark.parametrize("name", ["", "..", ".hidden", "-x", "a/b", "ä" * 200, "con:", "x\ny"])
def test_every_name_gets_a_file_of_its_own(name):
    made = report.file_name(name)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", made) and len(made) < 120
    assert report.file_name(name + "ö") != made and report.file_name("ann") == "ann"


RULES = "exercise,due,free_days,percent_per_day,closed_after_days,extra\n"
RECEIVED = "learner,exercise,received\n"


@pytest.fixture
def policy(tmp_path):
    def made(rule, when):
        (tmp_path / "rules.csv").write_text(RULES + rule)
        (tmp_path / "received.csv").write_text(RECEIVED + f"ann,ex,{when}\n")
        return terms.read(tmp_path / "rules.csv", tmp_path / "received.csv")

    return made


@pytest.mark.parametrize(
    ("rule", "when", "score", "total"),
    [
        ("ex,2027-03-01T12:00,2,10,7,", "2027-03-01T12:00", 3, 4),
        ("ex,2027-03-01T12:00,2,10,7,", "2027-03-03T12:00", 3, 4),
        ("ex,2027-03-01T12:00,2,10,7,", "2027-03-03T12:01", 2.7, 4),
        ("ex,2027-03-01T12:00,2,10,7,", "2027-03-08T12:00", 1.5, 4),
        ("ex,2027-03-01T12:00,2,10,7,", "2027-03-08T12:01", 0, 4),
        ("ex,2027-03-01T12:00,0,60,,", "2027-03-09T12:00", 0, 4),
        ("ex,2027-03-01T12:00+02:00,0,10,,", "2027-03-01T10:00+00:00", 3, 4),
        ("ex,,,,,double", "2027-03-09", 3, 1),
        ("other,2027-03-01,0,10,,", "2027-03-09", 3, 4),
    ],
)
def test_lateness_and_extra_credit_are_columns(policy, rule, when, score, total):
    final = policy(rule, when).final(row() | {"exercise": "ex", "learner": "ann"})
    assert (final.score, final.total) == (score, total)


def test_no_mark_stays_no_mark_however_late(policy):
    late = policy("ex,2027-03-01,0,10,1,", "2027-04-01").final(
        row("invalid", None) | {"exercise": "ex", "learner": "ann"}
    )
    assert late.score is None


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("ex,soon,,,,", "line 2: 'soon' is no time"),
        ("ex,,-1,,,", "line 2: '-1' is no number of at least 0"),
        ("ex,,,ten,,", "line 2: 'ten' is no number"),
        ("ex,,", "line 2: its columns must be exercise,due"),
        ("ex,,,inf,,", "line 2: 'inf' is no number from 0 to 100"),
        ("ex,,,nan,,", "line 2: 'nan' is no number from 0 to 100"),
        ("ex,,,,,\nex,,,,,", "line 3: there is a line for ex above"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(policy, rule, sentence):
    with pytest.raises(TermsError, match=sentence):
        policy(rule, "2027-03-01")


@pytest.mark.parametrize("text", ["", "learner;exercise;received\n", "exercise,due\n"])
def test_a_table_without_its_columns_is_refused_although_it_has_no_lines(tmp_path, text):
    (tmp_path / "rules.csv").write_text(text)
    with pytest.raises(TermsError, match="line 1: its columns must be exercise,due"):
        terms.read(tmp_path / "rules.csv")


@pytest.mark.parametrize(
    ("rule", "received", "sentence"),
    [
        ("ex90,,,,,", "", "names the exercise 'ex90', and there is none; .* ex90_small"),
        ("", "ann,ex90,2027-03-09\n", "names the exercise 'ex90', and there is none"),
        ("ex90_small,,,,,totl", "", "'totl' is extra in ex90_small, .*; it has double, total"),
        ("", "ann,ex90_small,2027-03-09\nann,ex90_small,2027-03-10\n", "line 3: there is a line for ann ex90_small"),
    ],
)
def test_a_rule_for_nothing_there_is_refused_for_it_would_change_no_mark(book, tmp_path, rule, received, sentence):
    (tmp_path / "rules.csv").write_text(RULES + rule)
    (tmp_path / "received.csv").write_text(RECEIVED + received)
    with pytest.raises(TermsError, match=sentence):
        report.main(book, tmp_path / "out", tmp_path / "rules.csv", tmp_path / "received.csv")


def test_rules_of_exercises_to_come_are_taken_and_receipts_of_strangers_are_remarked_on(book, tmp_path, capsys):
    (tmp_path / "rules.csv").write_text(RULES + "ex02_matrix_multiplication,,,,,\nex90_small,,,,,total")
    (tmp_path / "received.csv").write_text(RECEIVED + "ann,ex90_small,2027-03-09\nAnn Lee,ex90_small,2027-03-09\n")
    assert report.main(book, tmp_path / "out", tmp_path / "rules.csv", tmp_path / "received.csv") == 0
    assert "of 1 notebooks that were received nobody is in the gradebook, the first is 'Ann Lee'" in (
        capsys.readouterr().err
    )


def test_points_possible_are_without_the_extra_ones_whoever_comes_last(tmp_path):
    with Gradebook(tmp_path / "book.db") as made:
        made.put("ex90_small", "ann", row())
        made.put("ex90_small", "zoe", row("missing", None))
    (tmp_path / "rules.csv").write_text(RULES + "ex90_small,,,,,total")
    report.main(tmp_path / "book.db", tmp_path / "out", tmp_path / "rules.csv")
    assert read(tmp_path / "out" / "canvas.csv")[1][4:] == ["3"]


def test_a_report_of_no_gradebook_is_refused(tmp_path):
    with pytest.raises(GradebookError, match="is not there"):
        report.main(tmp_path / "none.db", tmp_path / "out")
    with pytest.raises(GradebookError, match="is a folder"):
        report.main(tmp_path, tmp_path / "out")


def test_text_on_a_page_has_an_end():
    assert len(page.clean("x" * 10**6)) < 2100
