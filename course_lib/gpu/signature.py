"""The parameters of a kernel, read from its CUDA C source: their names for messages, their types for checks.

PTX keeps neither names nor the types behind pointers. Reading the source is a help, never a condition: a parameter
hidden behind a macro, a typedef or a template has type None here, and is checked only by its size.
"""

import re
from typing import NamedTuple

import numpy as np

from course_lib.gpu.errors import LaunchError

TYPES = {
    "float": "float32", "double": "float64", "half": "float16", "__half": "float16", "bool": "bool",
    "char": "int8", "signed char": "int8", "unsigned char": "uint8", "short": "int16", "unsigned short": "uint16",
    "int": "int32", "unsigned": "uint32", "unsigned int": "uint32", "long": "int64", "unsigned long": "uint64",
    "long long": "int64", "unsigned long long": "uint64", "size_t": "uint64",
    "__nv_bfloat16": "uint16",
}  # fmt: skip
TYPES |= {f"{u}int{b}_t": f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64)}
VECTORS = {"float": "float32", "double": "float64", "int": "int32", "uint": "uint32", "char": "int8", "uchar": "uint8"}
WORDS = {"const", "__restrict__", "__restrict", "volatile", "restrict", "__grid_constant__"}


class Parameter(NamedTuple):
    """dtype: of the value, or of the elements behind the pointer; None if the source does not tell."""

    name: str
    pointer: bool
    dtype: np.dtype | None
    c_type: str


def parameters(source: str, kernel: str) -> list[Parameter] | None:
    """The parameters of `kernel` in order, or None if its definition is not found. Of "sum<float>", with T as float."""
    kernel, _, given = kernel.lstrip("& ").partition("<")
    kernel = kernel.strip().rpartition("::")[2]
    code = re.sub(r"//[^\n]*|/\*.*?\*/", " ", source, flags=re.DOTALL)
    for match in re.finditer(rf"__global__[^;{{}}]*?\b{re.escape(kernel)}\s*\(", code):
        inside = _balanced(code[match.end() :])
        if inside is not None:
            for word, meant in _template_types(code[: match.start()], given).items():
                inside = re.sub(rf"\b{word}\b", meant, inside)
            pieces = [piece.strip() for piece in re.split(r",(?![^<(\[]*[>)\]])", inside)]
            return [_parameter(piece, i) for i, piece in enumerate(pieces) if piece and piece != "void"]
    return None


def _template_types(before, given):
    """{T: "float"} of `template <typename T, int N>` just before a kernel, for the arguments "float, 8>"."""
    declared = re.search(r"template\s*<([^<>]*)>\s*(?:extern\s+\"C\")?\s*$", before)
    if not declared or not given:
        return {}
    pairs = zip(declared[1].split(","), given.rstrip("> ").split(","), strict=False)
    return {d.split()[-1]: g.strip() for d, g in pairs if d.split()[0] in ("typename", "class") and "=" not in d}


def _balanced(text):
    depth = 1
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[:at]
    return None


def _parameter(piece, position):
    piece = piece.split("=")[0].strip()
    pointer = "*" in piece or "[" in piece
    words = re.findall(r"\w+", re.sub(r"\[[^\]]*\]", "", piece))
    words = [w for w in words if w not in WORDS]
    name = words.pop() if len(words) > 1 else f"argument {position}"
    c_type = " ".join(words)
    return Parameter(name, pointer, None if "**" in piece.replace(" ", "") else _dtype(c_type), c_type)


def _dtype(c_type):
    c_type = re.sub(
        r"^(long|short) int$|^(long long) int$|^(unsigned (?:long|short|long long)) int$", r"\1\2\3", c_type
    )
    if c_type in TYPES:
        return np.dtype(TYPES[c_type])
    if (match := re.fullmatch(r"([a-z]+)[1-4]", c_type)) and match[1] in VECTORS:
        return np.dtype(VECTORS[match[1]])
    return None


def symbol(name: str, kernels, instantiated=None) -> str:
    """The symbol of the kernel called `name`: itself if `extern "C"`, else its mangled form. Raises LaunchError.

    instantiated: {name of an instantiated template: its symbol}.
    """
    if not isinstance(name, str):
        raise LaunchError(f"a kernel is asked for by its name, a string, but {name!r} came")
    known = {given.replace(" ", ""): found for given, found in (instantiated or {}).items()}
    if name in kernels or known.get(name.replace(" ", "")) in kernels:
        return known.get(name.replace(" ", ""), name)
    mangled = [k for k in kernels if k.startswith(f"_Z{len(name)}{name}")]
    if len(mangled) == 1:
        return mangled[0]
    if mangled:
        given = {found: wanted for wanted, found in (instantiated or {}).items()}
        several = ", ".join(sorted(given.get(k, k) for k in mangled))
        raise LaunchError(f"the source has several kernels {name!r}; name the one you want: {several}")
    readable = sorted({_readable(k) for k in kernels if k not in known.values()} | set(instantiated or ()))
    there = (
        f"it has {', '.join(readable)}"
        if readable
        else "it has none: a kernel is marked __global__ and must be defined in it"
    )
    if "<" in name:
        there += f"; ask for an instantiation when you compile: names=[{name!r}]"
    raise LaunchError(f"the source has no kernel {name!r}; {there}")


def variable(name: str, variables) -> str:
    """The symbol of the `__device__` or `__constant__` variable called `name`. Raises LaunchError."""
    own = [v for v in variables if not v.startswith(("$", "__")) and not re.match(r"_ZN?\d*(4cuda|3cub|St|K)", v)]
    found = [v for v in own if name in (v, _qualified(v))] if isinstance(name, str) else []
    if found:
        return found[0]
    there = f"it has {', '.join(sorted(map(_qualified, own)))}" if own else "it has none that a kernel reads or writes"
    raise LaunchError(f"the source has no __device__ or __constant__ variable {name!r}; {there}")


def _qualified(mangled):
    """`_ZN1a5tableE` -> "a::table"."""
    names, rest = [], mangled.removeprefix("_ZN")
    while rest != mangled and (match := re.match(r"\d+", rest)):
        end = match.end() + int(match[0])
        names.append(rest[match.end() : end])
        rest = rest[end:]
    return "::".join(names) or mangled


def _readable(mangled):
    """`_Z5naivePf` -> "naive": the digits say how long the name is."""
    match = re.match(r"_Z(\d+)", mangled)
    return mangled[match.end() :][: int(match[1])] if match else mangled
