"""The mistakes of CUDA C: bounds, indices, barriers, operators, steps of loops, made on tokens and statements.

Not each of them compiles, and some compile to the same program; workers.py leaves those out.
"""

from collections.abc import Iterator

from course_lib.grading.mutation.cuda_text import ASSIGNS, KEYWORDS, QUALIFIERS, TYPES, Code, Statement

OPERATORS = {
    "+": ["-"],
    "-": ["+"],
    "*": ["/", "+"],
    "/": ["*", "%"],
    "%": ["/", "*"],
    "&&": ["||"],
    "||": ["&&"],
    "&": ["|"],
    "|": ["&"],
    "^": ["&"],
    "<<": [">>"],
    ">>": ["<<"],
}
ASSIGNMENTS = {"=": ["+="], "+=": ["=", "-="], "-=": ["=", "+="], "*=": ["=", "/="], "/=": ["=", "*="], "^=": ["="]}
COMPARISONS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="]}
BUILT_IN = {"threadIdx": "blockIdx", "blockIdx": "threadIdx", "blockDim": "gridDim", "gridDim": "blockDim"}
AXIS = {"x": "y", "y": "x", "z": "w", "w": "z"}
SISTERS = {"fmaxf": "fminf", "fminf": "fmaxf", "max": "min", "min": "max", "expf": "logf", "logf": "expf"}
SISTERS |= {"atomicAdd": "atomicExch", "atomicMax": "atomicMin", "atomicMin": "atomicMax"}
COMMUTES = {"fmaxf", "fminf", "max", "min"}
BARRIER = ("__syncthreads", "(", ")", ";")


def edits(text: str, known: dict[str, str]) -> Iterator[tuple[str, int, int, str]]:
    """(kind, start, end, new): `new` in place of text[start:end], in a part of a function's body.

    known: the variables of the whole source, as `declared` finds them
    """
    code = Code(text)
    statements = code.statements()
    for first, last, kind, new in (*_tokens(code, known), *_statements(code, statements)):
        yield kind, *code.span(first, last), new


def declared(text: str) -> dict[str, str]:
    """Name -> type of the variables and parameters of a source."""
    return Code(text).declared()


def _tokens(code: Code, known: dict[str, str]) -> Iterator[tuple[int, int, str, str]]:
    """(first, last, kind, new): what may stand in place of the tokens first … last."""
    for i, token in enumerate(code.tokens):
        mark = token.text
        if code.binary(i):
            yield from _operator(code, i)
        elif mark == "?":
            yield from _choice(code, i)
        elif mark in ASSIGNMENTS and not _declares(code, i):
            yield from ((i, i, "assignment", other) for other in ASSIGNMENTS[mark])
        elif mark == "!" or (mark == "-" and not code.ends_a_value(i - 1)):
            yield i, i, "sign or not dropped", ""
        elif mark == "[" and code.ends_a_value(i - 1):
            yield from _index(code, i)
        elif token.kind == "number":
            yield from ((i, i, "constant", other) for other in _numbers(mark, code, i))
        elif token.kind == "name":
            yield from _name(code, i, known)


def _operator(code: Code, i: int) -> Iterator[tuple[int, int, str, str]]:
    mark, (first, last) = code[i], code.operands(i)
    if mark in COMPARISONS:
        yield from ((i, i, "comparison", other) for other in COMPARISONS[mark])
        return
    yield from ((i, i, "operator", other) for other in OPERATORS[mark])
    yield first, last, "operand dropped", code.of(first, i - 1)
    yield first, last, "operand dropped", code.of(i + 1, last)
    if mark in ("-", "/", "%", "<<", ">>"):
        yield first, last, "operands swapped", f"{code.of(i + 1, last)} {mark} {code.of(first, i - 1)}"


def _choice(code: Code, i: int) -> Iterator[tuple[int, int, str, str]]:
    first, colon, last = code.choice(i)
    condition, one, other = code.of(first, i - 1), code.of(i + 1, colon - 1), code.of(colon + 1, last)
    yield first, last, "guard removed", one
    yield first, last, "guard removed", other
    yield first, i - 1, "condition", f"!({condition})"


def _index(code: Code, i: int) -> Iterator[tuple[int, int, str, str]]:
    end = code.partner[i]
    if _declares(code, i):
        return  # the size of an array, which is a constant
    inner = code.of(i + 1, end - 1)
    yield i + 1, end - 1, "index", f"{inner} + 1"
    yield i + 1, end - 1, "index", f"{inner} - 1"
    if code[end + 1] == "[":
        second = code.partner[end + 1]
        yield i, second, "indices swapped", code.of(end + 1, second) + code.of(i, end)


def _declares(code: Code, i: int) -> bool:
    """Whether token i is part of what a declaration declares, and not of the value that it gives it."""
    of_a_value, own = False, True
    while i > 0 and code[i - 1] not in {";", "{", "}", "(", "["}:
        i = code.partner[i - 1] if code[i - 1] in {")", "]"} else i - 1
        own = own and code[i] != ","  # what stands before it declares another name
        of_a_value = of_a_value or own and code[i] == "="
    return code[i] in TYPES | QUALIFIERS and not of_a_value


def _numbers(text: str, code: Code, i: int) -> list[str]:
    digits = text.rstrip("uUlLfF") if not text.startswith(("0x", "0X")) else text
    if not digits.isdigit():
        return [f"2 * {text}", "0"]
    number, tail = int(digits), text[len(digits) :]
    if code[i - 1] == "[" and code.ends_a_value(i - 2) and code[i - 2] != "]" and _declares(code, i - 1):
        return [f"{number - 1}{tail}"]  # an array with places to spare is no mistake
    others = [number + 1, number - 1, 2 * number] if number > 1 else [1 - number] if number == 0 else [0, 2]
    return [f"{other}{tail}" for other in others]


def _name(code: Code, i: int, known: dict[str, str]) -> Iterator[tuple[int, int, str, str]]:
    name, before, after = code[i], code[i - 1], code[i + 1]
    if before == "." and name in AXIS:
        yield i, i, "another axis", AXIS[name]
    elif name in BUILT_IN:
        yield i, i, "another built-in", BUILT_IN[name]
    elif name == "__shared__":
        yield i, i, "__shared__ dropped", ""
    elif after == "(" and name not in KEYWORDS | TYPES:
        yield from _call(code, i)
    elif name in known and not _declares(code, i):
        others = [other for other, kind in known.items() if kind == known[name] and other != name]
        yield from ((i, i, "another name", other) for other in others)


def _call(code: Code, i: int) -> Iterator[tuple[int, int, str, str]]:
    name, end = code[i], code.partner[i + 1]
    args = [code.of(*part) for part in code.parts(i + 2, end - 1, ",")]
    if name in SISTERS:
        yield i, i, "function", SISTERS[name]
    if name == "atomicAdd" and len(args) == 2:
        yield i, end, "atomic dropped", f"*({args[0]}) += {args[1]}"
    if name not in COMMUTES and not name.startswith("atomic"):
        for j in range(len(args) - 1):
            swapped = [*args[:j], args[j + 1], args[j], *args[j + 2 :]]
            yield i + 2, end - 1, "arguments swapped", ", ".join(swapped)
    elif len(args) == 2:
        yield i, end, "call dropped", args[0]
        yield i, end, "call dropped", args[1]


def _statements(code: Code, found) -> Iterator[tuple[int, int, str, str]]:
    for before, statement, after in zip((None, *found), found, (*found[1:], None), strict=False):
        first, last = statement.first, statement.last
        if tuple(code[j] for j in range(first, last + 1)) == BARRIER:
            yield from _barrier(code, before, statement, after)
        elif statement.kind == "simple" and not code.declares(statement):
            yield first, last, "statement removed", ";"
        elif statement.kind in ("if", "while"):
            inside = first + 2, code.partner[first + 1] - 1
            yield *inside, "condition", f"!({code.of(*inside)})"
            yield *inside, "condition", "true"
            yield *inside, "condition", "false"
        elif statement.kind == "for":
            yield from _loop(code, first)
        yield from _statements(code, statement.inner)


def _barrier(code: Code, before, statement: Statement, after) -> Iterator[tuple[int, int, str, str]]:
    first, last = statement.first, statement.last
    barrier = code.of(first, last)
    line = code.text[: code.tokens[first].start].rpartition("\n")[2]
    indent = line[: len(line) - len(line.lstrip())]
    yield first, last, "barrier removed", ";"
    yield first, last, "barrier of a warp only", "__syncwarp();"
    if before and not code.declares(before):
        yield before.first, last, "barrier moved", f"{barrier}\n{indent}{code.of(before.first, before.last)}"
    if after:
        yield first, after.last, "barrier moved", f"{code.of(after.first, after.last)}\n{indent}{barrier}"


def _loop(code: Code, first: int) -> Iterator[tuple[int, int, str, str]]:
    """The loop that begins with the token `first`: other steps, and a round less."""
    parts = code.parts(first + 2, code.partner[first + 1] - 1, ";")
    begin, step = parts[0], parts[-1]
    for i, j in code.parts(*step, ","):
        mark = next((k for k in range(i, j + 1) if code[k] in ASSIGNS | {"++", "--"}), None)
        if mark is None:
            continue
        if code[mark] in ("++", "--"):
            name = code.of(i, j).replace(code[mark], "").strip()
            yield i, j, "step", f"{name} {code[mark][0]}= 2"
        else:
            yield mark + 1, j, "step", f"2 * ({code.of(mark + 1, j)})"
    assigned = next((k for k in range(begin[0], begin[1] + 1) if code[k] == "="), None)
    if assigned is not None:
        end = code.parts(assigned + 1, begin[1], ",")[0][1]
        yield assigned + 1, end, "start", f"{code.of(assigned + 1, end)} + 1"
