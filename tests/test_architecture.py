"""The folder list is the architecture: imports point down, files are small, and the trees that we print are true."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "course_lib"
MODULES = sorted(LIBRARY.rglob("*.py"))

LAYERS = (  # lowest first: a package imports from those below its own, and from itself
    {"errors"},
    {"arrays", "hardware", "shapes", "stopwatch", "gradcheck", "datasets", "records"},
    {"precision", "cluster", "gpu"},
    {"matmul", "memory", "conv", "accelerators"},
    {"nn"},
    {"parallel"},
    {"figures", "widgets"},
    {"grading"},
    {"probe"},
    {"doctor"},
    {"cli"},
)
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
PLOTTING = {"matplotlib", "ipywidgets", "anywidget"}


def package_of(file):
    return file.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imports(file):
    """The dotted names of all that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute, as in `from course_lib.gpu import device`"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(file):
    return str(file.relative_to(ROOT))


def text_files():
    kinds = {".py", ".cu", ".h", ".js", ".css", ".md", ".toml", ".txt", ".json", ".ipynb", ""}
    for top in sorted(ROOT.iterdir()):
        if (top.name.startswith(".") and top.name != ".ci") or (top / "pyvenv.cfg").exists():
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and path.suffix in kinds and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts):
                yield path


def test_every_package_has_its_layer():
    assert {package_of(file) for file in MODULES} - {"__init__"} <= set(HEIGHT)


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_imports_point_down(file):
    own = package_of(file)
    for name in imports(file):
        parts = name.split(".")
        if parts[0] == "course_lib" and len(parts) > 1 and parts[1] != own:
            assert HEIGHT[parts[1]] < HEIGHT[own], f"{named(file)} must not import {name}"


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_the_library_returns_plain_data_and_only_figures_and_widgets_draw(file):
    if package_of(file) not in ("figures", "widgets"):
        assert not {name.split(".")[0] for name in imports(file)} & PLOTTING


def test_two_files_import_cupy_and_only_inside_functions():
    for file in MODULES:
        if "cupy" in {name.split(".")[0] for name in imports(file)}:
            assert named(file) in ("course_lib/gpu/cuda.py", "course_lib/gpu/libraries.py")
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in MODULES]
    program = "import importlib, sys; sys.modules['cupy'] = None; [importlib.import_module(n) for n in sys.argv[1:]]"
    command = [sys.executable, "-c", program, *names]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8", cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", [file for file in MODULES if file.name == "__init__.py"], ids=named)
def test_a_package_init_holds_a_docstring_and_at_most_one_import(file):
    docstring, *rest = ast.parse(file.read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)
    exports = [node for node in rest if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"]
    assert len(rest) - len(exports) <= 1
    assert all(isinstance(node, ast.ImportFrom) for node in rest if node not in exports)


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_every_file_says_what_it_is(file):
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


def test_no_file_of_code_is_longer_than_300_lines():
    code = [file for file in text_files() if file.suffix in {".py", ".cu", ".h", ".js", ".css"}]
    assert code
    assert [named(file) for file in code if len(file.read_text(encoding="utf-8").splitlines()) > 300] == []


def test_no_code_of_the_library_knows_the_number_of_a_lesson():
    for file in MODULES:
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        prose = {node.value for node in nodes if isinstance(node, ast.Expr)}  # docstrings may give an example
        texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and n not in prose]
        assert [text for text in texts if re.search(r"\b(lesson |ex)\d\d", text, re.IGNORECASE)] == [], named(file)


def test_the_tree_in_the_library_is_true():
    tree = ast.get_docstring(ast.parse((LIBRARY / "__init__.py").read_text(encoding="utf-8")))
    written = set(re.findall(r"^ *([\w.]+/?)  +\S", tree, re.MULTILINE))
    there = {f"{path.name}/" if path.is_dir() else path.name for path in LIBRARY.iterdir()}
    assert written == there - {"__init__.py", "__pycache__/"}


def test_the_tree_in_the_readme_is_true():
    tree = re.search(
        r"^## The folders\n.*?```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for name in re.findall(r"^(\S+)  +\S", tree[1], re.MULTILINE):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/instructors.md", "notebooks/README.md"])
def test_every_link_of_a_page_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_no_file_names_somebodys_home():
    home = re.compile("/" + "(root|home|Users)/")
    assert [named(file) for file in text_files() if home.search(file.read_text(encoding="utf-8"))] == []
