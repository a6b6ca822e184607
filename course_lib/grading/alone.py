"""An answer without the others: which cells of a notebook a question needs, and whether the rest could harm it.

All answer cells share one notebook's names. So the last of two helpers of the same name serves both cells, and a thread
or a process that one cell starts is there while another's answer is marked. Nothing is run here: a cell's text says
which names it gives and which it uses, as Python's own compiler sees them.
"""

import ast
import builtins
import symtable
from dataclasses import dataclass

from course_lib.grading import shortcuts
from course_lib.grading.exercises import Exercise


@dataclass(frozen=True)
class Names:
    """What a cell's text says of it."""

    gives: frozenset[str]  # global names that it binds
    uses: frozenset[str]  # global names that it reads, now or in its functions
    only: bool  # whether to bind names is all that it does when it is run


def needed(question: str, cells: dict[str, str], setup: str) -> dict[str, str]:
    """The cells that a question cannot do without, in order; empty if the others cannot harm it.

    cells: question -> source of its answer cell
    """
    names = {name: names_of(source) for name, source in cells.items()}
    known = names_of(setup).gives | {*dir(builtins)}
    at = list(cells).index(question)
    nearest = [*list(cells)[:at][::-1], *list(cells)[at + 1 :]]  # of two that give a name, the one above counts
    kept, missing = {question}, names[question].uses - names[question].gives - known
    while found := next((name for name in nearest if name not in kept and names[name].gives & missing), None):
        kept.add(found)
        given = frozenset().union(*(names[name].gives for name in kept))
        missing = frozenset().union(*(names[name].uses for name in kept)) - given - known
    relied_on = frozenset().union(*(names[name].gives | names[name].uses for name in kept))
    others = [names[name] for name in cells if name not in kept]
    if all(other.only and not other.gives & relied_on for other in others):
        return {}
    return {name: source for name, source in cells.items() if name in kept}


def lawful(exercise: Exercise, question: str, cells: dict[str, str]) -> dict[str, str]:
    """The cells to mark a question with: without those that it does not need, if nothing but these breaks its rules.

    What one cell hides might serve any other, so it breaks every rule there is; where it never ran, it serves none.
    """
    if question not in cells or not shortcuts.broken(exercise, question, cells)[1]:
        return cells
    kept = needed(question, cells, exercise.setup)
    return kept if kept and not shortcuts.broken(exercise, question, kept)[1] else cells


def names_of(source: str) -> Names:
    """Of a text that is no Python: no names, and that it may do anything."""
    plain = shortcuts.without_magics(source)
    try:
        tree, table = ast.parse(plain), symtable.symtable(plain, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names(frozenset(), frozenset(), False)
    gives = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    uses = {each.get_name() for each in table.get_symbols() if each.is_referenced()}
    waiting = table.get_children()
    while waiting:
        inner = waiting.pop()
        waiting += inner.get_children()
        for each in inner.get_symbols():
            if each.is_global():
                uses.add(each.get_name())
                gives |= {each.get_name()} if each.is_assigned() else set()
    return Names(frozenset(gives), frozenset(uses), plain == source and all(map(_only_binds, tree.body)))


def _only_binds(node: ast.stmt) -> bool:
    """Whether a statement runs no code but Python's own, to bind a name: imports, constants, functions, classes."""
    match node:
        case ast.Import() | ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.ImportFrom(names=names):
            return names[0].name != "*"
        case ast.FunctionDef(args=args, returns=returns, decorator_list=[]):
            hints = [returns, *(each.annotation for each in ast.walk(args) if isinstance(each, ast.arg))]
            evaluated = filter(None, [*args.defaults, *args.kw_defaults, *hints])
            return all(isinstance(each, ast.Constant | ast.Name | ast.Attribute) for each in evaluated)
        case ast.ClassDef(bases=[], keywords=[], decorator_list=[], body=body):
            return all(map(_only_binds, body))
        case ast.Assign(targets=[ast.Name()], value=value):
            return isinstance(value, ast.Constant)
    return False
