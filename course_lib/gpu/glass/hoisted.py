"""Loads that seem to stand in a line that does not make them.

Those that the compiler moved out of a loop, or out of both ways of a branch, have no line in PTX, and seem to belong to
whatever stands before, which may touch no memory at all: they get the line that first uses what they load. Those of
`float4 v = a[i]; b[i] = v;` seem to stand where v is stored, since only then does the compiler need it: they get the
line that gave v its value.
"""

import re

from course_lib.gpu.glass.flow import defines, uses
from course_lib.gpu.glass.ptx import Instruction, Kernel

COMMENT = re.compile(r"//.*|/\*.*?\*/")
CALM = r"if|for|while|switch|return|__syncthreads|min|max"  # words before a bracket that call nothing of the learner's
# What may touch memory: an index, a member that is not of threadIdx and its kin, a pointer's target, a call.
TOUCHES = re.compile(
    rf"\[|->|(?<!Idx)(?<!Dim)\.[a-z_]|(?:^|[=(,;{{}}&|!<>+\-?:]|return)\s*\*+\s*[\w(]|\b(?!(?:{CALM})\b)[A-Za-z_]\w*\s*\("
)
# Names that stand for memory: references, shared and device variables; and macros that touch it.
TYPE = r"auto|bool|char|short|int|long|unsigned|(?:float|double|half|__half)\d?|[A-Z]\w*|\w+_t|>"
NAMES = re.compile(rf"(?:{TYPE})\s*&\s*(\w+)|__(?:shared|device|constant)__[^;(]*?\b(\w+)\s*(?:[;=,]|(?:\[[^\]]*\])+)")
MACRO = re.compile(r"#\s*define\s+(\w+)(?:\([^)]*\))?(.*)")


def mend(kernel: Kernel, source: str) -> None:
    """Give such loads their lines. source: of the file in which the kernel stands."""
    lines = [COMMENT.sub("", line) for line in source.split("\n")]
    names = {name for line in lines for match in NAMES.findall(line) for name in match if name}
    names |= {m[1] for m in map(MACRO.match, lines) if m and TOUCHES.search(m[2])}
    touches = [bool(TOUCHES.search(line)) or not names.isdisjoint(re.findall(r"\w+", line)) for line in lines]
    for at in range(len(lines) - 2, -1, -1):  # a statement may go on in the next line
        if not touches[at] and lines[at].strip() and not lines[at].rstrip().endswith((";", "{", "}", ":", ")")):
            touches[at] = touches[at + 1]

    def may_be(line):
        return not 0 < line <= len(lines) or touches[line - 1]

    body = [i for i in kernel.body if isinstance(i, Instruction)]
    for at, load in enumerate(body):
        if load.parts[0] != "ld" or "param" in load.parts:
            continue
        loaded = set(defines(load))
        first = next((i for i in body[at + 1 :] if loaded & set(uses(i))), None)
        if first and not may_be(load.line) and may_be(first.line):
            load.line = first.line
        elif first and first.parts[0] == "st" and first.line == load.line and loaded & set(_stored(first)):
            load.line = _given(lines, touches, load.line) or load.line


def _stored(store: Instruction) -> tuple:
    value = store.operands[1]
    return value if type(value) is tuple else (value,)


def _given(lines: list[str], touches: list[bool], number: int) -> int | None:
    """The line that gave a value from memory to the variable that the line of that number stores: `… = v;`."""
    stored = re.search(r"[^=!<>]=\s*(\w+)\s*;\s*}*\s*$", lines[number - 1]) if 0 < number <= len(lines) else None
    if stored is None or stored[1].isdigit():
        return None
    gave = re.compile(rf"\b{stored[1]}\s*=[^=]")
    before = next((n for n in range(number - 1, 0, -1) if gave.search(lines[n - 1])), None)
    return before if before and touches[before - 1] else None
