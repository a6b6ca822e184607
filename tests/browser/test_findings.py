"""What kernel.check found, in JupyterLab, whose own rules for tables must not win: a listing that reads like one."""

from pathlib import Path

import pytest
from notebook_page import NotebookPage

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
LESSON = "notebooks/03_memory.ipynb"
STYLE = "(node) => { const style = getComputedStyle(node); return [style.textAlign, style.backgroundColor]; }"


def test_the_source_is_aligned_as_written_and_only_the_lines_of_findings_are_marked(lab, browser, screenshots):
    before = (ROOT / LESSON).read_bytes()
    notebook = NotebookPage(browser, lab, LESSON)
    for cell in ("imports", "race", "race-right", "race-check"):
        notebook.type_and_run(cell)
    rows = notebook.cell("race-check").locator(".glass-check tr")
    styles = [(row.get_attribute("class"), row.evaluate(STYLE)[1]) for row in rows.all()]
    marked = {colour for name, colour in styles if name == "marked"}
    plain = {colour for name, colour in styles if name != "marked"}
    assert len(marked) == len(plain) == 1 and marked != plain
    assert rows.first.locator("td").last.evaluate(STYLE)[0] == "left"
    notebook.page.screenshot(path=screenshots / "findings.png")
    notebook.close()
    assert notebook.problems == []
    assert (ROOT / LESSON).read_bytes() == before
