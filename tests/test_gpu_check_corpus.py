"""`kernel.check` on the corpus of planted bugs: each is found at its line, and the twins are clean and right."""

import contextvars
import functools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from bug_corpus import FOLDER, NAMES, families
from bug_launches import LAUNCHES, Empty
from suspicious_launches import SUSPICIOUS

from course_lib import gpu

FAMILIES = families()
BUGS = [bug for bugs in FAMILIES.values() for bug in bugs]


def checked(kernel, launch):
    """The report of a launch, and what is wrong with its results."""
    arrays = []
    for value in launch.args:
        if isinstance(value, Empty):
            value = gpu.empty(value.shape, value.dtype)
        arrays.append(gpu.asarray(value) if isinstance(value, np.ndarray) else value)
    report = kernel.check(launch.grid, launch.block, arrays, shared_mem=launch.shared_mem)
    wrong = {}
    for position, expected in launch.expected.items():
        got = arrays[position].get()
        expected = np.asarray(expected).astype(got.dtype).reshape(got.shape)
        differs = ~np.isclose(got, expected, rtol=1e-4, atol=1e-5)
        if differs.any():
            wrong[kernel.argument_names[position]] = np.argwhere(differs)[0].tolist()
    return report, wrong


def planted(family, number):
    return checked(gpu.load(FOLDER / f"{family}.cu", BUG=number).get_function(family), LAUNCHES[family]())


def suspicious(name):
    file, launch = SUSPICIOUS[name]
    return checked(gpu.load(FOLDER / file).get_function(name), launch())


def two_at_a_time(function, cases):
    """A future for each case: a test costs what its C compiler costs."""
    with ThreadPoolExecutor(2) as pool:
        return {case: pool.submit(contextvars.copy_context().run, function, *case) for case in cases}


@functools.cache
def reports(family):
    """Of every variant of a kernel, 0 being the twin."""
    return two_at_a_time(planted, [(family, number) for number in (0, *(bug.number for bug in FAMILIES[family]))])


@functools.cache
def suspicious_reports(file):
    return two_at_a_time(suspicious, [(name,) for name, (lies_in, _) in SUSPICIOUS.items() if lies_in == file])


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found_at_its_line(glass, monkeypatch, bug):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "5")  # one of them waits for ever
    report, _ = reports(bug.family)[bug.family, bug.number].result()
    found = [finding for finding in report if bug.is_it(finding)]
    assert found, f"not found at {sorted(bug.lines)}: {list(report)}"
    assert [finding for finding in report if not bug.leads_to(finding)] == []
    for finding in found:
        assert [name for name in NAMES.get(finding.kind, ("line",)) if getattr(finding, name) is None] == [], finding


@pytest.mark.parametrize("family", FAMILIES)
def test_a_twin_is_clean_and_right(glass, monkeypatch, family):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "5")
    report, wrong = reports(family)[family, 0].result()
    assert list(report) == [] and wrong == {}


@pytest.mark.parametrize("name", SUSPICIOUS)
def test_a_correct_kernel_that_looks_suspicious_is_clean_and_right(glass, name):
    report, wrong = suspicious_reports(SUSPICIOUS[name][0])[name,].result()
    assert list(report) == [] and wrong == {}


def test_the_corpus_is_large_and_varied():
    """60 bugs, 12 kinds and 10 families are asked for; no two bugs share family and kind."""
    assert len({(bug.family, bug.planted) for bug in BUGS}) == len(BUGS) >= 100
    assert len(FAMILIES) >= 19 and set(FAMILIES) == set(LAUNCHES)
    assert len({bug.planted for bug in BUGS}) >= 30
    assert len(set().union(*(bug.kinds for bug in BUGS))) >= 12
    assert len(SUSPICIOUS) >= 25


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_twin_differs_in_the_mended_lines_only(bug):
    """A mark stands in lines that the bug's variant compiles, and each bug changes at most a few lines of its twin."""
    variants = [_compiled(FOLDER / f"{bug.family}.cu", number) for number in (bug.number, 0)]
    assert bug.lines and (bug.lines | bug.others | bug.later) <= set(variants[0])
    assert 0 < len(set(variants[0]) ^ set(variants[1])) <= 10


def _compiled(path, number):
    """The numbers of the lines that are left after #if, #elif, #else and #endif on BUG."""
    lines, taken, done = [], [True], [True]
    for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        word, _, condition = line.partition(" ")
        if word in ("#if", "#elif"):
            if word == "#if":
                taken.append(False), done.append(False)
            holds = eval(condition, {"BUG": number}) and not done[-1]
            taken[-1], done[-1] = holds, done[-1] or holds
        elif word == "#else":
            taken[-1] = not done[-1]
        elif word == "#endif":
            taken.pop(), done.pop()
        elif all(taken):
            lines.append(at)
    return lines
