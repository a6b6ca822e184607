"""The picture of a stepped warp, driven by keyboard and mouse in a real browser, on a bare page and in JupyterLab."""

import numpy as np
import pytest
from notebook_page import NotebookPage

from course_lib import gpu

pytestmark = pytest.mark.browser

LESSON = "notebooks/02_matrix_multiplication.ipynb"
SOURCE = """extern "C" __global__ void sides(float* x, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    if (i < 8)
        x[i] = 1;
    else
        x[32 * i] = 2;
}"""
DARK = (
    "body {background: #111; --jp-ui-font-color1: #e8e8e8; --jp-ui-font-color2: #b0b0b0; --jp-border-color1: #616161;"
)
DARK += " --jp-layout-color1: #111; --jp-layout-color2: #333}"
CELL = f"""from course_lib import gpu
import numpy as np
with gpu.use("glass"):
    kernel = gpu.compile({SOURCE!r}).get_function("sides")
    steps = kernel.step((1,), (32,), (gpu.zeros(1024), np.int32(16)))
steps"""


@pytest.fixture(scope="module")
def steps():
    with gpu.use("glass"):
        kernel = gpu.compile(SOURCE).get_function("sides")
        return kernel.step((1,), (32,), (gpu.zeros(1024), np.int32(16)))


def lit(picture) -> list[int]:
    """The lanes that are drawn as running."""
    return picture.locator("svg.warp .cell").evaluate_all(
        "(cells) => cells.flatMap((cell, lane) => cell.classList.contains('runs') ? [lane] : [])"
    )


def shows(picture, step) -> bool:
    line = picture.locator("tr.here").get_attribute("data-line")
    return int(line) == step.line and lit(picture) == [lane for lane in range(32) if step.lanes >> lane & 1]


def drive(page, picture, steps):
    """Every key and every button does what it says, and the picture follows."""
    last = len(steps) - 1
    picture.get_by_role("slider").focus()
    assert shows(picture, steps[0])
    for step in steps[1:]:
        page.keyboard.press("ArrowRight")
        assert shows(picture, step)
        for access in step.accesses:
            assert picture.get_by_text(str(access), exact=True).count()
    for key, number in (("Home", 0), ("End", last), ("ArrowRight", last), ("ArrowLeft", last - 1), ("Home", 0)):
        page.keyboard.press(key)
        assert shows(picture, steps[number])
    page.keyboard.press("PageDown")
    changed = next(i for i in range(1, len(steps)) if steps[i].lanes != steps[i - 1].lanes)
    assert shows(picture, steps[changed])
    for name, number in (("last", last), ("first", 0), ("next", 1), ("back", 0)):
        picture.get_by_role("button", name=name, exact=True).click()
        assert shows(picture, steps[number])
    timeline = picture.locator(".timeline")
    box = timeline.bounding_box()
    timeline.click(position={"x": box["width"] * (changed + 0.5) / len(steps), "y": 20})
    assert shows(picture, steps[changed])
    page.keyboard.press("ArrowRight")  # the click left the focus where keys work
    assert shows(picture, steps[changed + 1])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_two_pictures_on_one_page_are_driven_apart(browser, steps, screenshots, theme):
    page = browser.new_page(viewport={"width": 900, "height": 1500})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.set_content(f"<style>{DARK if theme == 'dark' else ''}</style>{steps._repr_html_()}{steps._repr_html_()}")
    first, second = page.locator(".glass-step").all()
    drive(page, second, steps)
    assert shows(first, steps[0])
    page.screenshot(path=screenshots / f"step-{theme}.png")
    page.close()
    assert problems == []


def test_without_scripts_the_source_and_the_steps_can_be_read(browser, steps):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.set_content(steps._repr_html_())
    assert page.locator(".timeline svg.lanes").bounding_box()["height"] > 0
    assert page.get_by_text("x[32 * i] = 2;").first.is_visible()
    page.locator("summary").get_by_text("The steps as text").click()
    assert steps[3].mask in page.locator("pre").inner_text()
    page.close()


def test_in_a_notebook_the_arrows_move_the_steps_and_not_the_cells(lab, browser, steps, screenshots):
    notebook = NotebookPage(browser, lab, LESSON)
    notebook.type_and_run("imports", CELL)
    picture = notebook.cell("imports").locator(".glass-step")
    drive(notebook.page, picture, steps)
    notebook.page.screenshot(path=screenshots / "step-notebook.png")
    notebook.close()
    assert notebook.problems == []
