"""The report of a profile, in JupyterLab: sorted and coloured by keyboard, in light and dark."""

from pathlib import Path

import pytest
from notebook_page import NotebookPage

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
LESSON = "notebooks/02_matrix_multiplication.ipynb"
ORDER = "(body) => [...body.rows].map((row) => Number(row.cells[0].dataset.value))"
COLOURS = "(body) => [...body.rows].map((row) => row.querySelector('td.code').style.background)"


@pytest.fixture(scope="module")
def report(lab, browser):
    before = (ROOT / LESSON).read_bytes()
    notebook = NotebookPage(browser, lab, LESSON)
    notebook.run_all()
    yield notebook, notebook.cell("traffic").locator(".glass-profile")
    notebook.close()
    assert notebook.problems == []
    assert (ROOT / LESSON).read_bytes() == before


def test_columns_are_sorted_by_keyboard(report, screenshots):
    notebook, shown = report
    body = shown.locator("tbody")
    lines = body.evaluate(ORDER)
    assert lines == sorted(lines)
    shown.locator("th button", has_text="instructions").focus()
    notebook.page.keyboard.press("Enter")
    head = shown.locator("th", has_text="instructions")
    assert head.get_attribute("aria-sort") == "descending"
    most = body.evaluate(ORDER)
    assert most != lines and sorted(most) == lines
    notebook.page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "ascending"
    assert shown.locator("th[aria-sort]").count() == 1
    notebook.photograph(screenshots, "profile")


def test_the_source_takes_the_colour_of_the_column_that_is_chosen(report):
    _, shown = report
    body = shown.locator("tbody")
    by_instructions = body.evaluate(COLOURS)
    shown.locator("select").select_option(label="sectors/request")
    assert body.evaluate(COLOURS) != by_instructions


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_it_reads_in_either_theme(report, screenshots, theme):
    notebook, shown = report
    notebook.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    notebook.page.wait_for_function(
        "(dark) => (document.body.dataset.jpThemeLight === 'false') === dark", arg="Dark" in theme
    )
    colour = "(node) => getComputedStyle(node).color.match(/\\d+/g).slice(0, 3).map(Number)"
    brightness = sum(shown.locator("td").first.evaluate(colour)) / 3
    assert brightness > 128 if "Dark" in theme else brightness < 128
    shown.scroll_into_view_if_needed()
    notebook.page.screenshot(path=screenshots / f"profile-{theme.split()[1]}.png")
