"""A notebook open in JupyterLab, driven as a learner would.

JupyterLab's own commands are called where clicking is not the point.
"""

from pathlib import Path

OPEN = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext"
READY = """async () => {
  const app = window.jupyterapp;
  await app.started;
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
}"""
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }"
# The command's own promise is kept too early when a cell fails on purpose.
ALL_RAN = """() => window.jupyterapp.shell.currentWidget.content.widgets.every((cell) =>
  cell.model.type !== 'code' || (cell.model.executionCount && cell.model.executionState === 'idle'))"""
CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => ({
  id: cell.model.id,
  type: cell.model.type,
  tags: cell.model.getMetadata('tags') ?? [],
  count: cell.model.executionCount ?? null,
  outputs: cell.model.type === 'code' ? cell.model.outputs.toJSON() : [],
}))"""
SCROLLER = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer"

# The height of the window onto the notebook, and of all cells: below them JupyterLab leaves a screenful of nothing.
EXTENT = """(node) => [node.clientHeight,
  [...node.querySelectorAll('.jp-Cell')].at(-1).getBoundingClientRect().bottom - node.getBoundingClientRect().top]"""


class NotebookPage:
    def __init__(self, browser, address: str, path: str):
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.problems: list[str] = []  # what the page's JavaScript failed in, and requests that left the machine
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._note_request)
        self.page.goto(address.format(path))
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        self.page.wait_for_function(OPEN, timeout=60_000)
        self.page.evaluate(READY)

    def _note_request(self, request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            self.problems.append(f"asked the network for {request.url}")

    def run_all(self) -> list[dict]:
        """Every cell after *Run all cells*: id, type, tags, count (None if it did not run), outputs."""
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function(ALL_RAN, timeout=120_000)
        self.page.wait_for_load_state("networkidle")
        return self.cells()

    def cells(self) -> list[dict]:
        return self.page.evaluate(CELLS)

    def cell(self, identifier: str):
        """The cell as the page shows it, scrolled into view."""
        index = [cell["id"] for cell in self.cells()].index(identifier)
        shown = self.page.locator(".jp-Notebook:visible .jp-Cell").nth(index)
        shown.scroll_into_view_if_needed()
        return shown

    def type_and_run(self, identifier: str, text: str | None = None) -> str:
        """Click into the cell, replace its text if one is given, press Shift+Enter; what it then prints or shows."""
        cell = self.cell(identifier)
        before = next(each["count"] for each in self.cells() if each["id"] == identifier)
        cell.locator(".cm-content").click()
        if text is not None:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Shift+Enter")
        ran = "([id, before]) => window.jupyterapp.shell.currentWidget.content.widgets.some((cell) => "
        ran += "cell.model.id === id && cell.model.executionCount && cell.model.executionCount !== before)"
        self.page.wait_for_function(ran, arg=[identifier, before], timeout=60_000)
        return cell.locator(".jp-Cell-outputArea").inner_text()

    def photograph(self, folder: Path, name: str) -> None:
        """The whole notebook, a screenful at a time: name-01.png, name-02.png, …"""
        scroller = self.page.locator(SCROLLER)
        scroller.evaluate("(node) => node.scrollTo(0, 0)")
        height, total = scroller.evaluate(EXTENT)
        for number, top in enumerate(range(0, round(total), height - 60), 1):
            scroller.evaluate("(node, top) => node.scrollTo(0, top)", top)
            self.page.wait_for_timeout(150)
            self.page.screenshot(path=folder / f"{name}-{number:02}.png")

    def close(self) -> None:
        """Close the page, and the kernel that JupyterLab keeps for it."""
        self.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }")
        self.page.close()
