"""Every lesson keeps the shape that readers count on; what each one shows has a file of its own, test_lesson_….py."""

import ast
import io
import re
import tokenize
from pathlib import Path
from statistics import median

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[str]:
    return [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


@each_lesson
def test_no_cell_is_long_and_most_are_short(path):
    lengths = [len(source.splitlines()) for source in cells(path, "code")]
    assert max(lengths) <= 20 and median(lengths) <= 5
    assert len(nbformat.read(path, 4).cells) <= 60


@each_lesson
def test_every_line_of_code_can_be_read_without_scrolling_sideways(path):
    assert [line for source in cells(path, "code") for line in source.splitlines() if len(line) > 100] == []


@each_lesson
def test_everything_is_imported_in_the_first_code_cell(path):
    statements = [ast.walk(ast.parse(source)) for source in cells(path, "code")]
    imports = [[node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)] for nodes in statements]
    assert imports[0] and not any(imports[1:])


@each_lesson
def test_it_opens_with_a_question_and_links_back_and_on_and_every_link_leads_somewhere(path):
    prose = cells(path, "markdown")
    assert "**The question.**" in prose[0] and "(README.md)" in prose[0] and "(README.md)" in prose[-1]
    links = re.findall(r"\]\(([^)#]+)", "\n".join(prose))
    here = [link for link in links if not link.startswith("https://")]
    assert [link for link in here if not (path.parent / link).exists()] == []


@each_lesson
def test_its_first_and_its_last_cell_lead_to_the_lessons_beside_it(path):
    prose, number = cells(path, "markdown"), LESSONS.index(path)
    for beside in LESSONS[max(number - 1, 0) : number + 2]:
        assert beside == path or all(f"]({beside.name})" in text for text in (prose[0], prose[-1]))


@pytest.mark.parametrize("path", LESSONS[1:], ids=lambda path: path.stem)
def test_the_last_cell_of_its_exercise_leads_back_to_it_and_on_to_the_next_lesson(path):
    (exercise,) = (ROOT / "exercises").glob(f"ex{path.stem[:2]}_*.ipynb")
    number = LESSONS.index(path)
    for beside in LESSONS[number : number + 2]:
        assert f"](../notebooks/{beside.name})" in cells(exercise, "markdown")[-1]


@each_lesson
def test_every_picture_in_the_text_has_words_for_who_cannot_see_it(path):
    pictures = re.findall(r"!\[([^]]*)\]", "\n".join(cells(path, "markdown")))
    assert all(len(words.split()) > 10 for words in pictures)


@each_lesson
def test_it_asks_for_a_prediction_and_names_no_path_of_the_machine_it_was_written_on(path):
    assert "**Predict first:**" in path.read_text(encoding="utf-8")
    assert not re.search(r"/(work|root|home|opt|tmp)/", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_what_is_to_be_predicted_is_not_on_the_page_before_the_cell_is_run(path):
    asked, seen = False, []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "markdown":
            asked = "**Predict first:**" in cell.source
        elif asked and cell.outputs:
            seen.append(cell.id)
    assert seen == []


@pytest.mark.parametrize("path", [path for path in LESSONS if path.stem[:2] != "00"], ids=lambda path: path.stem)
def test_a_lesson_has_all_its_parts_in_order(path):
    prose = "\n".join(cells(path, "markdown"))
    parts = (
        "After this lesson you can",
        "**A common mistake.**",
        "**What it means.**",
        "## Try it",
        "## What the deck",
    )
    parts += ("## The family", "## Exercise", "## Reading", "back: ")
    places = [prose.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)


@each_lesson
def test_what_is_to_be_tried_is_called_by_a_name_that_a_reader_sees(path):
    """The names of cells are no such names: JupyterLab does not show them."""
    book = nbformat.read(path, 4)
    source = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    seen = {token.string for token in tokenize.generate_tokens(io.StringIO(source).readline)}
    tried = "\n".join(cells(path, "markdown")).partition("## Try it")[2].partition("\n## ")[0]
    assert [cell.id for cell in book.cells if f"`{cell.id}`" in tried and cell.id not in seen] == []


@each_lesson
def test_the_syllabus_links_to_it(path):
    assert f"]({path.name})" in (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")


def test_every_link_of_the_syllabus_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / "notebooks" / link).exists()] == []


def run_lesson(name: str) -> dict[str, str]:
    """A lesson run from top to bottom: cell id -> all that it printed, showed or failed with, as one text."""
    lesson = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
    options = {"timeout": 120, "kernel_name": "python3", "coalesce_streams": True}
    NotebookClient(lesson, resources={"metadata": {"path": ROOT}}, **options).execute()
    return {cell.id: "\n".join(map(said, cell.outputs)) for cell in lesson.cells if cell.cell_type == "code"}


def said(output) -> str:
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return output.text if output.output_type == "stream" else output.data.get("text/plain", "")
