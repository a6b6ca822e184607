"""What an answer must not use: a question's rules (spec.forbid), held against the text of the answer cells.

Nothing is run, and nothing is asked of the process in which an answer runs: what it says of itself proves nothing.
Seen are the question's own cell and, from the other answer cells, each definition that it leads to. However something
is called there, it must be written once where it comes from: `from numpy import dot as d` uses dot, and so does
`getattr(np, "dot")`; `x.__matmul__(y)` is `@`. A name that is no builtin, and that nobody imported, is one of the
learner's own, so `dot = 0` is allowed.

What a text cannot show it must not contain: exec, getattr of a name that is computed, modules that run a text of
their own (all but KNOWN_MODULES), and the like are forbidden where anything is. What a kernel does is not read here at
all; its tests count it.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib.grading.exercises import Exercise
from course_lib.grading.spec import Rule

MEANS = {"@": {"__matmul__", "__rmatmul__", "__imatmul__", "imatmul", "matmul"}}
HIDING = {"eval", "exec", "compile", "__import__", "globals", "locals", "vars", "get_ipython", "breakpoint"}
HIDING_PARTS = {  # of something: np.__dict__, os.system
    *("__dict__", "__getattribute__", "__getattr__", "__globals__", "__builtins__", "__code__", "__closure__"),
    *("__subclasses__", "__loader__", "__spec__", "__self__", "__reduce__", "__reduce_ex__", "__import__"),
    *("f_globals", "f_locals", "f_builtins", "modules", "meta_path", "path_hooks", "load_module", "exec_module"),
    *("FunctionType", "CodeType", "get_type_hints", "ForwardRef", "get_ipython", "InteractiveShell"),
    *("run_cell", "run_code", "run_line_magic", "run_cell_magic", "allow_pickle", "read_array", "dictConfig"),
    *("system", "popen", "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe"),
    *("posix_spawn", "posix_spawnp", "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp"),
    *("spawnvpe", "create_subprocess_exec", "create_subprocess_shell"),
    *("core", "_core", "multiarray", "umath", "_multiarray_umath", "ctypeslib", "f2py", "measure", "runstring"),
    *("rundocs", "extbuild", "bltns", "Formatter", "EvalFormatter", "DollarFormatter", "BaseConfigurator"),
    *("ForkingPickler", "NpzFile", "_create_fn", "_FuncBuilder", "subprocess_exec", "subprocess_shell"),
    *("set_executable", "__path__", "path_importer_cache", "grading"),  # where modules come from; our own worker
}
HIDING_MODULES = {"__main__", "builtins", "importlib", "runpy", "inspect", "ctypes", "subprocess", "pickle", "gc"}
KNOWN_MODULES = {  # what is taken from them has its name there; any other module may hide what it does
    *("__future__", "abc", "array", "asyncio", "bisect", "cmath", "collections", "concurrent", "contextlib", "copy"),
    *("dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "heapq", "io", "itertools", "json"),
    *("logging", "math", "multiprocessing", "numbers", "operator", "os", "pathlib", "pprint", "queue", "random", "re"),
    *("statistics", "string", "struct", "sys", "tempfile", "textwrap", "threading", "time", "traceback", "types"),
    *("typing", "warnings", "weakref"),
    *("course_lib", "IPython", "ipywidgets", "matplotlib", "numpy", "scipy", "torch", "torchvision", "tqdm"),
}
STARRED = {"numpy", "math", "cmath", "itertools", "functools", "operator", "typing", "collections", "random"}
PATH = {"path"}  # where Python looks for modules, unless it is os.path, which is written so
BY_NAME = {"getattr", "attrgetter", "methodcaller"}  # allowed with names that are written out
MAGIC = re.compile(r"\s*(?:%%?\s*(\w*)|!)")
HARMLESS = {"matplotlib", "time", "timeit", "capture", "autoreload", "precision", "config"}
RUN_THE_REST = {"time", "timeit", "config"}  # of their line


@dataclass(frozen=True)
class Use:
    """Something forbidden: in which question's cell, in which line, and what it is called there."""

    question: str
    line: int
    text: str

    def __str__(self):
        return f"line {self.line} of the cell {self.question} uses {self.text}"


def broken(exercise: Exercise, question: str, cells: dict[str, str]) -> tuple[str, str]:
    """(what is asked for instead, the use that breaks it) of the first rule that an answer breaks, or ("", "").

    cells: question -> source of its answer cell
    """
    for rule in exercise.rules:
        applies = rule.question == question and question in cells
        if applies and (use := next(_uses(rule, exercise.setup, cells), None)):
            return rule.instead, str(use)
    return "", ""


def _uses(rule: Rule, setup: str, cells: dict[str, str]) -> Iterator[Use]:
    """What the rule's question uses, in its own cell and all that it leads to, of what the rule forbids."""
    yield from _magics(rule.question, cells[rule.question])
    trees = {}
    for name, source in cells.items():
        try:
            trees[name] = ast.parse(without_magics(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if name == rule.question:
                line = getattr(error, "lineno", None) or 1
                yield Use(name, line, "what is not plain Python, so that nobody can see what it does")
                return
    nodes = _reached(rule.question, trees)
    words = {meant for word in rule.words for meant in MEANS.get(word, {word})}
    if any(map(_stars, ast.walk(trees[rule.question]))) or any(_stars(node) for _, node in nodes):
        bare = words  # a name may have come with all the others of a module
    else:
        bare = words & ({*dir(builtins)} | _bound(ast.parse(setup)))
    for name, node in nodes:
        called = {id(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
        for each in ast.walk(node):
            if isinstance(getattr(each, "op", None), ast.MatMult) and "@" in rule.words:
                yield Use(name, each.lineno, "the operator @")
            for text in (*_named(each, words, bare), *_hidden(each, words, id(each) in called)):
                yield Use(name, each.lineno, text)


def _reached(question: str, trees: dict[str, ast.Module]) -> list[tuple[str, ast.stmt]]:
    """(cell, statement): all of the question's cell, and of the others what it may lead to.

    That is what defines a name that a reached statement mentions, and what may change things without naming them.
    """
    reached = [(question, node) for node in trees[question].body]
    waiting = [(name, node) for name, tree in trees.items() if name != question for node in tree.body]
    mentioned = set()
    for _, node in reached:  # which grows on the way
        mentioned |= {getattr(each, "id", getattr(each, "attr", "")) for each in ast.walk(node)} | _bound(node)
        found = [pair for pair in waiting if _bound(pair[1]) & mentioned or any(map(_meddles, ast.walk(pair[1])))]
        waiting = [pair for pair in waiting if pair not in found]
        reached += found
    return reached


def _meddles(node: ast.AST) -> bool:
    """Whether a node may change what other cells use: `np.sum = np.dot`, setattr, and all that hides what it does."""
    match node:
        case ast.Attribute(ctx=ast.Store(), value=ast.Name(id="self")):
            return False
        case ast.Attribute(ctx=ast.Store()) | ast.Name(id="setattr"):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in HIDING | HIDING_MODULES | HIDING_PARTS
    return _stars(node)


def _stars(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _bound(node: ast.AST) -> set[str]:
    """The names that the code of a node gives to something."""
    found = set()
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias():
                found.add(each.asname or each.name.split(".")[0])
    return found


def _named(node: ast.AST, words: set[str], bare: set[str]) -> Iterator[str]:
    """What this one node uses of `words`, in words; `bare` are those that a name alone can mean."""
    match node:
        case ast.Attribute(attr=name) if name in words or _inside(ast.unparse(node), words):
            yield ast.unparse(node) if isinstance(node.value, (ast.Name, ast.Attribute)) else f".{name}"
        case ast.Name(id=name, ctx=ast.Load()) if name in bare:
            yield name
        case ast.Import(names=names):
            yield from (each.name for each in names if _inside(each.name, words))
        case ast.ImportFrom(module=module, names=names):
            yield from (f"{each.name} of {module}" for each in names if _inside(f"{module}.{each.name}", words))
        case ast.MatchClass(kwd_attrs=attrs):
            yield from (f".{name}" for name in attrs if name in words)


def _hidden(node: ast.AST, words: set[str], called: bool) -> Iterator[str]:
    """What this one node uses that does not show what it uses."""
    found = ""
    match node:
        case ast.Attribute(attr="path", value=value) if not (isinstance(value, ast.Name) and value.id == "os"):
            found = ".path"
        case ast.Name(id="os", ctx=ast.Store()) | ast.arg(arg="os") | ast.MatchAs(name="os"):
            found = "os for something else"
        case ast.Call(func=ast.Name(id="load") | ast.Attribute(attr="load"), args=[_, _, _, *_]):
            found = "load, with more than a file"  # NumPy's then takes a pickle
        case ast.Attribute(attr="load") if not called:
            found = ".load by another name"
        case ast.Name(id=name) if name in HIDING | HIDING_MODULES or (name in BY_NAME and not called):
            found = name
        case ast.Name(id=name) if name.startswith("__") and name in HIDING_PARTS:
            found = name
        case ast.Attribute(attr=name) if name in HIDING_PARTS | HIDING_MODULES or (name in BY_NAME and not called):
            found = f".{name}"
        case ast.Import(names=names):
            found = next((each.name for each in names if _hides(each.name) or _is_other_os(each)), "")
        case ast.ImportFrom(module=module, names=names):
            renamed = {each.name for each in names if each.asname not in (None, each.name)} & (BY_NAME | {"load"})
            parts = {part for each in names if (part := _hides(f"{module}.{each.name}"))}
            parts |= {each.name for each in names if _is_other_os(each) or (module, each.name) == ("sys", "path")}
            found = next(iter(sorted(renamed | parts)), "")
        case ast.keyword(arg=name) if name in HIDING_PARTS:
            found = f"{name}="
        case ast.MatchClass(kwd_attrs=attrs):
            found = next((f".{name}" for name in attrs if name in HIDING_PARTS | PATH), "")
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in BY_NAME:
            asked = args[1:2] if name == "getattr" else args[:1] if name == "methodcaller" else args
            if not asked or not all(isinstance(each, ast.Constant) for each in asked):
                found = f"{name} of a name that is computed"
            elif parts := {part for each in asked for part in str(each.value).split(".")} & (
                words | HIDING_PARTS | PATH
            ):
                yield f"{name} of {min(parts)!r}"
    if found:
        yield f"{found}, which hides what is used"


def _hides(dotted: str) -> str:
    """The part of an imported name that hides what is used, or ""."""
    top, *parts = dotted.split(".")
    if top not in KNOWN_MODULES or (parts == ["*"] and top not in STARRED):
        return top
    return next((part for part in parts if part in HIDING | HIDING_MODULES | HIDING_PARTS), "")


def _is_other_os(imported: ast.alias) -> bool:
    """Whether something else is called os, whose path would not be os.path then."""
    return imported.asname == "os" and imported.name != "os"


def _inside(dotted: str, words: set[str]) -> bool:
    """Whether a dotted name is one of the words, lies in it, or has it as a part."""
    return any(f".{word}." in f".{dotted}." for word in words)


def _magics(question: str, source: str) -> Iterator[Use]:
    """Lines that IPython would run as something else than Python, unless they are known to be harmless."""
    if not _is_python(source):
        for number, line in enumerate(source.splitlines(), 1):
            magic = MAGIC.match(line)
            if magic and magic[1] not in HARMLESS and line.split() != ["%load_ext", "autoreload"]:
                yield Use(question, number, f"{line.strip()[:20]}, which hides what is used")


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def without_magics(source: str) -> str:
    """The Python of a cell, each line where it was; `%time f(x)` is f(x), and other magics are nothing."""
    if _is_python(source):
        return source
    lines = []
    for line in source.splitlines():
        magic, indent = MAGIC.match(line), line[: len(line) - len(line.lstrip())]
        if magic and magic[1] in RUN_THE_REST and not line.lstrip().startswith("%%"):
            line = f"{indent}{line[magic.end() :].lstrip() or 'pass'}"
        elif magic or line.rstrip().endswith("?"):
            line = f"{indent}pass"
        lines.append(line)
    return "\n".join(lines)
