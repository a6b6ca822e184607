"""The mutants of Python: each kind of change is what it says, one place at a time, and never the same text."""

import ast

import pytest

from course_lib.grading import exercises
from course_lib.grading.mutation import mutant, python

ANSWER = """def f(a, b, axis):
    ### BEGIN SOLUTION
    {line}
    ### END SOLUTION
"""


def made(line, kind, choices=()):
    """The lines that stand in place of `line`, by changes of one kind."""
    found = mutant.mutants(ANSWER.format(line=line), choices)
    return {each.source.split("SOLUTION\n    ")[1].split("\n    ###")[0] for each in found if each.kind == kind}


@pytest.mark.parametrize(
    ("line", "kind", "expected"),
    [
        ("return a + b", "operator", {"return a - b"}),
        (
            "return a // b * 2",
            "operator",
            {"return a / b * 2", "return a % b * 2", "return a // b / 2", "return a // b + 2"},
        ),
        (
            "return a * b / 2",
            "operator",
            {"return a / b / 2", "return (a + b) / 2", "return a * b * 2", "return a * b // 2"},
        ),
        ("a += b", "operator", {"a = b", "a -= b"}),
        ("return a and b", "operator", {"return a or b"}),
        ("return a - b", "operands swapped", {"return b - a"}),
        ("return a + b", "operands swapped", set()),
        ("return a - b * 2", "operand dropped", {"return a", "return b * 2", "return a - b", "return a - 2"}),
        ("return a or b or axis", "operand dropped", {"return b or axis", "return a or axis", "return a or b"}),
        ("return a < b", "comparison", {"return a <= b", "return a >= b"}),
        ("return 0 < a <= b", "comparison", {f"return 0 {x} b" for x in ("<= a <=", ">= a <=", "< a <", "< a >")}),
        ("return a is None", "comparison", {"return a is not None"}),
        ("return 4", "constant", {"return 5", "return 3", "return 0", "return 8"}),
        ("return 0", "constant", {"return 1", "return -1"}),
        ("return a - 0", "constant", {"return a - 1", "return a - -1"}),
        ("return 0.5", "constant", {"return 1.0", "return 0.0", "return 1.5"}),
        ("return True", "constant", {"return False"}),
        ("return 'race', 12", "constant", {f"return 'race', {n}" for n in (13, 11, 0, 24)} | {"return '', 12"}),
        ("return -a", "sign or not dropped", {"return a"}),
        ("return not a", "sign or not dropped", {"return a"}),
        ("if a: return b", "condition", {f"if {test}: return b" for test in ("not a", "True", "False")}),
        ("return a if b else axis", "branch", {"return a", "return axis"}),
        ("for i in a: b(i)", "loop", {"for i in list(a)[1:]: b(i)", "for i in list(a)[:-1]: b(i)"}),
        ("while a: break", "loop", {"while a: continue"}),
        ("return a(b, axis=1)", "argument dropped", {"return a(b)"}),
        ("return a(b, axis)", "argument dropped", {"return a(axis)", "return a(b)"}),
        ("return a(b, axis)", "arguments swapped", {"return a(axis, b)"}),
        ("return min(a, b)", "arguments swapped", set()),
        ("return int(a)", "call dropped", {"return a"}),
        ("return a.max()", "call dropped", {"return a"}),
        ("return max(a)", "function", {"return min(a)"}),
        ("return a.argmin(axis=0)", "function", {"return a.argmax(axis=0)"}),
        ("return a, b", "elements swapped", {"return (b, a)"}),
        ("return a[1:b]", "slice", {"return a[:b]", "return a[1:]"}),
        ("return a", "return value", {"return None"}),
        ("return a", "another name", {"return b", "return axis"}),
        ("raise ValueError(f'{a} is not {b}')", "statement removed", {"pass"}),
        ("a[0] = b", "statement removed", {"pass"}),
    ],
)
def test_a_kind_of_change_makes_what_it_says_and_nothing_else(line, kind, expected):
    assert made(line, kind) == expected


def test_a_text_may_become_each_of_the_choices():
    assert made("return 'race'", "constant", ("race", "trap")) == {"return ''", "return 'trap'"}


def test_messages_and_documentation_are_left_alone():
    assert {each.kind for each in mutant.mutants(ANSWER.format(line="'''Say a.'''"))} == set()
    assert {each.kind for each in mutant.mutants(ANSWER.format(line="raise ValueError('no ' + a)"))} == {
        "statement removed"
    }


def test_only_what_the_learner_writes_is_changed():
    source = "x = 1 + 2\n\ndef f(a):\n    y = a < 3\n    ### BEGIN SOLUTION\n    return a + 1\n    ### END SOLUTION\n"
    found = mutant.mutants(source)
    assert found and all(each.line == 6 for each in found)
    assert all(
        each.source.replace(each.source.splitlines()[5], "") == source.replace("    return a + 1", "") for each in found
    )


@pytest.mark.parametrize("name", exercises.names())
def test_every_mutant_of_every_reference_is_another_program_that_python_reads(name):
    exercise = exercises.find(name)
    for question, source in exercise.reference.items():
        found = mutant.mutants(source)
        assert len(found) >= 20, question
        assert len({each.source for each in found} | {source}) == len(found) + 1
        assert len({each.change for each in found}) == len(found)
        before = ast.dump(ast.parse(source))
        assert all(ast.dump(ast.parse(each.source)) != before for each in found), question


def test_letters_of_more_than_one_byte_do_not_move_a_change():
    source = 'größe = "äöü"; n = a < b  # ≤\n'
    found = {
        source[:start] + text + source[end:] for kind, start, end, text in python.edits(source) if kind == "comparison"
    }
    assert found == {source.replace("<", "<="), source.replace("<", ">=")}
