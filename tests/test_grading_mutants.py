"""`course mutants`: what mutants do harms nobody, and what survives is told."""

import pytest
import small_exercise as small

from course_lib import cli
from course_lib.errors import UserError
from course_lib.grading import exercises
from course_lib.grading.mutation import command, equivalents, workers
from course_lib.grading.mutation.mutant import Mutant, mutants

COUNT = """
def double(x):
    ### BEGIN SOLUTION
    total = 0
    for step in range(2):
        total = total + x
    return total
    ### END SOLUTION
""".strip()


@pytest.fixture
def exercise(tmp_path):
    """The small exercise, with a reference of several lines."""
    cells = small.cells()
    cells[3]["source"] = COUNT
    small.write(tmp_path, cells)
    return exercises.find(small.NAME, tmp_path / "solutions")


def listed(exercise, *entries):
    path = equivalents.path(exercise)
    path.parent.mkdir()
    path.write_text("# right answers\n\n" + "\n\n".join(entries) + "\n")


def told(exercise, most=0):
    """(status, the command's words) of the question double."""
    said = []
    return command.main(exercise, "double", 2, most, say=said.append), "\n".join(said)


HARMFUL = [
    "def double(x):\n    while True: pass",
    "import os\ndef double(x): os._exit(0)",
    "import os\nos.abort()",
    "import ctypes\ndef double(x): return ctypes.string_at(0)",
    "def double(x): return bytearray(1 << 45)",
    "def double(x): return double(x)",
    "import sys\ndef double(x): return 2 * x if sys.stdin.read() else 0",
    "import sys\nsys.exit(0)",
    "def double(x):\n    print('x' * 10**7)\n    return 3 * x",
    "raise KeyboardInterrupt",
]


def test_a_mutant_may_do_what_it_likes_and_the_others_are_tried(exercise):
    bad = [Mutant("by hand", 1, f"bad {i}", source) for i, source in enumerate(HARMFUL)]
    good = [Mutant("by hand", 1, f"good {i}", "def double(x):\n    return x + x") for i in range(3)]
    all_of_them = [good[0], *bad[:5], good[1], *bad[5:], good[2]]
    found = {fate.mutant: fate.fate for fate in workers.fates(exercise, "double", all_of_them, jobs=2, seconds=2)}
    assert found == dict.fromkeys(bad, "caught") | dict.fromkeys(good, "survived")


def test_a_reference_that_fails_is_said_before_any_mutant_is_tried(exercise):
    (exercise.folder / f"{exercise.name}.py").write_text(small.TESTS.replace("2 * x)", "3 * x)"))
    with pytest.raises(UserError, match="double: the reference answer itself fails its tests"):
        list(workers.fates(exercise, "double", mutants(exercise.reference["double"]), jobs=2))


def test_kernels_that_compile_to_the_same_program_or_not_at_all_are_no_mutants():
    exercise = exercises.find("ex01_why_gpus")
    source = exercise.reference["first"]
    same, broken, wrong = (
        Mutant("by hand", 1, new, source.replace("if (i < n)", new))
        for new in ("if (!(i >= n))", "if (i <", "if (i <= n)")
    )
    found = {fate.mutant: fate.fate for fate in workers.fates(exercise, "first", [same, broken, wrong], jobs=1)}
    assert found == {same: "no mutant", broken: "no mutant", wrong: "caught"}


def test_the_table_counts_and_a_survivor_is_shown_with_what_to_do(exercise):
    status, said = told(exercise)
    numbers = said.splitlines()[2].split()[1:-2]  # the last two are the time
    counts = dict(zip(command.FATES, map(int, numbers), strict=True))
    assert status == 1 and counts["mutants"] == counts["caught"] + counts["survived"] >= 20
    assert counts["survived"] == 1 and said.count("passes every test") == 1
    for part in ("\n- ", "\n+ ", "solutions/wrong/ex90_small", "solutions/equivalent/ex90_small.txt"):
        assert part in said


def test_what_is_listed_as_equivalent_is_no_survivor_and_needs_no_more(exercise):
    _, said = told(exercise)
    change = said[said.index("- ") :].split("\n\nLet")[0]
    listed(exercise, f"double\n{change}\n= which of the two steps is left out, makes no difference")
    status, said = told(exercise)
    assert status == 0 and "every mutant of ex90_small is caught, or listed" in said


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("double\n- a\n+ b\n= because", "lists a mutant that there is no more; remove it\n- a\n+ b"),
        (
            "double\n- return total\n+ return None\n= because",
            "lists a mutant that is caught; remove it\n- return total",
        ),
    ],
)
def test_an_entry_that_does_not_hold_any_more_is_reported(exercise, entry, sentence):
    listed(exercise, entry)
    status, said = told(exercise)
    assert status == 1 and sentence in said


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("treble\n- a\n+ b\n= because", "'treble' is no question"),
        ("double\n- a\n+ b", "lacks its change"),
        ("double\n= because", "lacks its change"),
        ("double\n- a\n+ b\n= because\n\ndouble\n- a\n+ b\n= because", "lists the same change twice"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_in_a_sentence(exercise, entry, sentence):
    listed(exercise, entry)
    with pytest.raises(UserError, match=sentence):
        told(exercise)


def test_a_question_with_few_mutants_or_many_equivalents_does_not_hold(exercise):
    made = mutants(exercise.reference["double"])
    ended = [workers.Fate(each, "survived", "", "") for each in made[:10]]
    said = "\n".join(
        command.judge(exercise, "double", made[:10], ended, {each.change: "because" for each in made[:10]})
    )
    assert "has 10 mutants, and 20 are the least" in said and "10 of 10 mutants are listed as equivalent" in said


def test_of_many_mutants_the_same_ones_are_chosen_each_time_some_of_each_kind():
    made = mutants(exercises.find("ex02_matrix_multiplication").reference["tiled"])
    few = command.chosen(made, 3)
    assert few == command.chosen(made[::-1], 3)[::-1] and set(few) < set(made)
    kinds = [each.kind for each in few]
    assert set(kinds) == {each.kind for each in made} and max(map(kinds.count, kinds)) == 3
    assert command.chosen(made, 0) == made


def test_a_text_may_be_taken_for_what_known_mistakes_say_instead():
    assert "race between blocks" in command.choices(exercises.find("ex03_memory"), "softmax")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ex99"], "there is no exercise 'ex99'"),
        (["ex01", "--question", "nope"], "has no question 'nope'"),
        (["ex01", "--jobs", "0"], "--jobs is at least 1"),
    ],
)
def test_what_is_typed_wrongly_gets_one_sentence(arguments, sentence, capsys):
    assert cli.main(["mutants", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


@pytest.mark.parametrize("name", exercises.names())
def test_what_is_listed_as_equivalent_is_there(name):
    exercise = exercises.find(name)
    for question, changes in equivalents.read(exercise).items():
        there = {each.change for each in mutants(exercise.reference[question], command.choices(exercise, question))}
        assert set(changes) <= there, question
        assert len(changes) <= equivalents.MOST * len(there)


def test_one_mutant_of_each_kind_of_a_kernel_is_caught():
    """The whole of it takes minutes: `course mutants`, in .ci/run."""
    assert command.main(exercises.find("ex01_why_gpus"), "first", 2, 1, say=lambda _: None) == 0
