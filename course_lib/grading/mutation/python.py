"""The mistakes of Python, made on the syntax tree: one changed node, and the rest of the text as it was.

Messages (f-strings, what is raised) and documentation are left alone: no test shall depend on them.
"""

import ast
import copy
from collections.abc import Iterator
from itertools import chain

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div, ast.Mod],
    ast.Mod: [ast.FloorDiv, ast.Mult],
    ast.Pow: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.LShift: [ast.RShift],
    ast.RShift: [ast.LShift],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.BitXor: [ast.BitAnd],
}
COMMUTES = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
SISTERS = [  # functions that are taken for each other
    ("min", "max"),
    ("argmin", "argmax"),
    ("minimum", "maximum"),
    ("floor", "ceil"),
    ("any", "all"),
    ("zeros", "ones"),
    ("sum", "mean"),
    ("exp", "log"),
    ("sin", "cos"),
]
SISTER = {a: b for pair in SISTERS for a, b in (pair, pair[::-1])}
SYMMETRIC = {"min", "max", "minimum", "maximum"}


def edits(source: str, choices: tuple[str, ...] = ()) -> Iterator[tuple[str, int, int, str]]:
    """(kind, start, end, text): each puts `text` in place of source[start:end], and Python can read what comes."""
    tree, place = ast.parse(source), _places(source)
    names = _names(tree)
    for parent, field, index, node in list(_nodes(tree)):
        start, end = place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)
        for kind, new in chain(_variants(node, names.get(node, ()), choices), _controls(field, node)):
            _put(parent, field, index, new)
            wanted = ast.dump(tree)
            _put(parent, field, index, node)
            for text in (ast.unparse(new), f"({ast.unparse(new)})"):  # what binds too loosely needs brackets
                if _reads_as(source[:start] + text + source[end:], wanted):
                    yield kind, start, end, text
                    break


def _variants(node: ast.AST, others: tuple[str, ...], choices: tuple[str, ...]) -> Iterator[tuple[str, ast.AST]]:
    """(kind, node): what may stand in place of a node."""
    match node:
        case ast.Expr() | ast.Assign() | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield "statement removed", ast.Pass()
            if isinstance(node, ast.AugAssign):
                yield "operator", ast.Assign([node.target], node.value, lineno=0)
                yield from _operators(node)
        case ast.Return(value=ast.expr()):
            yield "return value", ast.Return(ast.Constant(None))
        case ast.Break():
            yield "loop", ast.Continue()
        case ast.Continue():
            yield "loop", ast.Break()
        case ast.BinOp():
            yield from _operators(node)
            yield "operand dropped", node.left
            yield "operand dropped", node.right
            if not isinstance(node.op, COMMUTES):
                yield "operands swapped", ast.BinOp(node.right, node.op, node.left)
        case ast.UnaryOp():
            yield "sign or not dropped", node.operand
        case ast.Compare():
            for i, operator in enumerate(node.ops):
                for other in COMPARISONS[type(operator)]:
                    ops = [*node.ops[:i], other(), *node.ops[i + 1 :]]
                    yield "comparison", ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "operator", ast.BoolOp(other, node.values)
            for i in range(len(node.values)):
                left = node.values[:i] + node.values[i + 1 :]
                yield "operand dropped", left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
        case ast.Constant():
            yield from _constants(node.value, choices)
        case ast.IfExp():
            yield "branch", node.body
            yield "branch", node.orelse
            yield "condition", ast.IfExp(node.test, node.orelse, node.body)
        case ast.Tuple(elts=elements, ctx=ast.Load()) | ast.List(elts=elements, ctx=ast.Load()):
            for swapped in _swaps(elements):
                yield "elements swapped", type(node)(swapped, ast.Load())
        case ast.Slice():
            for bound in ("lower", "upper", "step"):
                if getattr(node, bound):
                    yield "slice", ast.Slice(**{**dict(ast.iter_fields(node)), bound: None})
        case ast.Call():
            yield from _calls(node)
        case ast.Name(ctx=ast.Load()):
            for other in others:
                yield "another name", ast.Name(other, ast.Load())


def _controls(field: str, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """(kind, node): what may stand in place of what an `if` asks, and of what a loop goes through."""
    if field in ("test", "ifs"):
        yield "condition", ast.UnaryOp(ast.Not(), node)
        yield "condition", ast.Constant(True)
        yield "condition", ast.Constant(False)
    elif field == "iter":
        for text in ("list(x)[1:]", "list(x)[:-1]"):
            shorter = ast.parse(text, mode="eval").body
            shorter.value.args = [node]
            yield "loop", shorter


def _operators(node: ast.BinOp | ast.AugAssign) -> Iterator[tuple[str, ast.AST]]:
    for other in OPERATORS[type(node.op)]:
        new = copy.copy(node)
        new.op = other()
        yield "operator", new


def _constants(value, choices: tuple[str, ...]) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1, 0, 2 * value]
    elif isinstance(value, float):
        others = [2 * value, 0.0, value + 1]
    elif isinstance(value, str):
        others = ["", *choices]
    else:
        others = [0]  # for None
    for other in others:
        if other != value:
            new = ast.UnaryOp(ast.USub(), ast.Constant(-other)) if not isinstance(other, str) and other < 0 else None
            yield "constant", new or ast.Constant(other)


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    function, args, keywords = node.func, node.args, node.keywords
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    starred = any(isinstance(each, ast.Starred) for each in args)
    for i in range(len(keywords)):
        yield "argument dropped", ast.Call(function, args, keywords[:i] + keywords[i + 1 :])
    if len(args) > 1:
        for i in range(len(args)):
            yield "argument dropped", ast.Call(function, args[:i] + args[i + 1 :], keywords)
        for swapped in _swaps(args) if name not in SYMMETRIC else ():
            yield "arguments swapped", ast.Call(function, swapped, keywords)
    if args and not starred:
        yield "call dropped", args[0]
    elif isinstance(function, ast.Attribute):
        yield "call dropped", function.value
    if name in SISTER:
        other = copy.copy(function)
        setattr(other, "attr" if isinstance(function, ast.Attribute) else "id", SISTER[name])
        yield "function", ast.Call(other, args, keywords)


def _swaps(elements: list) -> Iterator[list]:
    """The list with two neighbours exchanged, for each two that differ."""
    for i in range(len(elements) - 1):
        if ast.dump(elements[i]) != ast.dump(elements[i + 1]):
            yield [*elements[:i], elements[i + 1], elements[i], *elements[i + 2 :]]


def _nodes(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """(parent, field, index in it, node) of each node with a place in the text, from the outside in."""
    for field, value in ast.iter_fields(tree):
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr) or _documents(node):
                continue
            if hasattr(node, "lineno"):
                yield tree, field, index, node
            if not isinstance(node, ast.Raise):
                yield from _nodes(node)


def _documents(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(tree: ast.AST) -> dict[ast.Name, tuple[str, ...]]:
    """Of each name that is read in a function: the function's other parameters and variables."""
    found = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            inside = list(ast.walk(function))
            own = [node.arg for node in inside if isinstance(node, ast.arg)]
            own += [node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
            for node in inside:
                if isinstance(node, ast.Name) and node.id in own:
                    found[node] = tuple(dict.fromkeys(name for name in own if name != node.id))
    return found


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _reads_as(text: str, wanted: str) -> bool:
    try:
        return ast.dump(ast.parse(text)) == wanted
    except SyntaxError:
        return False


def _places(source: str):
    """What turns a line and a column, which Python counts in bytes of UTF-8, into a place in the text."""
    lines = source.splitlines(keepends=True)
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line))
    return lambda line, column: begins[line - 1] + len(lines[line - 1].encode()[:column].decode())
