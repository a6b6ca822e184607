"""What a learner does on the first day, in a real browser."""

from pathlib import Path

import pytest
from notebook_page import NotebookPage

from course_lib.widgets.launch_grid import LaunchGrid
from course_lib.widgets.thread_map_picture import LEFT, TOP, scale

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
LESSON = "notebooks/02_matrix_multiplication.ipynb"
EXERCISE = "exercises/ex02_matrix_multiplication.ipynb"
SHOWN = LaunchGrid(40, 50, 16, 16)  # in the lesson
ANSWER = """def grid_for(m, n, block):
    return (n + block[0] - 1) // block[0], (m + block[1] - 1) // block[1]
"""


@pytest.fixture
def open_notebook(lab, browser):
    opened = []

    def opener(path: str) -> NotebookPage:
        opened.append((NotebookPage(browser, lab, path), path, (ROOT / path).read_bytes()))
        return opened[-1][0]

    yield opener
    for notebook, path, before in opened:
        notebook.close()
        assert notebook.problems == []
        assert (ROOT / path).read_bytes() == before, f"the test changed {path}"


def unexpected_errors(cells: list[dict]) -> list[str]:
    return [
        f"{cell['id']}: {output['ename']}: {output['evalue']}"
        for cell in cells
        if "raises-exception" not in cell["tags"]
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]


LESSONS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("notebooks/*.ipynb"))


@pytest.mark.parametrize("path", LESSONS)
def test_a_lesson_runs_to_its_end_and_fails_only_where_it_means_to(open_notebook, screenshots, path):
    notebook = open_notebook(path)
    cells = notebook.run_all()
    notebook.photograph(screenshots, Path(path).stem)
    assert unexpected_errors(cells) == []
    meant = [cell["id"] for cell in cells if "raises-exception" in cell["tags"]]
    failed = [cell["id"] for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]
    assert failed == meant


def test_the_thread_map_is_moved_by_keyboard_alone_and_tells_where_it_is(open_notebook, screenshots):
    notebook = open_notebook(LESSON)
    for cell in ("imports", "thread-map"):
        notebook.type_and_run(cell)
    widget = notebook.cell("thread-map").locator(".thread-map")
    words = widget.locator(".thread")
    widget.get_by_label("blockIdx.x").focus()
    assert "Block (3, 1), thread (10, 2)" in words.inner_text() and "Outside C" in words.inner_text()

    notebook.page.keyboard.press("ArrowDown")
    words.get_by_text("Block (2, 1)").wait_for()
    assert "row = 1 * 16 + 2 = 18, col = 2 * 16 + 10 = 42." in words.inner_text()

    widget.get_by_role("application").focus()
    for key in ("ArrowLeft", "ArrowUp", "ArrowUp", "ArrowUp"):
        notebook.page.keyboard.press(key)
    words.get_by_text("Block (2, 0), thread (9, 15)").wait_for()
    assert words.inner_text() in widget.locator("svg desc").text_content()
    widget.evaluate("(node) => node.scrollIntoView()")
    notebook.page.screenshot(path=screenshots / "lesson02.png")  # the picture of README.md

    widget.get_by_label("rows of C, m").focus()
    notebook.page.keyboard.press("Home")  # JupyterLab would take it, and arrows, if the widget let it
    widget.locator(".launch").get_by_text("C has 1 row ").wait_for()
    widget.get_by_label("round the number of blocks up").focus()
    notebook.page.keyboard.press("Space")
    words.get_by_text("There is no thread to select.").wait_for()
    notebook.page.screenshot(path=screenshots / "thread-map.png")


def test_a_click_selects_the_thread_under_it(open_notebook):
    notebook = open_notebook(LESSON)
    for cell in ("imports", "thread-map"):
        notebook.type_and_run(cell)
    picture = notebook.cell("thread-map").locator(".picture svg")
    shrunk = picture.bounding_box()["width"] / float(picture.get_attribute("viewBox").split()[2])
    x, y = LEFT + 20.5 * scale(SHOWN), TOP + 33.5 * scale(SHOWN)
    picture.click(position={"x": x * shrunk, "y": y * shrunk})
    notebook.page.get_by_text("row = 2 * 16 + 1 = 33, col = 1 * 16 + 4 = 20.").last.wait_for()


def test_an_exercise_fails_untouched_and_passes_once_answered(open_notebook, screenshots):
    notebook = open_notebook(EXERCISE)
    for cell in ("ex02_matrix_multiplication", "setup", "grid"):
        notebook.type_and_run(cell)
    assert "not written yet" in notebook.type_and_run("check-grid")
    notebook.page.screenshot(path=screenshots / "exercise-untouched.png")

    notebook.type_and_run("grid", ANSWER)
    verdict = notebook.type_and_run("check-grid")
    notebook.page.screenshot(path=screenshots / "exercise-answered.png")
    assert "pass" in verdict.lower() and "not written" not in verdict
    notebook.photograph(screenshots, "exercise")
