"""course.py: it installs when something changed and only then, and says in one line what is wrong."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from course_lib import cli

ROOT = Path(__file__).parent.parent
FILES = ("course.py", "pyproject.toml", "constraints.txt", "labconfig/overrides.json")


def copy_of_the_course(folder):
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder / "course.py"


def load(file):
    """course.py as a module whose ROOT is the file's folder, and which records commands instead of running them."""
    spec = importlib.util.spec_from_file_location("course_under_test", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.cuda_driver = lambda: 0
    module.done = []

    def record(*command):
        module.done.append("venv" if "venv" in command else "pip")
        if "venv" in command:
            module.PYTHON.parent.mkdir(parents=True)
            module.PYTHON.touch(0o755)

    module.run_logged = record
    return module


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_VENV", raising=False)
    return load(copy_of_the_course(tmp_path / "course"))


def run_course(file, *arguments, **environment):
    env = {name: value for name, value in os.environ.items() if name != "COURSE_VENV"} | environment
    command = [sys.executable, str(file), *arguments]
    return subprocess.run(
        command, capture_output=True, check=False, encoding="utf-8", env=env, stdin=subprocess.DEVNULL
    )


FIRST_TIME = ["venv", "pip", "pip"]
AGAIN = ["pip", "pip"]


def test_the_first_run_installs_and_the_second_does_nothing(course):
    course.set_up()
    assert course.done == FIRST_TIME
    course.set_up()
    assert course.done == FIRST_TIME


@pytest.mark.parametrize("name", FILES[1:])
def test_a_changed_requirement_is_installed_over_what_is_there(course, name):
    course.set_up()
    with (course.ROOT / name).open("a") as file:
        file.write("\n")
    course.set_up()
    assert course.done == FIRST_TIME + AGAIN


def test_a_driver_that_is_new_here_brings_the_gpu_part(course):
    course.set_up()
    course.cuda_driver = lambda: 13000
    course.set_up()
    assert course.done == FIRST_TIME + AGAIN
    course.cuda_driver = lambda: 12080
    assert course.extras(course.cuda_driver()) == course.extras(0)


def test_without_a_c_compiler_the_ziglang_wheel_is_chosen(course, tmp_path, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert course.extras(0) == ["compiler"]
    monkeypatch.setenv("CC", "a-compiler")
    assert course.extras(0) == []


def test_a_moved_course_gets_a_new_environment(course, tmp_path):
    course.set_up()
    shutil.move(tmp_path / "course", tmp_path / "moved")
    moved = load(tmp_path / "moved" / "course.py")
    old = moved.VENV / "left over"
    old.touch()
    moved.set_up()
    assert moved.done == FIRST_TIME
    assert not old.exists()


def test_an_interrupted_install_is_not_taken_for_a_complete_one(course):
    whole = course.run_logged

    def interrupted(*command):
        whole(*command)
        if "-e" in command:
            raise KeyboardInterrupt

    course.run_logged = interrupted
    with pytest.raises(KeyboardInterrupt):
        course.set_up()
    course.run_logged = whole
    course.set_up()
    assert course.done == FIRST_TIME + FIRST_TIME


def test_an_update_that_pip_refuses_leaves_the_environment_that_worked(course):
    course.set_up()
    (course.ROOT / "constraints.txt").write_text("")
    kept = course.VENV / "kept"
    kept.touch()
    working = course.run_logged

    def refuse(*command):
        raise course.Stop("no network")

    course.run_logged = refuse
    with pytest.raises(course.Stop):
        course.set_up()
    course.run_logged = working
    course.set_up()
    assert kept.exists()
    assert course.done == FIRST_TIME + AGAIN


def test_of_two_at_once_one_installs_and_the_other_waits(course):
    quick = course.run_logged

    def slow(*command):
        time.sleep(0.05)
        quick(*command)

    course.run_logged = slow
    both = [threading.Thread(target=course.set_up) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert course.done == FIRST_TIME


def test_a_folder_that_is_not_ours_is_left_alone(course):
    course.VENV.mkdir()
    precious = course.VENV / "thesis.txt"
    precious.touch()
    with pytest.raises(course.Stop, match="was not made by course.py"):
        course.set_up()
    assert precious.exists()
    assert course.done == []


def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(course):
    class ReadOnly(type(course.OURS)):
        def mkdir(self, *args, **kwargs):
            raise PermissionError(13, "Permission denied")

    course.OURS = ReadOnly(course.OURS)
    with pytest.raises(course.Stop, match="cannot be written to: .* COURSE_VENV"):
        course.set_up()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_names_the_package(course, monkeypatch, missing):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else name)
    with pytest.raises(course.Stop, match="python3-venv"):
        course.set_up()


def test_an_old_driver_is_a_note_and_no_obstacle(course, capsys):
    course.cuda_driver = lambda: 12080
    course.set_up()
    assert "supports CUDA 12.8 " in capsys.readouterr().err
    assert course.done == FIRST_TIME


def test_macos_is_told_what_works(course, monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "darwin")
    course.set_up()
    assert "everything else of the course does" in capsys.readouterr().err


def test_without_a_network_one_line_says_so_and_names_the_log(tmp_path):
    copy_of_the_course(tmp_path)
    result = run_course(tmp_path / "course.py", "doctor", PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert result.returncode == 2
    start, why = result.stderr.splitlines()
    assert start.startswith("Setting up ")
    log = Path(re.search(r"The set-up failed.*No matching distribution.* The whole log is (.*)\.$", why)[1])
    assert "No matching distribution found" in log.read_text()


def test_an_unknown_command_prints_the_help_and_installs_nothing(tmp_path):
    copy_of_the_course(tmp_path)
    for arguments in ([], ["tset"]):
        result = run_course(tmp_path / "course.py", *arguments)
        assert result.returncode == 2
        assert "python3 course.py lab " in result.stderr
    result = run_course(tmp_path / "course.py", "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert not (tmp_path / ".venv").exists()


def test_an_old_python_is_told_that_it_is_old(tmp_path):
    ast.parse((ROOT / "course.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    pretend = "import runpy, sys; sys.version_info = (3, 8, 0); sys.argv = ['course.py', 'lab']; "
    pretend += f"runpy.run_path({str(copy_of_the_course(tmp_path))!r}, run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", pretend], capture_output=True, check=False, encoding="utf-8")
    assert result.returncode == 2
    assert result.stderr == "The course needs Python 3.11 or newer; this is Python 3.8.\n"


def test_jupyterlab_opens_at_the_root_on_the_first_lesson(course):
    assert course.lab_options()[:1] == [f"--ServerApp.root_dir={course.ROOT}"]
    first = course.ROOT / course.START
    first.parent.mkdir()
    first.touch()
    assert f"--LabApp.default_url=/lab/tree/{course.START}" in course.lab_options()


def test_course_py_hands_on_every_command_of_the_command_line(course):
    (commands,) = [action.choices for action in cli.parser()._actions if action.choices]
    assert sorted(commands) == sorted(course.COMMANDS)


def test_constraints_name_no_host_and_no_build_of_one_machine():
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    assert "+" not in text
    assert "torch==" in text
