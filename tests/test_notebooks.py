"""The normaliser of notebooks, and that every notebook here is in its form."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
spec = importlib.util.spec_from_file_location("nbnorm", ROOT / "tools" / "nbnorm.py")
nbnorm = importlib.util.module_from_spec(spec)
spec.loader.exec_module(nbnorm)

RESULT = {"output_type": "execute_result", "data": {"text/plain": ["2"]}, "metadata": {"x": 1}, "execution_count": 9}


def code(source="1 + 1", *tags, **more):
    cell = {"cell_type": "code", "source": [source], "metadata": {"tags": list(tags)}, "outputs": [RESULT]}
    return cell | {"execution_count": 9} | more


def written(*cells, minor=5):
    return json.dumps({"cells": cells, "metadata": {"widgets": {}}, "nbformat": 4, "nbformat_minor": minor})


def normal(*cells, minor=5):
    return json.loads(nbnorm.normalise(written(*cells, minor=minor)))


def test_every_notebook_of_the_course_is_canonical(capsys):
    assert nbnorm.main(["--check"]) == 0, capsys.readouterr().out


def test_the_canonical_form_is_its_own_canonical_form():
    text = nbnorm.normalise(written(code(), code("2", "nbval-check-output"), minor=2))
    assert nbnorm.normalise(text) == text


def test_outputs_stay_only_where_they_are_compared():
    plain, compared = normal(code(), code("1 + 1", "nbval-check-output"))["cells"]
    assert (plain["outputs"], plain["execution_count"]) == ([], None)
    # nbval compares a cell only if its execution count is set.
    assert compared["execution_count"] == 2
    assert compared["outputs"][0]["execution_count"] == 2


def test_only_the_kernel_is_kept_of_the_notebooks_metadata():
    assert set(normal(code())["metadata"]) == {"kernelspec", "language_info"}


def test_the_metadata_of_nbgrader_and_tags_is_kept_and_the_rest_is_dropped():
    metadata = {"tags": ["raises-exception"], "nbgrader": {"grade_id": "tiled"}, "collapsed": True, "deletable": False}
    (cell,) = normal(code(metadata=metadata))["cells"]
    assert cell["metadata"] == {name: metadata[name] for name in ("tags", "nbgrader", "deletable")}


def test_ids_are_kept_and_missing_ones_are_derived_and_distinct():
    cells = [code(id="mine"), code(), code(), code("other", id="mine")]
    ids = [cell["id"] for cell in normal(*cells)["cells"]]
    assert ids[0] == "mine"
    assert len(set(ids)) == 4
    assert ids == [cell["id"] for cell in normal(*cells)["cells"]]


def test_check_writes_nothing_and_names_the_notebook(tmp_path, capsys):
    file = tmp_path / "lesson.ipynb"
    file.write_text(written(code()))
    assert nbnorm.main(["--check", str(tmp_path)]) == 1
    assert f"{file}: not canonical" in capsys.readouterr().out
    assert file.read_text() == written(code())
    assert nbnorm.main([str(file)]) == 0
    assert nbnorm.main(["--check", str(file)]) == 0


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"cells": [3]}', '{"cells": [{"cell_type": "code"}]}'])
def test_what_is_no_notebook_is_named_in_one_sentence_and_left_alone(tmp_path, text, capsys):
    file = tmp_path / "broken.ipynb"
    file.write_text(text)
    assert nbnorm.main([str(file)]) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"{file} is not a notebook")
    assert message.count("\n") == 1
    assert file.read_text() == text


def test_a_path_that_is_not_there_is_named(tmp_path, capsys):
    assert nbnorm.main([str(tmp_path / "gone.ipynb")]) == 2
    assert "gone.ipynb does not exist" in capsys.readouterr().err
