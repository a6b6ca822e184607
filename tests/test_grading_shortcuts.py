"""Rules see what an answer uses, whatever it calls it, and leave right answers alone."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
import small_exercise as small
from sandboxes import needs_sandbox

from course_lib.grading import exercises, judge, sandboxed, shortcuts
from course_lib.grading.instant import Check
from course_lib.grading.spec import PRODUCTS, Rule, forbid
from course_lib.grading.submission import Submission

INSTEAD = "Write the three loops."
EXERCISE = exercises.Exercise("ex", None, "", "import numpy as np", {}, {}, (forbid("q", *PRODUCTS, instead=INSTEAD),))
LOOPS = "def f(a, b):\n    return [[sum(x * y for x, y in zip(r, c)) for c in zip(*b)] for r in a]"


def use(source, exercise=EXERCISE, **others):
    """What `source`, as the answer to q, uses of what is forbidden."""
    return shortcuts.broken(exercise, "q", {"q": source, **others})[1]


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("def f(a, b): return a @ b", 1, "the operator @"),
        ("def f(a, b):\n    a @= b\n    return a", 2, "the operator @"),
        ("def f(a, b): return np.dot(a, b)", 1, "np.dot"),
        ("def f(a, b): return a.dot(b)", 1, "a.dot"),
        ("def f(a, b):\n    return np.array(a).dot(b)", 2, ".dot"),
        ("import numpy\ndef f(a, b): return numpy.linalg.multi_dot([a, b])", 2, "numpy.linalg.multi_dot"),
        ("from numpy import dot as d\ndef f(a, b): return d(a, b)", 1, "dot of numpy"),
        (
            "def f(a, b):\n    from numpy.linalg import multi_dot as m\n    return m([a, b])",
            2,
            "multi_dot of numpy.linalg",
        ),
        ("from numpy import *\ndef f(a, b): return einsum('ij,jk', a, b)", 2, "einsum"),
        ("d = np.dot\ndef f(a, b): return d(a, b)", 1, "np.dot"),
        ("dot = np.dot\ndef f(a, b): return dot(a, b)", 1, "np.dot"),
        ("f = np.matmul", 1, "np.matmul"),
        ("f = lambda a, b: getattr(np, 'dot')(a, b)", 1, "getattr of 'dot'"),
        ("f = lambda a, b: getattr(np, 'd' + 'ot')(a, b)", 1, "getattr of a name that is computed"),
        ("g = getattr\nf = g(np, 'dot')", 1, "getattr, which hides"),
        ("f = list(map(getattr, [np], ['dot']))[0]", 1, "getattr, which hides"),
        ("f = next(map(__builtins__.getattr, [np], ['dot']))", 1, "__builtins__|.getattr"),
        ("from operator import attrgetter\nf = attrgetter('linalg.multi_dot')(np)", 2, "attrgetter of 'linalg'"),
        ("from operator import attrgetter as g\nf = g('dot')(np)", 1, "attrgetter, which hides"),
        ("import operator\ndef f(a, b): return operator.methodcaller('dot', b)(a)", 2, "methodcaller of 'dot'"),
        ("import operator\nf = operator.matmul", 2, "operator.matmul"),
        ("from operator import matmul as f", 1, "matmul of operator"),
        ("from operator import imatmul as f", 1, "imatmul of operator"),
        ("def f(a, b): return a.__matmul__(b)", 1, "a.__matmul__"),
        ("def f(a, b): return type(a).__rmatmul__(b, a)", 1, ".__rmatmul__"),
        ("f = np.__dict__['dot']", 1, ".__dict__"),
        ("f = vars(np)['dot']", 1, "vars"),
        ("f = np.__getattribute__('dot')", 1, ".__getattribute__"),
        ("def f(a, b): return eval('a @ b')", 1, "eval"),
        ("exec('def f(a, b): return a @ b')", 1, "exec"),
        ("run = exec\nrun('def f(a, b): return a @ b')", 1, "exec"),
        ("exec = exec\nexec('def f(a, b): return a @ b')", 1, "exec"),
        ("f = __import__('numpy').dot", 1, "numpy').dot|__import__|.dot"),
        ("import importlib\nf = importlib.import_module('operator')", 1, "importlib"),
        ("import sys\nf = sys.modules['numpy']", 2, "sys.modules|.modules"),
        ("from sys import modules as m\nf = m['numpy']", 1, "modules"),
        ("import builtins as b\nb.exec('1')", 1, "builtins"),
        ("from builtins import eval as e\ndef f(a, b): return e('a @ b')", 1, "builtins"),
        ("import scipy.linalg.blas as blas\nf = blas.dgemm", 1, "scipy"),
        ("from torch import tensor\ndef f(a, b): return tensor(a)", 1, "torch"),
        ("import os\ndef f(a, b): return os.popen('x').read()", 2, "popen"),
        ("get_ipython().run_cell('def f(a, b): return a @ b')", 1, "get_ipython|.run_cell"),
        ("%run helper.py", 1, "%run"),
        ("%%python\nf = 1", 1, "%%python"),
        ("!python helper.py", 1, "!python"),
        ("%time f = np.dot", 1, "np.dot"),
        ("%%time\nf = np.dot", 2, "np.dot"),
        ("def f(a, b):\n  return (", 2, "not plain Python"),
        ("f = np.asmatrix", 1, "np.asmatrix"),
        ("def f(a, b): return a.view(np.matrix) * b", 1, "np.matrix"),
        ("from numpy import linalg as l\ndef f(a, b): return l.solve(l.inv(a), b)", 1, "linalg of numpy"),
        ("f = np._core.multiarray.c_einsum", 1, "multiarray.c_einsum"),
        ("import numpy._core.umath as u", 1, "numpy._core.umath"),
        ("def f(a, b): return np.poly1d(a) * np.poly1d(b)", 1, "np.poly1d"),
        ("import code\ncode.InteractiveInterpreter().runsource('f = 1')", 1, "code"),
        ("import timeit\ntimeit.timeit('f(a @ b)')", 1, "timeit"),
        ("import pydoc\nf = pydoc.locate('numpy.dot')", 1, "pydoc"),
        ("from pkgutil import resolve_name\nf = resolve_name('numpy:dot')", 1, "pkgutil"),
        ("from unittest import mock\nf = mock._importer('numpy').dot", 1, "unittest"),
        ("open('h.py', 'w').write('from numpy import dot as f')\nfrom h import f", 2, "h, which hides"),
        ("%load_ext h", 1, "%load_ext h"),
        ("%config A.b = globals().update(f=np.dot)", 1, "globals|np.dot"),
        ("__loader__.load_module('builtins')", 1, "__loader__|.load_module"),
        ("f = print.__self__", 1, "print.__self__|.__self__"),
        ("from IPython import get_ipython as g\ng().ev('np.dot')", 1, "get_ipython"),
        ("import IPython\nf = IPython.get_ipython().ev('np.dot')", 2, ".get_ipython"),
        ("import io\nf = np.load(io.BytesIO(b'cnumpy\\ndot\\n.'), allow_pickle=True)", 2, "allow_pickle="),
        ("import os\nos.execv('/usr/bin/python3', ['python3', '-c', 'x'])", 2, ".execv"),
        ("from os import *\nsystem('python3 helper.py')", 1, "os, which hides"),
        ("import typing\nf = typing.get_type_hints", 2, ".get_type_hints"),
        ("import sympy\ndef f(a, b): return sympy.Matrix(a) * sympy.Matrix(b)", 1, "sympy"),
        ("f = np.ma.innerproduct", 1, "np.ma.innerproduct"),
        ("from math import sumprod as f", 1, "sumprod of math"),
        ("def f(a, b): return np.polynomial.Polynomial(a) * np.polynomial.Polynomial(b)", 1, "np.polynomial"),
        ("import string\nf = string.Formatter().get_field('0.dot', (np,), {})[0]", 2, ".Formatter"),
        ("import logging.config as c\nf = c.BaseConfigurator({}).resolve('numpy.dot')", 2, ".BaseConfigurator"),
        ("import enum\nf = enum.bltns.eval('np.dot')", 2, ".bltns"),
        ("from enum import bltns\nf = bltns.eval('np.dot')", 1, "bltns"),
        ("from multiprocessing.reduction import ForkingPickler as p\nf = p.loads(b'cnumpy\\ndot\\n.')", 1, "Forking"),
        ("import dataclasses\nf = dataclasses._create_fn('f', 'ab', ['return a @ b'])", 2, "._create_fn"),
        ("from IPython.utils.text import EvalFormatter\nEvalFormatter().format('{g(np.dot)}', g=[].append)", 1, "Eval"),
        ("import io\nf = np.load(io.BytesIO(b'x'), None, True)", 2, "load, with more than a file"),
        ("import io\ng = np.load\nf = g(io.BytesIO(b'x'), None, True)", 2, ".load by another name"),
        ("from numpy import load as g", 1, "load"),
        ("np.testing.rundocs('helper.py')", 1, ".rundocs"),
        ("from course_lib.grading.worker import Worker\nWorker().cell('f = np.dot', 'q')", 1, "grading"),
        ("import sys\nsys.path.insert(0, '.')\nimport ipywidgets\nf = ipywidgets.f", 2, ".path, which hides"),
        ("from sys import path as p\np.insert(0, '.')", 1, "path, which hides"),
        ("import sys as os\nos.path.insert(0, '.')", 1, "sys, which hides"),
        ("import sys\nos = sys\nos.path.insert(0, '.')", 2, "os for something else"),
        ("import sys\ndef g(os): os.path.insert(0, '.')\ng(sys)", 2, "os for something else"),
        ("import sys\ngetattr(sys, 'path').insert(0, '.')", 2, "getattr of 'path'"),
        ("import matplotlib\nmatplotlib.__path__.append('.')\nimport matplotlib.h", 2, ".__path__"),
        ("match np:\n    case object(dot=d): f = d", 2, ".dot"),
        ("def f(a, b):\n    return f'{a @ b}'", 2, "the operator @"),
        ("class M:\n    def __call__(self, a, b): return a @ b\nf = M()", 2, "the operator @"),
    ],
)
def test_a_shortcut_is_seen_whatever_it_is_called(source, line, said):
    found = use(source)
    assert found.startswith(f"line {line} of the cell q uses "), found
    assert re.search("|".join(map(re.escape, said.split("|"))), found)


@pytest.mark.parametrize(
    "source",
    [
        LOOPS,
        "dot = 0\ndef f(a, b):\n    dot = 0\n    for x in a: dot += x\n    return dot",
        "def matmul(a, b):\n    return [matmul(x, b) for x in a]",
        "@np.vectorize\ndef f(a, b): return a + b",
        "import functools\n@functools.cache\ndef f(a, b): return getattr(a, 'shape')",
        "import math, random, time, logging, warnings, typing, dataclasses\n" + LOOPS,
        "import matplotlib.pyplot as plt\nfrom tqdm.auto import tqdm\nfrom collections.abc import Sequence\n" + LOOPS,
        "from course_lib.gpu import asarray\nimport numpy.typing as npt\n" + LOOPS,
        "%config InlineBackend.figure_format = 'retina'\n" + LOOPS,
        "def f(a, b): return np.load('a.npy').sum()",
        "import os\ndef f(a, b):\n    load = a + b\n    return np.load(os.path.join('x', 'a.npy'), None) + load",
        "import os.path, json\ndef f(path): return json.load(open(os.path.abspath(path)))",
        "def f(a, b):\n    '''Like np.dot, without a @ b.'''\n    # np.dot(a, b)\n    return 'dot'",
        "%matplotlib inline\n%time f = 3\n" + LOOPS,
        "%%time\n" + LOOPS,
        "%load_ext autoreload\n%autoreload 2\n" + LOOPS,
        "np.sum?\n" + LOOPS,
        "from math import *\ndef f(a, b): return ceil(a)",
        "import operator\ndef f(a, b): return operator.mul(a, b) + operator.attrgetter('shape')(a)[0]",
        "",
    ],
)
def test_what_is_no_shortcut_is_left_alone(source):
    assert use(source) == ""


def test_what_another_cell_defines_is_seen_where_it_is_used_and_only_there():
    other = "import numpy.linalg\n\n\ndef product(a, b):\n    return np.dot(a, b)\n\n\nother = np.matmul"
    assert use("def f(a, b): return product(a, b)", helper=other) == "line 5 of the cell helper uses np.dot"
    assert use("def f(a, b): return g(a, b)", one="g = product", two=other).startswith("line 5 of the cell two uses")
    assert use(LOOPS, helper=other) == ""
    assert use(LOOPS, helper="f = np.dot") == "line 1 of the cell helper uses np.dot", "it replaces the answer"
    assert use("def f(a, b): return np.sum(a, b)", helper="np.sum = np.dot") == "line 1 of the cell helper uses np.dot"
    assert use("import __main__\ndef f(a, b): return __main__.product(a, b)", helper=other)
    assert use("def f(a, b): return g(a, b)", helper="def h():\n    globals()['g'] = np.dot\nh()")
    assert use("def f(a, b): return d(a, b)", helper="from numpy import dot as d").startswith(
        "line 1 of the cell helper"
    )


def test_a_name_that_the_setup_or_python_gives_counts_and_a_module_by_each_of_its_names():
    exercise = replace(EXERCISE, setup="from course_lib import gpu", rules=(Rule("q", ("gpu", "sum"), INSTEAD),))
    assert use("def f(a): return gpu.compile(a)", exercise).endswith("uses gpu.compile")
    assert use("def f(a): return sum(a)", exercise).endswith("uses sum")
    for text in ("import course_lib.gpu as g", "from course_lib import gpu as g", "from course_lib.gpu import compile"):
        assert "line 1" in use(text, exercise)
    assert use("sums = 3\ndef f(a): return sums", exercise) == ""


@pytest.mark.parametrize("name", exercises.names())
def test_no_reference_and_no_other_right_answer_breaks_a_rule(name):
    exercise = exercises.find(name)
    assert {rule.question for rule in exercise.rules} <= set(exercise.tests)
    for question, reference in exercise.reference.items():
        for source in (reference, *(other.source for other in exercise.others(question))):
            assert shortcuts.broken(exercise, question, exercise.reference | {question: source}) == ("", "")


@pytest.mark.parametrize("name", exercises.names())
def test_every_word_of_every_rule_is_refused_with_what_to_do_instead(name):
    exercise = exercises.find(name)
    for rule in exercise.rules:
        for word in rule.words:
            ways = [f"a {word} b"] if not word[0].isalpha() else [f"import {word}", f"import numpy\nnumpy.{word}(1)"]
            told = [shortcuts.broken(exercise, rule.question, {rule.question: way})[0] for way in ways]
            assert any(sentence.endswith(rule.instead) for sentence in told), (rule.question, word, told)


@pytest.fixture
def exercise(tmp_path):
    """The small exercise, with a rule."""
    rules = '\nRULES = [forbid("double", "@", "dot", instead="Add the number to itself.")]\n'
    small.write(tmp_path, tests=small.TESTS.replace("import Failed,", "import Failed, forbid,") + rules)
    return exercises.find(small.NAME, tmp_path / "solutions")


SHORT = "import numpy as np\n\n\ndef double(x):\n    return type(x)(np.dot(x, 2))\n"


@needs_sandbox
def test_marks_are_none_for_a_shortcut_and_the_learner_is_told_where_it_is(exercise):
    answers = small.REFERENCE | {"double": SHORT}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", b"0" * 32, sandboxed.choose())
    assert [test["earned"] for test in row["tests"]] == [0, 0, 1]
    told = row["tests"][0]["told"]
    assert told["came"] == "line 5 of the cell double uses np.dot" and told["likely"] == "Add the number to itself."


@needs_sandbox
@pytest.mark.parametrize(
    ("helper", "earned"),
    [
        ("import sys\nsecret = sys._getframe().f_locals\n", [2, 1, 1]),
        ("import sys\nsys._getframe().f_locals['double'] = lambda x: type(x)(np.dot(x, 2))\n", [2, 1, 1]),
        ("twice = 2\nglobals()['g'] = np.dot\n", [2, 1, 1]),
        ("def twice(x):\n    return np.dot(x, 2)\n", [2, 1, 1]),
    ],
)
def test_what_another_cell_hides_costs_no_question_that_can_do_without_it(exercise, helper, earned):
    answers = small.REFERENCE | {"total": helper + small.REFERENCE["total"]}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", b"0" * 32, sandboxed.choose())
    assert [test["earned"] for test in row["tests"]] == earned


@needs_sandbox
@pytest.mark.parametrize("double", ["def double(x): return type(x)(g(x, 2))", "def double(x): return x // 0"])
def test_what_another_cell_hides_serves_nobody_either(exercise, double):
    hidden = "import sys\nsys._getframe().f_locals['g'] = np.dot\n"
    hidden += "sys._getframe().f_locals['double'] = lambda x: type(x)(np.dot(x, 2))\n"
    answers = {"double": double, "total": hidden + small.REFERENCE["total"]}
    row = judge.grade(exercise, Submission("graded", b"", answers), "eve", b"0" * 32, sandboxed.choose())
    assert [test["earned"] for test in row["tests"]] == [0, 0, 1]
    assert "Error" in row["tests"][0]["told"]["came"], "what it did by itself is told, not what the other cell did"


def test_the_check_in_the_notebook_says_the_same(exercise):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell(SHORT, store_history=False)
    said = str(Check(exercise, shell.user_ns)("double"))
    assert "0 of 3 points" in said and "line 5 of the cell double uses np.dot" in said
    shell.run_cell("def double(x):\n    return x + x", store_history=False)
    assert Check(exercise, shell.user_ns)("double").passed
    shell.run_cell("def helper(x): return np.dot(x, 2)", store_history=False)
    shell.run_cell("def double(x): return type(x)(helper(x))", store_history=False)
    assert "cell helper uses np.dot" in str(Check(exercise, shell.user_ns)("double"))


def test_course_check_says_the_same(tmp_path):
    exercise = exercises.find("ex02_matrix_multiplication")
    source = "def matmul(source, A, B, tile=16):\n    return np.einsum('ik,kj->ij', A, B)"
    path = tmp_path / "mine.ipynb"
    cells = [small.setup_cell("", exercise.name)]
    cells += [small.cell(text, name) for name, text in (exercise.reference | {"host": source}).items()]
    path.write_text(small.json.dumps(small.notebook(cells)))
    command = [sys.executable, "-m", "course_lib.cli", "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "line 2 of the cell host uses np.einsum" in done.stdout
    assert done.stdout.count("passed") == 4
